"""A letter as the provider was given it, and what becomes of it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from secrets import token_urlsafe

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tests.wire.sendgrid_like.events import Event

_LINK = re.compile(r"https?://[^\s\"'<>]+")


class Fate(StrEnum):
    """What becomes of letters to one address."""

    DELIVERED = "delivered"
    BOUNCED = "bounced"
    BLOCKED = "blocked"
    DROPPED = "dropped"
    SILENT = "silent"


_ENDS: Mapping[Fate, Event] = {
    Fate.DELIVERED: {"event": "delivered", "response": "250 OK"},
    Fate.BOUNCED: {"event": "bounce", "type": "bounce", "status": "5.1.1", "reason": "550 no such mailbox"},
    Fate.BLOCKED: {"event": "bounce", "type": "blocked", "status": "4.7.1", "reason": "421 try later"},
    Fate.DROPPED: {"event": "dropped", "reason": "Bounced Address"},
}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Address(_Strict):
    email: str = Field(pattern=r"^[^@\s]+@[^@\s]+$")
    name: str | None = None


class _Personalization(_Strict):
    to: list[_Address] = Field(min_length=1)
    custom_args: dict[str, str] = Field(default_factory=dict)


class _Content(_Strict):
    type: str
    value: str = Field(min_length=1)


class _Send(BaseModel):
    """What POST /v3/mail/send must hold."""

    personalizations: list[_Personalization] = Field(min_length=1, max_length=1)
    from_: _Address = Field(alias="from")
    reply_to: _Address | None = None
    subject: str = Field(min_length=1)
    content: list[_Content] = Field(min_length=1)


class NotALetter(Exception):
    """Refused, with the field that is wrong."""

    def __init__(self, field_name: str, message: str) -> None:
        super().__init__(message)
        self.field_name = field_name


@dataclass(frozen=True)
class Letter:
    """One accepted letter."""

    to: str
    from_: str
    subject: str
    parts: Mapping[str, str]
    """By content type."""
    custom_args: Mapping[str, str]
    id: str = field(default_factory=lambda: token_urlsafe(16))
    """X-Message-Id."""
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @classmethod
    def read(cls, body: str) -> "Letter":
        """NotALetter when it would be refused."""
        try:
            told = _Send.model_validate(json.loads(body))
        except ValidationError as wrong:
            first = wrong.errors()[0]
            raise NotALetter(".".join(str(part) for part in first["loc"]), first["msg"]) from None
        if [part.type for part in told.content] != sorted((part.type for part in told.content), reverse=True):
            raise NotALetter("content", "text/plain must be the first content, followed by text/html")
        [person] = told.personalizations
        parts = {part.type: part.value for part in told.content}
        return cls(person.to[0].email, told.from_.email, told.subject, parts, person.custom_args)

    def links(self) -> list[str]:
        """Every address in its text."""
        return _LINK.findall(self.parts["text/plain"])

    def story(self, fate: Fate) -> list[Event]:
        """Its events, in order."""
        ends = [] if fate is Fate.SILENT else [_ENDS[fate]]
        begins: list[Event] = [] if fate in (Fate.SILENT, Fate.DROPPED) else [{"event": "processed"}]
        return [self._event(told) for told in (*begins, *ends)]

    def _event(self, told: Event) -> Event:
        common: Event = {
            "email": self.to,
            "timestamp": int(datetime.now(UTC).timestamp()),
            "smtp-id": f"<{self.id}@geopod-ismtpd>",
            "sg_event_id": token_urlsafe(16),
            "sg_message_id": f"{self.id}.filterdrecv-0-0",
        }
        return {**common, **told, **self.custom_args}
