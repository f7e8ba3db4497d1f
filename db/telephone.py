"""Which numbers are ringing."""

from uuid import UUID

from sqlmodel import Session, col, exists, select

from db.casework import Attempt
from db.intake import Response


def rings_elsewhere(session: Session, case_id: UUID) -> bool:
    """Whether another case has a call under way to this case's number."""
    number = select(Response.phone).where(Response.id == case_id).scalar_subquery()
    ringing = exists().where(
        col(Attempt.ended_at).is_(None), col(Attempt.phone) == number, col(Attempt.case_id) != case_id
    )
    return session.exec(select(ringing)).one()
