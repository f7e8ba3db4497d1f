"""What providers report back: whose call it was, what became of a message, whose number wrote to us."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlmodel import Session, col

from db.casework import Attempt, Case
from db.intake import Response
from db.outreach import Message

DELIVERED = "delivered"
FAILED = "failed"
LOST = "lost"


def case_of_attempt(session: Session, attempt_id: UUID) -> UUID | None:
    """The case a call attempt belongs to; None for an attempt we do not know."""
    return session.scalar(select(col(Attempt.case_id)).where(col(Attempt.id) == attempt_id))


def settle_message(session: Session, message_id: UUID, *, state: str, at: datetime, error: str | None) -> bool:
    """Record that a message was delivered or failed. False when it is not ours, or was settled: it never goes back.

    One that we gave up as lost was not settled by anybody who knows.
    """
    unsettled = or_(col(Message.state).not_in((DELIVERED, FAILED)), col(Message.error) == LOST)
    settled = (
        update(Message).where(col(Message.id) == message_id, unsettled).values(state=state, settled_at=at, error=error)
    )
    return session.execute(settled.returning(col(Message.id))).first() is not None


def note_answer(session: Session, attempt_id: UUID, at: datetime) -> None:
    """Somebody speaks with the customer: on the attempt's row at once, in the timeline with whatever comes next."""
    this = (col(Attempt.id) == attempt_id, col(Attempt.answered_at).is_(None))
    session.execute(update(Attempt).where(*this).values(answered_at=at))


def open_cases_of(session: Session, phone: str) -> Sequence[UUID]:
    """The cases of this number (E.164) that are not closed, also those that have yet to start."""
    theirs = (col(Response.phone) == phone, col(Response.contact_requested_at).is_not(None))
    found = select(col(Response.id)).outerjoin(Case, col(Case.id) == col(Response.id))
    return session.scalars(found.where(*theirs, col(Case.closed_at).is_(None))).all()
