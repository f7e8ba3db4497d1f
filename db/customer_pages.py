"""What the customer's pages ask the database."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, or_, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from db import locks
from db.tables import Case, Customer, FinalSurvey, Link, Response
from domain.words import OPEN_STAGES


class LinkedCase(NamedTuple):
    """What a customer's link leads to."""

    link: Link
    case: Case
    response: Response
    customer: Customer


def behind(session: Session, link: Link) -> LinkedCase | None:
    """The case of a link, with the response it came from and whose it is; None while the case is not on record."""
    query = (
        select(Case, Response, Customer)
        .join(Response, col(Response.id) == col(Case.id))
        .join(Customer, col(Customer.id) == col(Case.customer_id))
        .where(Case.id == link.case_id)
    )
    found = session.exec(query).one_or_none()
    return found and LinkedCase(link, *found)


def submitted(session: Session, *, source: str, form: str, external_id: str) -> Response | None:
    """The response with this id, if it was submitted."""
    query = select(Response).where(
        Response.source == source, Response.form == form, Response.external_id == external_id
    )
    return session.exec(query).one_or_none()


def request_open_for(session: Session, phone: str, *, besides: str) -> bool:
    """Whether another response than `besides` (its id at its source) asks for a call on this number and waits for it.

    Until the transaction ends, a second answer for the same number waits: two at once would both find nothing.
    """
    session.execute(select(func.pg_advisory_xact_lock(locks.NUMBERS, func.hashtext(phone))))
    query = (
        select(Response.id)
        .outerjoin(Case, col(Case.id) == col(Response.id))
        .where(
            Response.phone == phone,
            col(Response.contact_requested_at).is_not(None),
            Response.external_id != besides,
            or_(col(Case.id).is_(None), col(Case.stage).in_([stage.value for stage in OPEN_STAGES])),
        )
    )
    return session.exec(query.limit(1)).first() is not None


def answered(session: Session, case_id: UUID) -> bool:
    """Whether the final survey of this case was answered."""
    return session.get(FinalSurvey, case_id) is not None


def store_answer(session: Session, answer: FinalSurvey) -> bool:
    """Store the first answer to a final survey; False, and nothing changed, when there is one already."""
    row = insert(FinalSurvey).values(answer.model_dump()).on_conflict_do_nothing(index_elements=["case_id"])
    return session.execute(row.returning(col(FinalSurvey.case_id))).first() is not None


def link_next(session: Session, case_id: UUID, next_case: UUID) -> None:
    """Note in the answer which loop it has opened."""
    session.execute(update(FinalSurvey).where(col(FinalSurvey.case_id) == case_id).values(next_case=next_case))
