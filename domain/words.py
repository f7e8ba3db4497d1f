"""The glossary as types: every word here is used with the same meaning in workflow, table, page and report."""

from enum import StrEnum


class Stage(StrEnum):
    """Where a case stands."""

    AWAITING_CALLBACK = "awaiting_callback"
    IN_PROGRESS = "in_progress"
    UNDER_REVIEW = "under_review"
    RESOLVED = "resolved"
    CLOSED = "closed"


OPEN_STAGES = frozenset({Stage.AWAITING_CALLBACK, Stage.IN_PROGRESS, Stage.UNDER_REVIEW})


class Outcome(StrEnum):
    """How a case ended."""

    ANSWERED = "answered"
    """Resolved, and the customer answered the final survey."""
    NO_ANSWER = "no_answer"
    """Resolved; the final survey expired unanswered."""
    NOT_ASKED = "not_asked"
    """Resolved; there was no channel to send the final survey by."""
    UNREACHABLE = "unreachable"
    """The no-answer ladder was exhausted."""
    UNSOLVED = "unsolved"
    """Ended without a solution, with a reason and a lead's consent."""
    WRONG_NUMBER = "wrong_number"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"
    ERASED = "erased"


class AttemptOutcome(StrEnum):
    """How one call attempt ended. Only `REACHED` means that the customer spoke with us."""

    REACHED = "reached"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    UNAVAILABLE = "unavailable"
    VOICEMAIL = "voicemail"
    WRONG_NUMBER = "wrong_number"
    INVALID = "invalid"
    REFUSED = "refused"
    ASKED_LATER = "asked_later"
    TECHNICAL = "technical"


UNANSWERED = frozenset(
    {AttemptOutcome.NO_ANSWER, AttemptOutcome.BUSY, AttemptOutcome.UNAVAILABLE, AttemptOutcome.VOICEMAIL}
)
"""Outcomes of an honest try on the right number: they keep the promise and move the no-answer ladder."""


class Role(StrEnum):
    """Who does what; admin keeps the system."""

    SPECIALIST = "specialist"
    SECOND_LINE = "second_line"
    LEAD = "lead"
    MANAGER = "manager"
    ADMIN = "admin"


class Language(StrEnum):
    """Languages the customer's messages and pages exist in."""

    RU = "ru"
    EN = "en"
