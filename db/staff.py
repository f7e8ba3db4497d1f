"""People who work here: roles, tokens, duty, and the commands they have already given."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from db.columns import JSONB, Instant, new_id, now


class Staff(SQLModel, table=True):
    """A member of staff, with the name and picture the customer may see."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    name: str
    role: str
    phone: str | None = None
    email: str | None = None
    picture: str | None = None
    language: str = "ru"
    active: bool = True


class ApiToken(SQLModel, table=True):
    """A bearer token, kept as a SHA-256 of its 256 random bits."""

    token_hash: str = Field(primary_key=True)
    staff_id: UUID = Field(foreign_key="staff.id", index=True)
    name: str = ""
    created_at: datetime = Field(default_factory=now, sa_type=Instant)
    expires_at: datetime | None = Field(default=None, sa_type=Instant)


class Duty(SQLModel, table=True):
    """A spell on duty; the open one has no end."""

    __table_args__ = (Index("duty_now", "staff_id", unique=True, postgresql_where=text("ended_at is null")),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    staff_id: UUID = Field(foreign_key="staff.id")
    started_at: datetime = Field(default_factory=now, sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    stand_in_id: UUID | None = Field(default=None, foreign_key="staff.id")


class IdempotencyKey(SQLModel, table=True):
    """A command already given: the same key gets the same answer, another body under it is refused."""

    staff_id: UUID = Field(primary_key=True, foreign_key="staff.id")
    route: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    body_hash: str
    case_id: UUID | None = None
    """What `/cases/next` picked, so that a repeat returns the same case."""
    status: int | None = None
    answer: dict[str, object] | None = Field(default=None, sa_type=JSONB)
    running_until: datetime | None = Field(default=None, sa_type=Instant)
    """While it is being carried out: until then others wait for its answer, later they may try themselves."""
    created_at: datetime = Field(default_factory=now, sa_type=Instant)


class Reservation(SQLModel, table=True):
    """A case held for a moment for the one person who asked for the next: twenty people get twenty cases."""

    case_id: UUID = Field(primary_key=True)
    staff_id: UUID
    until: datetime = Field(sa_type=Instant)
