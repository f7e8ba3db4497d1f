"""What the local provider posts back, signed by Standard Webhooks; each comes at least once, in any order."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field

from channels.protocols import Outward
from domain.words import AttemptOutcome


def _utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError("must be a time between the years 1 and 9999") from None


At = Annotated[AwareDatetime, AfterValidator(_utc)]
ProviderId = Annotated[str, Field(min_length=1, max_length=200)]
"""Kept in an index, which holds no more of it."""


class CallEventName(StrEnum):
    """Steps of a call on the customer's phone; only `ENDED` carries an outcome."""

    RINGING = "ringing"
    ANSWERED = "answered"
    ENDED = "ended"


class MessageEventName(StrEnum):
    """What became of an SMS or an e-mail."""

    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    BOUNCED = "bounced"


class RingEnd(StrEnum):
    """What became of a customer's call to us."""

    TAKEN = "taken"
    """Whoever was rung first has spoken with them."""
    MISSED = "missed"


class CallEvent(Outward):
    """Posted to `{callback_url}/calls`; `sequence` counts from 0 within the call."""

    event_id: ProviderId
    attempt_id: UUID
    call_id: ProviderId
    sequence: int
    event: CallEventName
    outcome: AttemptOutcome | None
    at: At


class MessageEvent(Outward):
    """Posted to `{callback_url}/messages`."""

    event_id: ProviderId
    message_id: UUID
    event: MessageEventName
    at: At


class InboundSms(Outward):
    """Posted to `{callback_url}/inbound`: a customer has written to us."""

    event_id: ProviderId
    event: Literal["inbound_sms"] = "inbound_sms"
    phone: str = Field(repr=False)
    text: str = Field(repr=False)
    at: At


class InboundCall(Outward):
    """Posted to `{callback_url}/rings`: a customer has rung us."""

    event_id: ProviderId
    event: Literal["inbound_call"] = "inbound_call"
    phone: str = Field(repr=False)
    end: RingEnd
    at: At


Event = CallEvent | MessageEvent | InboundSms | InboundCall
