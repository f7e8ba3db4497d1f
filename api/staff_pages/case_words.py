"""The case page's own glossary: deadlines, messages, licences, and what a step's detail means."""

from collections.abc import Mapping

import phonenumbers
from babel import Locale

from api.shown import StepOut
from api.staff_pages.terms import Terms
from api.staff_pages.translations import N_, said
from api.timeline_words import words_of
from db.outreach import MessageState
from domain.events import EventKind
from domain.phone import PhoneProblem
from domain.words import Language
from surveys.shop import PurchaseState, Segment

DEADLINES: Mapping[str, str] = {
    "promise": N_("Callback promise"),
    "callback": N_("Agreed callback"),
    "deadline": N_("Moved deadline"),
    "next_attempt": N_("Next attempt"),
    "review": N_("Second line's answer"),
}
SEGMENTS: Mapping[str, str] = {
    Segment.TRIAL: N_("trial"),
    Segment.BASIC: N_("basic"),
    Segment.FULL: N_("full product"),
    Segment.BUSINESS: N_("business"),
}
PURCHASES: Mapping[str, str] = {
    PurchaseState.COMPLETED: N_("completed"),
    PurchaseState.ABANDONED: N_("not finished"),
}
MESSAGES: Mapping[str, str] = {
    "request_received": N_("We have your request"),
    "number_needed": N_("Please give us a number"),
    "tried_to_reach": N_("We tried to reach you"),
    "we_are_late": N_("We are late"),
    "callback_agreed": N_("The agreed time"),
    "under_review": N_("We are still at it"),
    "final_survey": N_("The final survey"),
    "final_survey_reminder": N_("Reminder of the final survey"),
    "last_message": N_("The last message"),
}
CHANNELS: Mapping[str, str] = {"sms": N_("SMS"), "mail": N_("e-mail")}
MESSAGE_STATES: Mapping[str, str] = {
    MessageState.QUEUED: N_("about to be sent"),
    MessageState.POSTED: N_("being sent"),
    MessageState.UNKNOWN: N_("perhaps sent"),
    MessageState.ACCEPTED: N_("sent"),
    MessageState.DELIVERED: N_("delivered"),
    MessageState.FAILED: N_("not delivered"),
    MessageState.SKIPPED: N_("better not sent"),
}
MESSAGE_ERRORS: Mapping[str, str] = {
    "case_over": N_("the case was over"),
    "reached": N_("we had spoken with them"),
    "suppressed": N_("they said STOP, or there is no address"),
    "opted_out": N_("they said STOP"),
    "invalid_number": N_("no such number"),
    "invalid_address": N_("no such address"),
    "no_sms": N_("this number takes no SMS"),
}
NUMBER_PROBLEMS: Mapping[str, str] = {
    PhoneProblem.MISSING: N_("No number was given."),
    PhoneProblem.UNPARSEABLE: N_("What was given is no number."),
    PhoneProblem.INVALID: N_("There is no such number."),
    PhoneProblem.COUNTRY_NOT_ALLOWED: N_("We do not ring this country."),
    PhoneProblem.PREMIUM: N_("A number that costs extra is not rung."),
}
CARD_FIELDS: Mapping[str, str] = {
    "name": N_("Name"),
    "address_form": N_("Form of address"),
    "city": N_("City"),
    "literacy": N_("Technical literacy"),
    "zone": N_("Time zone"),
    "language": N_("Language"),
}
REVIEW_RUNGS: Mapping[str, str] = {
    "1": N_("second line was reminded"),
    "2": N_("its lead was told"),
    "3": N_("so were the owner and the customer"),
}


class CaseWords:
    """These in one language; a code this version does not know is shown as it is."""

    def __init__(self, language: Language, causes: Mapping[str, str]) -> None:
        self._language, self._terms, self._causes = language, Terms(language), causes

    def deadline(self, code: str) -> str:
        """What falls due."""
        return self._of(DEADLINES, code)

    def segment(self, code: str) -> str:
        """What the customer has bought."""
        return self._of(SEGMENTS, code)

    def purchase(self, code: str) -> str:
        """How a purchase ended."""
        return self._of(PURCHASES, code)

    def message(self, code: str) -> str:
        """What a message to the customer says."""
        return self._of(MESSAGES, code)

    def channel(self, code: str) -> str:
        """The way it took."""
        return self._of(CHANNELS, code)

    def message_state(self, code: str) -> str:
        """What became of it."""
        return self._of(MESSAGE_STATES, code)

    def message_error(self, code: str) -> str:
        """Why it was not sent."""
        return self._of(MESSAGE_ERRORS, code)

    def number_problem(self, code: str) -> str:
        """Why what was typed cannot be rung."""
        return self._of(NUMBER_PROBLEMS, code)

    def field(self, code: str) -> str:
        """A part of the customer's card."""
        return self._of(CARD_FIELDS, code)

    def alert(self, kind: str) -> str:
        """What an alert is about."""
        return words_of(kind, self._language)

    def cause(self, code: str) -> str:
        """Why the customer needed help."""
        return self._causes.get(code, code)

    def number(self, e164: str) -> str:
        """A telephone number as people write it."""
        try:
            return phonenumbers.format_number(phonenumbers.parse(e164), phonenumbers.PhoneNumberFormat.INTERNATIONAL)
        except phonenumbers.NumberParseException:
            return e164

    def spoken(self, language: str) -> str:
        """The name of a language."""
        try:
            return str(Locale.parse(self._language).languages.get(language, language))
        except ValueError:
            return language

    def detail(self, step: StepOut) -> str:
        """What a step's detail adds to its words."""
        code = step.detail
        match step.kind:
            case EventKind.ATTEMPT_ENDED:
                return self._terms.attempt(code)
            case EventKind.CLOSED:
                return self._terms.outcome(code)
            case EventKind.RESOLVED:
                return self.cause(code)
            case EventKind.PROMISE_WARNED:
                return said(self._language, N_("{share} of the time is gone")).replace("{share}", code)
            case EventKind.REVIEW_OVERDUE:
                return self._of(REVIEW_RUNGS, code)
            case EventKind.ALARM_REPEATED:
                return words_of(code, self._language)
        return ""

    def _of(self, glossary: Mapping[str, str], code: str) -> str:
        return said(self._language, glossary[code]) if code in glossary else code
