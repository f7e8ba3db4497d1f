"""Our outgoing webhooks: who wants to be told what, and each telling with what became of it."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, Column, ForeignKey, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from db.columns import JSONB, Instant, new_id, now
from db.staff import Staff

KEPT_TRYING = timedelta(hours=24)
"""So long an event is sent again that does not arrive."""


class Deactivation(StrEnum):
    """Why an endpoint is told nothing any more."""

    GONE = "gone"
    """It has answered 410."""
    BY_ADMIN = "by_admin"


class DeliveryState(StrEnum):
    """How far a telling has come."""

    WAITING = "waiting"
    """Not tried yet, or to be tried again."""
    DELIVERED = "delivered"
    FAILED = "failed"
    """Given up; an admin may have it sent once more."""


class WebhookEndpoint(SQLModel, table=True):
    """An address of another system, and the events it wants."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    url: str = Field(unique=True)
    events: list[str] = Field(sa_type=JSONB)
    secret: str = Field(repr=False)
    """What signs, as `db.sealing` keeps it."""
    active: bool = True
    cursor: int = Field(sa_type=BigInteger)
    """The last step of the timeline that it was told of, or did not want."""
    created_at: datetime = Field(default_factory=now, sa_type=Instant)
    created_by: UUID | None = Field(default=None, foreign_key=f"{Staff.__tablename__}.id")
    failing_since: datetime | None = Field(default=None, sa_type=Instant)
    """Since then nothing has arrived; None: the last try did, or there was none."""
    deactivated_because: str | None = None


class WebhookDelivery(SQLModel, table=True):
    """One event for one endpoint: a row before it leaves, and its id goes along, the same at every try."""

    __table_args__ = (
        UniqueConstraint("endpoint_id", "timeline_id", "event"),
        Index(
            "webhookdelivery_waiting",
            "endpoint_id",
            "next_try_at",
            "timeline_id",
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("webhookdelivery_newest", "endpoint_id", "id"),
        Index("webhookdelivery_settled", "settled_at", postgresql_where=text("settled_at is not null")),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    endpoint_id: UUID = Field(sa_column=Column(ForeignKey("webhookendpoint.id", ondelete="CASCADE"), nullable=False))
    event: str
    """As in `domain.outgoing`."""
    timeline_id: int | None = Field(default=None, sa_type=BigInteger)
    """The step it tells; None for a ping."""
    body: dict[str, object] = Field(sa_type=JSONB)
    """Ids, instants and codes; nothing personal."""
    state: str = DeliveryState.WAITING.value
    attempts: int = 0
    created_at: datetime = Field(default_factory=now, sa_type=Instant)
    next_try_at: datetime = Field(default_factory=now, sa_type=Instant)
    give_up_at: datetime = Field(sa_type=Instant)
    """No try after the first one that fails from then on."""
    settled_at: datetime | None = Field(default=None, sa_type=Instant)
    last_status: int | None = None
    error: str | None = None
    """The code of what went wrong where no status came back."""
