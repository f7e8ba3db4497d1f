"""Who is on duty; going off tells the cases they leave behind."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from db import inbox
from db.casework import Case
from db.staff import Duty, Staff
from domain.messages import OwnerLeft


def spell_of(session: Session, staff: UUID) -> Duty | None:
    """Their open spell on duty."""
    return session.exec(select(Duty).where(Duty.staff_id == staff, col(Duty.ended_at).is_(None))).first()


def colleagues(session: Session) -> Sequence[tuple[Staff, datetime | None]]:
    """Everybody who works here, by name, and since when they are on duty."""
    on_duty = (col(Duty.staff_id) == col(Staff.id)) & col(Duty.ended_at).is_(None)
    everybody = select(Staff, Duty.started_at).join(Duty, on_duty, isouter=True).where(col(Staff.active))
    return session.exec(everybody.order_by(col(Staff.name))).all()


def start(session: Session, staff: UUID, at: datetime) -> None:
    """On duty from now on; nothing changes for somebody who is."""
    session.execute(insert(Duty).values(Duty(staff_id=staff, started_at=at).model_dump()).on_conflict_do_nothing())


def end(session: Session, staff: UUID, at: datetime, *, stand_in: UUID | None) -> None:
    """Off duty: every open case of theirs is told, through the inbox. Nothing changes for somebody who was off."""
    spell = session.exec(
        select(Duty).where(Duty.staff_id == staff, col(Duty.ended_at).is_(None)).with_for_update()
    ).first()
    if spell is None:
        return
    spell.ended_at, spell.stand_in_id = at, stand_in
    for case in session.exec(select(Case).where(Case.owner_id == staff, col(Case.closed_at).is_(None))):
        left = OwnerLeft(id=f"{spell.id}:{case.id}", at=at, staff=staff, stand_in=stand_in)
        inbox.tell(session, case.id, left, urgent_at=case.urgent_at)
