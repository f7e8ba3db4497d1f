"""Every case as the report counts it: one narrow row, kept by triggers in the transaction that changes the case."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, ForeignKey, Identity, Integer, SmallInteger, Uuid
from sqlmodel import BigInteger, Field, SQLModel

from db.columns import Instant

MARKS = (
    "attempted",
    "reached",
    "resolved",
    "closed",
    "ended",
    "in_resolved_stage",
    "kept",
    "kept_by_log",
    "recorded_broken",
    "moved",
    "void",
    "reached_in_time",
    "solved",
    "first_contact",
    "recorded_missed",
)
"""What is true of the case; the first is bit 0 of `Tally.marks`."""
ANSWERS = ("answered", "promoter", "passive", "detractor", "said_solved", "said_unsolved")
"""What the customer said in the final survey; the first is bit 0 of `Tally.answer`."""

FIRST_SAID = ("was_promoter", "was_passive", "was_detractor")
"""What the customer said in the questionnaire that asked for contact; the first is bit 0 of `Tally.first_said`."""


class TallyName(SQLModel, table=True):
    """A source, product, policy, cause or outcome by its number: counting numbers is quicker than counting texts."""

    id: int | None = Field(default=None, sa_column=Column(Integer, Identity(always=True), primary_key=True))
    name: str = Field(unique=True)


class Tally(SQLModel, table=True):
    """One case. Durations are microseconds after the contact request; each column is written by one table's trigger."""

    case_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True))
    requested_at: datetime = Field(sa_type=Instant, index=True)
    promise_due: datetime | None = Field(default=None, sa_type=Instant)
    first_attempt: int | None = Field(default=None, sa_type=BigInteger)
    reached: int | None = Field(default=None, sa_type=BigInteger)
    resolved: int | None = Field(default=None, sa_type=BigInteger)
    closed: int | None = Field(default=None, sa_type=BigInteger)
    marks: int = 0
    source: int
    policy: int
    product: int | None = None
    cause: int | None = None
    outcome: int | None = None
    answer: int = Field(default=0, sa_type=SmallInteger)
    asked: bool = False
    """They were sent the final survey: it got a link of its own."""
    withdrawn_by_staff: bool = False
    first_said: int = Field(default=0, sa_type=SmallInteger)
