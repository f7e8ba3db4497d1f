"""What came in: one row a response, one inbox for every fact on its way to a case."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from db.columns import JSONB, Instant, new_id, now


class ResponseRow(SQLModel):
    """What a response's row holds. By itself it belongs to no session, and costs a tenth to fill in."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    source: str
    form: str
    external_id: str
    version: datetime = Field(sa_type=Instant)
    """Orders the deliveries of one response; an older one changes nothing."""
    finished: bool = False
    submitted_at: datetime = Field(sa_type=Instant)
    received_at: datetime = Field(default_factory=now, sa_type=Instant)
    customer_id: UUID = Field(foreign_key="customer.id", index=True)
    language: str
    zone: str | None = None
    product: str | None = None
    policy: str = "standard"
    answers: list[dict[str, object]] = Field(default_factory=list, sa_type=JSONB)
    nps: int | None = None
    ces: int | None = None
    comment: str | None = None
    name: str | None = None
    email: str | None = None
    phone_typed: str | None = Field(default=None, index=True)
    phone: str | None = Field(default=None, index=True)
    """E.164; None when what was typed cannot be rung."""
    phone_problem: str | None = None
    """Why not: a code of `domain.phone`."""
    contact_requested_at: datetime | None = Field(default=None, sa_type=Instant)
    """When the contact request first became true; never moves."""
    promise: dict[str, object] | None = Field(default=None, sa_type=JSONB)
    """The callback promise, computed once at intake."""
    consent_version: str | None = None
    consent_at: datetime | None = Field(default=None, sa_type=Instant)
    previous_case: UUID | None = None
    """Set when a final survey asked for contact again: the loop before this one."""
    erased_at: datetime | None = Field(default=None, sa_type=Instant)
    """From then on it is a tombstone: its `external_id` is a keyed hash, and a redelivery stores nothing."""


class Response(ResponseRow, table=True):
    """One filled-in questionnaire; later deliveries amend it. Its id is the id of its case, if it asked for contact."""

    __table_args__ = (
        UniqueConstraint("source", "form", "external_id"),
        Index("response_request", "contact_requested_at"),
        Index("response_email", text("lower(email)")),
        Index("response_kept", "received_at", postgresql_where=text("erased_at is null")),
    )


class InboxRow(SQLModel):
    """What a row of the inbox holds; by itself it belongs to no session."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    kind: str
    """`contact_request` starts a case; anything else is the name of a signal."""
    key: str
    case_id: UUID
    body: dict[str, object] = Field(default_factory=dict, sa_type=JSONB)
    """The signal's argument: ids and instants only."""
    urgent_at: datetime = Field(sa_type=Instant)
    received_at: datetime = Field(default_factory=now, sa_type=Instant)
    attempts: int = 0
    next_try_at: datetime = Field(default_factory=now, sa_type=Instant)
    done_at: datetime | None = Field(default=None, sa_type=Instant)
    result: str | None = None
    """What became of it: started, signalled, already_closed."""
    error: str | None = None


class Inbox(InboxRow, table=True):
    """An inbound fact, durable before anybody is told 2xx; the relay brings it to its case."""

    __table_args__ = (
        UniqueConstraint("kind", "key"),
        # The relay reads it in its order, and meets no row of the past: what waits is little, what was is much.
        Index("inbox_waiting", "urgent_at", "id", "next_try_at", postgresql_where=text("done_at is null")),
        Index("inbox_case", "case_id"),
    )


class Suppression(SQLModel, table=True):
    """An address that must not be written to or rung again; kept as a keyed hash, so erasure can keep it."""

    __table_args__ = (UniqueConstraint("channel", "address_hash"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    channel: str
    address_hash: str
    reason: str
    at: datetime = Field(default_factory=now, sa_type=Instant)
