"""What providers report back: whose call it was, what became of a message, whose number wrote to us."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlmodel import Session, col

from db import undelivered
from db.casework import Attempt, Case
from db.intake import Response
from db.outreach import IN_DOUBT, Message, MessageState

LOST = "lost"


def case_of_attempt(session: Session, attempt_id: UUID) -> UUID | None:
    """The case a call attempt belongs to; None for an attempt we do not know."""
    return session.scalar(select(col(Attempt.case_id)).where(col(Attempt.id) == attempt_id))


def settle_message(session: Session, message_id: UUID, *, state: MessageState, at: datetime, error: str | None) -> bool:
    """Record that a message was delivered or failed. False when it is not ours, or was settled: it never goes back.

    One that we gave up as lost was not settled by anybody who knows. An alert travels by several ways on one row: the
    way that failed is not hidden by another that arrived before it."""
    unsettled = or_(
        col(Message.state).not_in((MessageState.DELIVERED, MessageState.FAILED)), col(Message.error) == LOST
    )
    if state == MessageState.FAILED:
        arrived = and_(col(Message.staff_id).is_not(None), col(Message.state) == MessageState.DELIVERED)
        unsettled = or_(unsettled, arrived)
    return _settled(session, message_id, unsettled, state=state, at=at, error=error)


def return_message(session: Session, message_id: UUID, *, at: datetime, error: str) -> bool:
    """Record that a letter came back, also one that a server had taken. False when that was known, or is not ours."""
    not_back = or_(col(Message.state) != MessageState.FAILED, col(Message.error) == LOST)
    return _settled(session, message_id, not_back, state=MessageState.FAILED, at=at, error=error)


def accept_message(session: Session, message_id: UUID, *, at: datetime) -> bool:
    """Record that the provider has a message of which we could not be sure, so that it is not sent once more."""
    doubtful = or_(col(Message.state).in_(IN_DOUBT), col(Message.error) == LOST)
    return _settled(session, message_id, doubtful, state=MessageState.ACCEPTED, at=at, error=None)


def recipients_of(session: Session, messages: Collection[UUID]) -> Mapping[UUID, UUID | None]:
    """Those of these messages that are ours, each with the member of staff it is for; None: for a customer."""
    known = select(col(Message.id), col(Message.staff_id)).where(col(Message.id).in_(messages))
    return {row.id: row.staff_id for row in session.execute(known)}


def name_message(session: Session, message_id: UUID, provider_id: str) -> None:
    """Keep the provider's id of a message whose acceptance was lost: by it its copy there can be deleted."""
    nameless = (col(Message.id) == message_id, col(Message.provider_id).is_(None))
    session.execute(update(Message).where(*nameless).values(provider_id=provider_id))


def _settled(
    session: Session,
    message_id: UUID,
    still: ColumnElement[bool],
    *,
    state: MessageState,
    at: datetime,
    error: str | None,
) -> bool:
    """The one place where a message's fate is written: True is said once for each, and then a failure is news."""
    change = update(Message).where(col(Message.id) == message_id, still)
    told = (col(Message.case_id), col(Message.staff_id), col(Message.channel))
    settled = session.execute(change.values(state=state, settled_at=at, error=error).returning(*told)).one_or_none()
    if settled is None:
        return False
    if state == MessageState.FAILED and settled.staff_id:
        undelivered.raise_alert(session, undelivered.alerts_to(settled.staff_id))
    elif state == MessageState.FAILED and settled.case_id:
        undelivered.tell_case(session, message_id, settled.case_id, at=at)
    if state == MessageState.DELIVERED:
        staff = settled.staff_id
        undelivered.end_alert(session, undelivered.alerts_to(staff) if staff else settled.channel)
    return True


def note_ringing(session: Session, attempt_id: UUID, at: datetime) -> bool:
    """The customer's telephone rings, so whoever calls them has taken the call. False when that was known."""
    this = (col(Attempt.id) == attempt_id, col(Attempt.accepted_at).is_(None))
    noted = update(Attempt).where(*this).values(accepted_at=at).returning(col(Attempt.id))
    return session.execute(noted).first() is not None


def note_answer(session: Session, attempt_id: UUID, at: datetime) -> None:
    """Somebody speaks with the customer: on the attempt's row at once, in the timeline with whatever comes next."""
    this = (col(Attempt.id) == attempt_id, col(Attempt.answered_at).is_(None))
    session.execute(update(Attempt).where(*this).values(answered_at=at))


def open_cases_of(session: Session, phone: str) -> Sequence[UUID]:
    """The cases of this number (E.164) that are not closed, also those that have yet to start."""
    theirs = (col(Response.phone) == phone, col(Response.contact_requested_at).is_not(None))
    found = select(col(Response.id)).outerjoin(Case, col(Case.id) == col(Response.id))
    return session.scalars(found.where(*theirs, col(Case.closed_at).is_(None))).all()
