"""What the local provider posts back, signed by Standard Webhooks; each comes at least once, in any order."""

from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from channels.protocols import Outward
from domain.words import AttemptOutcome


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


class CallEvent(Outward):
    """Posted to `{callback_url}/calls`; `sequence` counts from 0 within the call."""

    event_id: str
    attempt_id: UUID
    call_id: str
    sequence: int
    event: CallEventName
    outcome: AttemptOutcome | None
    at: AwareDatetime


class MessageEvent(Outward):
    """Posted to `{callback_url}/messages`."""

    event_id: str
    message_id: UUID
    event: MessageEventName
    at: AwareDatetime


class InboundSms(Outward):
    """Posted to `{callback_url}/inbound`: a customer has written to us."""

    event_id: str
    event: Literal["inbound_sms"] = "inbound_sms"
    phone: str = Field(repr=False)
    text: str = Field(repr=False)
    at: AwareDatetime


Event = CallEvent | MessageEvent | InboundSms
