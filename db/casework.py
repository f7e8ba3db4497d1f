"""Cases as people see them: rows projected from workflows, and the append-only timeline."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, Identity, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from db.columns import JSONB, Instant, new_id, now


class Case(SQLModel, table=True):
    """The read model of one case; written only by the projection, and only by a higher sequence number."""

    __tablename__ = "cases"
    __table_args__ = (
        Index("case_queue", "urgent_at", "id", postgresql_where=text("closed_at is null")),
        Index("case_owner", "owner_id", postgresql_where=text("closed_at is null")),
        Index("case_closed", "urgent_at", "id", postgresql_where=text("closed_at is not null")),
        Index("case_requested", "requested_at"),
    )

    id: UUID = Field(primary_key=True, foreign_key="response.id")
    seq: int
    customer_id: UUID = Field(foreign_key="customer.id", index=True)
    loop: int = 1
    previous_id: UUID | None = None
    next_id: UUID | None = None
    sibling_id: UUID | None = None
    offered_to: UUID | None = None
    source: str
    product: str | None = None
    policy: str
    stage: str
    outcome: str | None = None
    owner_id: UUID | None = Field(default=None, foreign_key="staff.id")
    requested_at: datetime = Field(sa_type=Instant)
    promise_due: datetime | None = Field(default=None, sa_type=Instant)
    promise_kept_at: datetime | None = Field(default=None, sa_type=Instant)
    promise_kept_by_log: bool = False
    promise_broken_at: datetime | None = Field(default=None, sa_type=Instant)
    promise_moved_at: datetime | None = Field(default=None, sa_type=Instant)
    promise_void: bool = False
    reached_at: datetime | None = Field(default=None, sa_type=Instant)
    first_attempt_at: datetime | None = Field(default=None, sa_type=Instant)
    urgent_at: datetime | None = Field(default=None, sa_type=Instant)
    ready_at: datetime | None = Field(default=None, sa_type=Instant)
    waiting_for: str | None = None
    waiting_until: datetime | None = Field(default=None, sa_type=Instant)
    goal_missed: bool = False
    resolved_at: datetime | None = Field(default=None, sa_type=Instant)
    cause: str | None = None
    solved: bool | None = None
    one_conversation: bool | None = None
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    snapshot: dict[str, object] = Field(sa_type=JSONB)
    """The workflow's whole snapshot of the same sequence number."""


class Timeline(SQLModel, table=True):
    """Every change of every case, in the order it was committed."""

    __table_args__ = (UniqueConstraint("case_id", "seq"), UniqueConstraint("case_id", "event_id"))

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    case_id: UUID
    seq: int
    event_id: str
    kind: str
    at: datetime = Field(sa_type=Instant)
    due: datetime | None = Field(default=None, sa_type=Instant)
    by: UUID | None = None
    ref: UUID | None = None
    detail: str = ""
    recorded_at: datetime = Field(
        default_factory=now, sa_type=Instant, sa_column_kwargs={"server_default": text("clock_timestamp()")}
    )


class Attempt(SQLModel, table=True):
    """One call attempt: a row before the telephone rings, so that no attempt rings twice."""

    __table_args__ = (
        Index(
            "attempt_one_ring_per_number",
            "phone",
            unique=True,
            postgresql_where=text("ended_at is null and phone is not null"),
        ),
    )

    id: UUID = Field(primary_key=True)
    case_id: UUID = Field(foreign_key="cases.id", index=True)
    by: UUID = Field(foreign_key="staff.id")
    logged: bool = False
    started_at: datetime = Field(sa_type=Instant)
    answered_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    outcome: str | None = None
    phone: str | None = None
    """The number it rings, while and after it rings; None until the provider is asked, and for logged attempts."""
    posted_at: datetime | None = Field(default=None, sa_type=Instant)
    """When the provider was asked; set before the request leaves."""
    provider_id: str | None = Field(default=None, index=True)
    inbound: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    """The customer rang us."""
    accepted_at: datetime | None = Field(default=None, sa_type=Instant)
    """When the specialist pressed the key: from then on the customer's telephone rings."""
    picked_up_at: datetime | None = Field(default=None, sa_type=Instant)
    """When the customer's telephone was picked up, by a person or by a machine."""
    answered_by: str | None = None
    """Who that was, in the provider's words; None while nobody has listened."""


class Review(SQLModel, table=True):
    """One question to second line; its texts are notes."""

    id: UUID = Field(primary_key=True)
    case_id: UUID = Field(foreign_key="cases.id", index=True)
    asked_at: datetime = Field(sa_type=Instant)
    due: datetime = Field(sa_type=Instant)
    rung: int = 0
    forwarded: bool = False
    asked_back: bool = False
    answered_at: datetime | None = Field(default=None, sa_type=Instant)


class Note(SQLModel, table=True):
    """Text that people wrote: notes, questions, answers, reasons, resolutions. Workflows know only its id."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    case_id: UUID = Field(index=True)
    review_id: UUID | None = Field(default=None, index=True)
    kind: str
    """note, comment, question, answer, question_back, reference, reason, resolution; card: names of fields changed."""
    by: UUID | None = None
    text: str
    at: datetime = Field(default_factory=now, sa_type=Instant)
