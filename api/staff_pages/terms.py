"""The glossary as people read it."""

from collections.abc import Mapping

from api.staff_pages.translations import N_, said
from domain.words import AttemptOutcome, Language, Outcome, Role, Stage

STAGES: Mapping[str, str] = {
    Stage.AWAITING_CALLBACK: N_("Awaiting callback"),
    Stage.IN_PROGRESS: N_("In progress"),
    Stage.UNDER_REVIEW: N_("Under review"),
    Stage.RESOLVED: N_("Resolved"),
    Stage.CLOSED: N_("Closed"),
}
OUTCOMES: Mapping[str, str] = {
    Outcome.ANSWERED: N_("Final survey answered"),
    Outcome.NO_ANSWER: N_("Final survey unanswered"),
    Outcome.NOT_ASKED: N_("Could not be asked"),
    Outcome.UNREACHABLE: N_("Unreachable"),
    Outcome.UNSOLVED: N_("Ended unsolved"),
    Outcome.WRONG_NUMBER: N_("Wrong number"),
    Outcome.WITHDRAWN: N_("Withdrawn"),
    Outcome.MERGED: N_("Merged"),
    Outcome.ERASED: N_("Erased"),
}
ATTEMPT_OUTCOMES: Mapping[str, str] = {
    AttemptOutcome.REACHED: N_("Reached"),
    AttemptOutcome.NO_ANSWER: N_("No answer"),
    AttemptOutcome.BUSY: N_("Busy"),
    AttemptOutcome.UNAVAILABLE: N_("Telephone off or no network"),
    AttemptOutcome.VOICEMAIL: N_("Voicemail"),
    AttemptOutcome.WRONG_NUMBER: N_("Somebody else's number"),
    AttemptOutcome.INVALID: N_("No such number"),
    AttemptOutcome.REFUSED: N_("Did not want to talk"),
    AttemptOutcome.ASKED_LATER: N_("Asked to call later"),
    AttemptOutcome.TECHNICAL: N_("Technical failure"),
}
ROLES: Mapping[str, str] = {
    Role.SPECIALIST: N_("Specialist"),
    Role.SECOND_LINE: N_("Second line"),
    Role.LEAD: N_("Team lead"),
    Role.MANAGER: N_("Manager"),
    Role.ADMIN: N_("Administrator"),
}
SOURCES: Mapping[str, str] = {"form": N_("our own page"), "final_survey": N_("final survey")}
"""Where a response came from; a platform has its own name."""


class Terms:
    """The glossary in one language; a code this version does not know is shown as it is."""

    def __init__(self, language: Language) -> None:
        self._language = language

    def stage(self, code: str) -> str:
        """Where a case stands."""
        return self._of(STAGES, code)

    def outcome(self, code: str) -> str:
        """How a case ended."""
        return self._of(OUTCOMES, code)

    def attempt(self, code: str) -> str:
        """How a call ended."""
        return self._of(ATTEMPT_OUTCOMES, code)

    def role(self, code: str) -> str:
        """Who does what."""
        return self._of(ROLES, code)

    def source(self, code: str) -> str:
        """Where a response came from."""
        return self._of(SOURCES, code)

    def _of(self, glossary: Mapping[str, str], code: str) -> str:
        return said(self._language, glossary[code]) if code in glossary else code
