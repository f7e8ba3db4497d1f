"""The staff that an installation's own table names for an alert."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_
from sqlmodel import Session, col, select

from db.casework import Case
from db.recipients import staff_for
from db.staff import Duty, Staff
from domain.addressees import Addressee, Addressees, Presence
from domain.announcements import Audience


def addressed(session: Session, whom: Addressees, case_id: UUID) -> Sequence[Staff]:
    """Those of the roles, on duty where that counts, and the owner wherever they are; nobody there → the leads."""
    roles = [one.value for one in whom.to if one is not Addressee.OWNER]
    meant: ColumnElement[bool] = col(Staff.role).in_(roles)
    if whom.who is Presence.ON_DUTY:
        here = exists().where(col(Duty.staff_id) == col(Staff.id), col(Duty.ended_at).is_(None))
        meant = and_(meant, here)
    if Addressee.OWNER in whom.to:
        meant = or_(meant, exists().where(col(Case.id) == case_id, col(Case.owner_id) == col(Staff.id)))
    found = session.exec(select(Staff).where(meant, col(Staff.active)).order_by(col(Staff.id))).all()
    return found or staff_for(session, (Audience.LEADS,), case_id)
