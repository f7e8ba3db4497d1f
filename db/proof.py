"""What is left of an erasure: who asked for it, what was done, how much; nothing that tells who was erased."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from db.columns import JSONB, Instant, new_id, now


class Origin(StrEnum):
    """Where an erasure came from."""

    API = "api"
    COMMAND = "command"
    RETENTION = "retention"
    """The data was older than it may be kept."""
    RESTORED = "restored"
    """A restored back-up had brought back what was erased before."""


class Erasure(SQLModel, table=True):
    """One erasure, asked for and then finished: the proof that it was done."""

    __table_args__ = (Index("erasure_asked", "asked_at"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    origin: str
    asked_by: UUID | None = Field(default=None, foreign_key="staff.id")
    asked_at: datetime = Field(default_factory=now, sa_type=Instant)
    customers: list[str] = Field(default_factory=list, sa_type=JSONB)
    """The ids of the profiles, whose rows are empty afterwards."""
    responses: list[str] = Field(default_factory=list, sa_type=JSONB)
    """The ids of single responses whose customer stays: old ones."""
    addresses: list[str] = Field(default_factory=list, sa_type=JSONB)
    """Numbers and addresses the providers are asked to forget; personal, so emptied when it is finished."""
    cases_ended: int = 0
    """Cases that were ended as erased, and contact requests whose case had yet to start."""
    cases_left: int = 0
    """Cases that had not ended when the rows were emptied, days later: somebody has to look."""
    providers: dict[str, dict[str, int]] = Field(default_factory=dict, sa_type=JSONB)
    """By channel, how many of their copies were forgotten, kept for good, or could not be asked about."""
    rows: dict[str, int] = Field(default_factory=dict, sa_type=JSONB)
    """By table, how many rows were emptied or deleted."""
    finished_at: datetime | None = Field(default=None, sa_type=Instant)
