"""How the people at the other end behave: whoever has no script answers the phone and gets their mail."""

import re
from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, Field

from channels.events import CallEventName, MessageEventName
from domain.policy import Frozen
from domain.words import AttemptOutcome


class Behaviour(StrEnum):
    """What happens to one call."""

    ANSWERS = "answers"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    VOICEMAIL = "voicemail"
    UNAVAILABLE = "unavailable"
    WRONG_NUMBER = "wrong_number"
    INVALID = "invalid"
    SPECIALIST_DOES_NOT_PRESS = "specialist_does_not_press"


OUTCOMES = {
    Behaviour.ANSWERS: AttemptOutcome.REACHED,
    Behaviour.NO_ANSWER: AttemptOutcome.NO_ANSWER,
    Behaviour.BUSY: AttemptOutcome.BUSY,
    Behaviour.VOICEMAIL: AttemptOutcome.VOICEMAIL,
    Behaviour.UNAVAILABLE: AttemptOutcome.UNAVAILABLE,
    Behaviour.WRONG_NUMBER: AttemptOutcome.WRONG_NUMBER,
    Behaviour.INVALID: AttemptOutcome.INVALID,
    Behaviour.SPECIALIST_DOES_NOT_PRESS: AttemptOutcome.TECHNICAL,
}
_RINGS = {Behaviour.ANSWERS, Behaviour.NO_ANSWER, Behaviour.VOICEMAIL, Behaviour.WRONG_NUMBER}
_A_PERSON_PICKS_UP = {Behaviour.ANSWERS, Behaviour.WRONG_NUMBER}


class Delivery(StrEnum):
    """What becomes of messages to this person; a silent one is accepted and never heard of again."""

    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    BOUNCED = "bounced"
    SILENT = "silent"

    @property
    def event(self) -> MessageEventName | None:
        """The event to tell of, if any."""
        return None if self is Delivery.SILENT else MessageEventName(self.value)


def _is_a_pattern(text: str) -> str:
    re.compile(text)
    return text


class Script(Frozen):
    """One person's behaviour; `calls` are used up one a call, and the last one repeats. Seconds are real seconds."""

    calls: tuple[Behaviour, ...] = Field(default=(Behaviour.ANSWERS,), min_length=1)
    ring_seconds: float = Field(default=0.2, ge=0)
    talk_seconds: float = Field(default=0.2, ge=0)
    delivery: Delivery = Delivery.DELIVERED
    presses_link: Annotated[str, AfterValidator(_is_a_pattern)] | None = None
    """The first link of a message matching this pattern is opened with GET."""
    scans_links: bool = False
    """A mail scanner stands before this person and opens every link with HEAD and GET."""

    def behaviour(self, calls_before: int) -> Behaviour:
        """How the next call goes."""
        return self.calls[min(calls_before, len(self.calls) - 1)]


class Step(NamedTuple):
    """One event of a call, so long after the event before it."""

    after: timedelta
    event: CallEventName
    outcome: AttemptOutcome | None = None


def steps(behaviour: Behaviour, ring: timedelta, talk: timedelta) -> Sequence[Step]:
    """How a call goes on the customer's phone, which does not ring at all when busy, off, invalid or never dialled."""
    outcome = OUTCOMES[behaviour]
    if behaviour not in _RINGS:
        return (Step(ring, CallEventName.ENDED, outcome),)
    ringing = Step(timedelta(0), CallEventName.RINGING)
    if behaviour not in _A_PERSON_PICKS_UP:
        return (ringing, Step(ring, CallEventName.ENDED, outcome))
    return (ringing, Step(ring, CallEventName.ANSWERED), Step(talk, CallEventName.ENDED, outcome))
