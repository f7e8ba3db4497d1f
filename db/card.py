"""Everything known about a case and its customer, for the one page a specialist reads before calling."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import Session, SQLModel, col, select

from db import notes, queue
from db.casework import Attempt, Case, Note, Review, Timeline
from db.intake import Response
from db.outreach import Alert, FinalSurvey, Message
from db.people import Customer, Licence, Organisation, Purchase
from db.queue import Line
from db.staff import Staff

OTHERS = 50
SUGGESTED = 10
Row = TypeVar("Row", bound=SQLModel)


@dataclass(frozen=True)
class Card:
    """One case with all its rows, each list in the order it is read."""

    case: Case
    owner: Staff | None
    customer: Customer
    organisation: Organisation | None
    licences: Sequence[Licence]
    purchases: Sequence[Purchase]
    response: Response
    others: Sequence[Line]
    """The customer's other cases, unfinished first; earlier loops among them."""
    suggested: Sequence[Line]
    """Cases of other customers who typed the same phone number: perhaps, and only perhaps, the same person."""
    attempts: Sequence[Attempt]
    reviews: Sequence[Review]
    texts: dict[UUID, Note]
    messages: Sequence[Message]
    alerts: Sequence[Alert]
    survey: FinalSurvey | None
    staff: dict[UUID, str]
    """Names of the staff."""


def read(session: Session, case_id: UUID) -> Card:
    """The card of a case that exists; NoResultFound otherwise."""
    case = session.get_one(Case, case_id)
    customer = session.get_one(Customer, case.customer_id)
    response = session.get_one(Response, case_id)
    return Card(
        case=case,
        owner=session.get(Staff, case.owner_id) if case.owner_id else None,
        customer=customer,
        organisation=session.get(Organisation, customer.organisation_id) if customer.organisation_id else None,
        licences=_rows(session, Licence, Licence.customer_id == customer.id, Licence.valid_until),
        purchases=_rows(session, Purchase, Purchase.customer_id == customer.id, Purchase.at)[::-1],
        response=response,
        others=_others(session, case),
        suggested=_suggested(session, case, response.phone),
        attempts=_rows(session, Attempt, Attempt.case_id == case_id, Attempt.started_at),
        reviews=_rows(session, Review, Review.case_id == case_id, Review.asked_at),
        texts=notes.texts(session, case_id),
        messages=_rows(session, Message, Message.case_id == case_id, Message.created_at),
        alerts=_rows(session, Alert, Alert.case_id == case_id, Alert.raised_at),
        survey=session.get(FinalSurvey, case_id),
        staff=staff_names(session),
    )


def timeline(session: Session, case_id: UUID) -> Sequence[Timeline]:
    """Every step of a case, oldest first."""
    return _rows(session, Timeline, Timeline.case_id == case_id, Timeline.seq)


def staff_names(session: Session) -> dict[UUID, str]:
    """Everybody who ever worked here, by id."""
    return dict(session.exec(select(Staff.id, Staff.name)).all())


def _rows(session: Session, table: type[Row], condition: bool, order: object) -> Sequence[Row]:
    return session.exec(select(table).where(condition).order_by(order)).all()  # type: ignore[arg-type]  # a column


def _others(session: Session, case: Case) -> list[Line]:
    theirs: ColumnElement[bool] = col(Case.customer_id) == case.customer_id
    return queue.found(session, theirs, col(Case.id) != case.id, limit=OTHERS)


def _suggested(session: Session, case: Case, phone: str | None) -> list[Line]:
    if phone is None:
        return []
    same_number = col(Case.id).in_(select(Response.id).where(Response.phone == phone))
    return queue.found(session, same_number, col(Case.customer_id) != case.customer_id, limit=SUGGESTED)
