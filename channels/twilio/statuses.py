"""Twilio's statuses in our words: how far a leg of a call is, how it ended, what became of an SMS."""

from collections.abc import Mapping
from types import MappingProxyType

from channels.protocols import CallState
from channels.twilio.errors import outcome_of_failure
from domain.words import AttemptOutcome

PICKED_UP = "in-progress"
PERSONS = frozenset({"human", "unknown"})
"""Where the machine cannot tell, it was a person: a conversation must not be taken for a voicemail."""

_STATES: Mapping[str, CallState] = MappingProxyType(
    {
        "queued": CallState.PLACED,
        "initiated": CallState.PLACED,
        "ringing": CallState.RINGING,
        PICKED_UP: CallState.ANSWERED,
        "answered": CallState.ENDED,  # `DialCallStatus` of a conversation that is over
        "completed": CallState.ENDED,
        "busy": CallState.ENDED,
        "no-answer": CallState.ENDED,
        "failed": CallState.ENDED,
        "canceled": CallState.ENDED,
    }
)
_OUTCOMES: Mapping[str, AttemptOutcome] = MappingProxyType(
    {
        "busy": AttemptOutcome.BUSY,
        "no-answer": AttemptOutcome.NO_ANSWER,
        # Given up before the customer could answer: by the specialist, or by us.
        "canceled": AttemptOutcome.TECHNICAL,
    }
)
MESSAGE_OUTCOMES: Mapping[str, bool] = MappingProxyType(
    {"delivered": True, "read": True, "undelivered": False, "failed": False, "canceled": False}
)
"""Whether an SMS arrived; every other status is on the way."""


def state_of(status: str) -> CallState | None:
    """How far a leg is; None for a status we do not know."""
    return _STATES.get(status)


def is_over(status: str) -> bool:
    """Whether nothing more happens to this leg."""
    return _STATES.get(status) is CallState.ENDED


def is_person(answered_by: str | None) -> bool:
    """Whether a person picked up; not while nobody has listened yet."""
    return answered_by in PERSONS


def outcome_of(status: str, *, answered_by: str | None, error: int | None) -> AttemptOutcome | None:
    """How an attempt ended, by the customer's leg; None while it goes on."""
    if not is_over(status):
        return None
    if status == "failed":
        return outcome_of_failure(error)
    if status in _OUTCOMES:
        return _OUTCOMES[status]
    return AttemptOutcome.REACHED if not answered_by or is_person(answered_by) else AttemptOutcome.VOICEMAIL
