"""SendGrid's event webhook: who signed it, and what its events say about our letters."""

import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from sendgrid.helpers.eventwebhook import EventWebhook  # type: ignore[import-untyped]  # has no types

from channels.protocols import Outward
from channels.sendgrid.mail import OUR_ID

SIGNATURE, TIMESTAMP = "x-twilio-email-event-webhook-signature", "x-twilio-email-event-webhook-timestamp"
LARGEST_BATCH = 1024 * 1024
"""Bytes: SendGrid posts what has gathered in half a minute, and sooner when that comes to 768 KB."""
_LAST_SECOND = 253_402_300_799
"""Of the year 9999."""


class NotABatch(ValueError):
    """Rightly signed, but no JSON array."""


class Fate(StrEnum):
    """What an event says about its letter, from least to most."""

    ACCEPTED = "accepted"
    ARRIVED = "arrived"
    FAILED = "failed"


FATES: Mapping[str, Fate] = MappingProxyType(
    {
        "processed": Fate.ACCEPTED,
        "deferred": Fate.ACCEPTED,  # SendGrid goes on trying for days
        "delivered": Fate.ARRIVED,
        # Hints: whoever opened or clicked, and be it a scanner, the letter had arrived.
        "open": Fate.ARRIVED,
        "click": Fate.ARRIVED,
        # Said by a reader of the letter.
        "spamreport": Fate.ARRIVED,
        "unsubscribe": Fate.ARRIVED,
        "group_unsubscribe": Fate.ARRIVED,
        "bounce": Fate.FAILED,
        "dropped": Fate.FAILED,
    }
)
"""Events that are not here (group_resubscribe, those of the account, whatever comes next) mean nothing to us."""
_NEVER_AGAIN: Mapping[str, str] = MappingProxyType(
    {"spamreport": "spam_report", "unsubscribe": "unsubscribed", "group_unsubscribe": "unsubscribed"}
)
_DROPPED_FOR_GOOD: Mapping[str, str] = MappingProxyType(
    {
        "bounced address": "bounced",
        "invalid": "invalid_address",
        "spam reporting address": "spam_report",
        "unsubscribed address": "unsubscribed",
    }
)


class MailEvent(Outward):
    """One event of one letter. `never_again`: why its address must not be written to any more, a code."""

    message_id: UUID
    at: datetime
    fate: Fate
    error: str
    """How it failed, a code; empty unless it did."""
    address: str = Field(repr=False)
    never_again: str | None


@dataclass(frozen=True)
class Batch:
    """The events of one delivery that speak of a letter, in their own order; and how many do not, or say nothing."""

    events: tuple[MailEvent, ...]
    ignored: int
    unreadable: int


def _text(value: object) -> str:
    return value.strip().lower() if isinstance(value, str) else ""


Text = Annotated[str, BeforeValidator(_text)]


class _Told(BaseModel):
    """What we read of an event; the rest differs from kind to kind, and from year to year."""

    model_config = ConfigDict(hide_input_in_errors=True)

    event: str
    timestamp: int = Field(ge=0, le=_LAST_SECOND)
    email: str = Field(default="", repr=False)
    type: Text = ""
    status: Text = ""
    reason: Text = ""


def is_genuine(headers: Mapping[str, str], body: bytes, public_key: str) -> bool:
    """Whether the owner of this key (base64, as SendGrid shows it) has signed these very bytes and their time."""
    try:
        signed = _verifier(public_key).verify_signature(body.decode(), headers.get(SIGNATURE), headers.get(TIMESTAMP))
    except (TypeError, ValueError, binascii.Error):  # no header, no base64, no UTF-8, no key
        return False
    return bool(signed)


def signed_at(headers: Mapping[str, str]) -> datetime | None:
    """When a genuine delivery was signed; None when that cannot be told."""
    try:
        return datetime.fromtimestamp(int(headers.get(TIMESTAMP, "")), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def read(body: bytes) -> Batch:
    """The events in a delivery; one that cannot be read spoils no other. NotABatch when there is no array."""
    try:
        listed = json.loads(body)
    except (ValueError, RecursionError):
        listed = None
    if not isinstance(listed, list):
        raise NotABatch
    found = [_event(one) for one in listed]
    told = [one for one in found if isinstance(one, MailEvent)]
    told.sort(key=lambda event: (event.message_id, event.at, list(Fate).index(event.fate)))
    return Batch(tuple(told), found.count(_Nothing.OURS), found.count(_Nothing.READABLE))


class _Nothing(StrEnum):
    OURS = "ours"
    READABLE = "readable"


def _event(one: object) -> MailEvent | _Nothing:
    if not isinstance(one, dict):
        return _Nothing.READABLE
    message_id = _uuid(one.get(OUR_ID))
    if message_id is None:
        return _Nothing.OURS
    try:
        told = _Told.model_validate(one)
    except ValidationError:
        return _Nothing.READABLE
    fate = FATES.get(told.event)
    return _Nothing.OURS if fate is None else _mail_event(message_id, told, fate)


def _mail_event(message_id: UUID, told: _Told, fate: Fate) -> MailEvent:
    return MailEvent(
        message_id=message_id,
        at=datetime.fromtimestamp(told.timestamp, UTC),
        fate=fate,
        error=_error(told) if fate is Fate.FAILED else "",
        address=told.email,
        never_again=_never_again(told) if told.email else None,
    )


def _error(told: _Told) -> str:
    if told.event == "dropped":
        return "dropped"
    return "bounced" if _is_hard(told) else "blocked"


def _never_again(told: _Told) -> str | None:
    match told.event:
        case "bounce":
            return "bounced" if _is_hard(told) else None
        case "dropped":
            return _DROPPED_FOR_GOOD.get(told.reason)
        case _:
            return _NEVER_AGAIN.get(told.event)


def _is_hard(told: _Told) -> bool:
    """A block, or a status of the 4 family, is a matter of today."""
    return told.type != "blocked" and not told.status.startswith("4")


def _uuid(value: object) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


@cache
def _verifier(public_key: str) -> EventWebhook:
    return EventWebhook(public_key)
