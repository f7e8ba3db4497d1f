"""Who is looking at which case, so that two people do not work on one unawares."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Field, Session, SQLModel, col, select

from db.columns import Instant
from db.staff import Staff

BEAT = timedelta(seconds=20)
"""So often an open page says that it is looked at."""
GONE = 2 * BEAT + timedelta(seconds=5)
"""Whoever was not heard of for so long looks no more."""


class Presence(SQLModel, table=True):
    """Somebody looks at a case. Their older rows are deleted with each sign of life, so the table stays small."""

    staff_id: UUID = Field(primary_key=True, foreign_key="staff.id")
    case_id: UUID = Field(primary_key=True, foreign_key="cases.id", index=True)
    seen_at: datetime = Field(sa_type=Instant)


def see(session: Session, case_id: UUID, staff: UUID, at: datetime) -> None:
    """This person looks at this case now."""
    gone = col(Presence.staff_id) == staff, col(Presence.seen_at) < at - GONE, col(Presence.case_id) != case_id
    session.execute(delete(Presence).where(*gone))
    seen = insert(Presence).values(staff_id=staff, case_id=case_id, seen_at=at)
    keys = ["staff_id", "case_id"]
    session.execute(seen.on_conflict_do_update(index_elements=keys, set_={"seen_at": seen.excluded.seen_at}))


def others(session: Session, case_id: UUID, staff: UUID, at: datetime) -> Sequence[str]:
    """The names of those who look at it beside this person."""
    here = col(Presence.case_id) == case_id, col(Presence.staff_id) != staff, col(Presence.seen_at) > at - GONE
    query = select(Staff.name).join(Presence, col(Presence.staff_id) == col(Staff.id)).where(*here)
    return session.exec(query.order_by(col(Staff.name))).all()
