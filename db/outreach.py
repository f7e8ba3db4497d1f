"""What goes out: a row before every effect, saying what became of it; and the customers' links."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field, Session, SQLModel

from db.columns import Instant, new_id, now


class MessageState(StrEnum):
    """What has become of a message."""

    QUEUED = "queued"
    POSTED = "posted"
    """The provider is being asked, or was when we died."""
    UNKNOWN = "unknown"
    """Maybe accepted."""
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    FAILED = "failed"
    SKIPPED = "skipped"
    """Better not sent; why stands in `error`."""


SETTLED = frozenset({MessageState.ACCEPTED, MessageState.DELIVERED, MessageState.FAILED, MessageState.SKIPPED})
"""Nothing is left for us to do."""
IN_DOUBT = frozenset({MessageState.POSTED, MessageState.UNKNOWN})
"""Perhaps the provider has it."""
UNSETTLED = frozenset({MessageState.QUEUED}) | IN_DOUBT


class Message(SQLModel, table=True):
    """One SMS, mail or staff alert: written first, sent once, then followed by what the provider says of it."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    key: str = Field(unique=True)
    """Case, event and recipient: the same moment never writes to the same person twice."""
    case_id: UUID | None = Field(default=None, index=True)
    template: str
    channel: str
    """sms, mail or alert."""
    staff_id: UUID | None = None
    """The recipient of an alert; None for the customer."""
    due: datetime | None = Field(default=None, sa_type=Instant)
    """The time it speaks of."""
    state: str = MessageState.QUEUED.value
    """A `MessageState`."""
    attempts: int = 0
    """How often the provider was asked: two only for a mail whose first sending stayed unknown."""
    created_at: datetime = Field(default_factory=now, sa_type=Instant)
    posted_at: datetime | None = Field(default=None, sa_type=Instant)
    settled_at: datetime | None = Field(default=None, sa_type=Instant)
    provider_id: str | None = Field(default=None, index=True)
    error: str | None = None


# Rows travel as one parameter: a statement whose text does not depend on their number stays prepared.
_ADD = text(
    """
insert into message (id, key, case_id, template, channel, staff_id, due, state, attempts, created_at)
select id, key, case_id, template, channel, staff_id, due, state, attempts, created_at
from jsonb_populate_recordset(null::message, cast(:rows as jsonb))
on conflict do nothing
"""
)


def add(session: Session, messages: Sequence[Message]) -> int:
    """Write these new messages in one statement: how many there were not yet."""
    rows = "[" + ",".join(message.model_dump_json() for message in messages) + "]"
    written = session.connection().execute(_ADD, {"rows": rows})
    return written.rowcount


class Alert(SQLModel, table=True):
    """An alarm that somebody has to acknowledge, or whose cause has to end."""

    __table_args__ = (
        Index("alert_open", "raised_at", postgresql_where=text("ended_at is null and acknowledged_at is null")),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    key: str = Field(unique=True)
    """Case and the number of the event that raised it."""
    case_id: UUID | None = Field(default=None, index=True)
    kind: str
    due: datetime = Field(sa_type=Instant)
    raised_at: datetime = Field(sa_type=Instant)
    repeats: int = 0
    acknowledged_by: UUID | None = None
    acknowledged_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)


class Link(SQLModel, table=True):
    """A customer's link. The token in the URL is derived from `id` by a keyed hash; only its digest is stored."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    key: str = Field(unique=True)
    """Case and kind: a repeated message carries the same link."""
    token_hash: str = Field(unique=True)
    case_id: UUID = Field(index=True)
    kind: str
    """final_survey (`/s/…`), callback (`/c/…`)."""
    created_at: datetime = Field(default_factory=now, sa_type=Instant)
    used_at: datetime | None = Field(default=None, sa_type=Instant)


class FinalSurvey(SQLModel, table=True):
    """The customer's answer after the resolution: tNPS (0 is a score) and whether it was solved (CES)."""

    case_id: UUID = Field(primary_key=True, foreign_key="cases.id")
    tnps: int | None = None
    solved: bool | None = None
    comment: str | None = None
    contact_requested: bool = False
    next_case: UUID | None = None
    answered_at: datetime = Field(default_factory=now, sa_type=Instant)
