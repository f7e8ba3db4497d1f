"""Which numbers are ringing, who speaks with whom, and which of the provider's calls is which attempt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import Connection, exists, func, select, update
from sqlmodel import Session, col

from db.casework import Attempt, Case
from db.intake import Response
from db.openings import promise_of, zone_of
from db.people import Customer
from db.staff import Staff
from domain.calendar import calling_windows
from domain.policy import Policy
from domain.words import AttemptOutcome

_A_DAY = timedelta(days=1)
_TIME: TypeAdapter[datetime | None] = TypeAdapter(datetime | None)


@dataclass(frozen=True)
class People:
    """Everything a call attempt is about."""

    attempt: Attempt
    case: Case
    response: Response
    customer: Customer
    specialist: Staff

    @property
    def over(self) -> bool:
        """The attempt or its case has ended: nobody is to be rung any more."""
        return self.case.outcome is not None or self.attempt.ended_at is not None

    @property
    def asked_at(self) -> datetime:
        """When the customer asked for the call, or gave the number for it."""
        promise = promise_of(self.response)
        return promise.requested_at if promise else self.case.requested_at

    @property
    def customers_name(self) -> str | None:
        """As they like to be addressed, where we know it."""
        return self.customer.address_form or self.response.name or self.customer.name


def people_of(session: Session, attempt_id: UUID) -> People | None:
    """Who is to speak with whom in this attempt; None for one we do not know."""
    rows = (
        select(Attempt, Case, Response, Customer, Staff)
        .join(Case, col(Case.id) == col(Attempt.case_id))
        .join(Response, col(Response.id) == col(Case.id))
        .join(Customer, col(Customer.id) == col(Case.customer_id))
        .join(Staff, col(Staff.id) == col(Attempt.by))
        .where(col(Attempt.id) == attempt_id)
    )
    found = session.execute(rows).one_or_none()
    return People(*found) if found else None


def under_lock(session: Session, attempt_id: UUID) -> Attempt | None:
    """An attempt nobody else changes until the transaction ends; None for one we do not know."""
    return session.get(Attempt, attempt_id, with_for_update=True, populate_existing=True)


def rings_elsewhere(session: Session, case_id: UUID) -> bool:
    """Whether another case has a call under way to this case's number."""
    number = select(col(Response.phone)).where(col(Response.id) == case_id).scalar_subquery()
    ringing = exists().where(
        col(Attempt.ended_at).is_(None), col(Attempt.phone) == number, col(Attempt.case_id) != case_id
    )
    return bool(session.scalar(select(ringing)))


def is_on_the_phone(session: Session, staff_id: UUID, case_id: UUID) -> bool:
    """Whether somebody has a call under way in another case than this."""
    under_way = col(Attempt.ended_at).is_(None), col(Attempt.logged).is_(False)
    talking = exists().where(*under_way, col(Attempt.by) == staff_id, col(Attempt.case_id) != case_id)
    return bool(session.scalar(select(talking)))


def adopt(connection: Connection, attempt_id: UUID, provider_ids: Sequence[str]) -> str | None:
    """Of calls that may be this attempt's, the first that is no other attempt's: from now on it is this one's."""
    known = select(col(Attempt.provider_id)).where(
        col(Attempt.provider_id).in_(provider_ids), col(Attempt.id) != attempt_id
    )
    others = set(connection.scalars(known))
    ours = next((found for found in provider_ids if found not in others), None)
    adopted = update(Attempt).where(col(Attempt.id) == attempt_id)
    values = {"provider_id": func.coalesce(Attempt.provider_id, ours)}
    return connection.scalar(adopted.values(values).returning(col(Attempt.provider_id)))


def may_be_rung(session: Session, people: People, policy: Policy, at: datetime) -> bool:
    """Whether `at` is a decent hour to ring this customer, or about the time they agreed to."""
    agreed = _TIME.validate_python(people.case.snapshot.get("callback"))
    if agreed is not None and abs(at - agreed) <= policy.agreed_margin:
        return True
    asked_at = None if _rang_before(session, people.case.id) else people.asked_at
    zone = zone_of(people.customer.zone, people.response.zone)
    return calling_windows(policy, zone, asked_at, at, at + _A_DAY).contains(at)


def _rang_before(session: Session, case_id: UUID) -> bool:
    """Whether a call has come through to the customer's telephone."""
    ended = col(Attempt.outcome).is_not(None), col(Attempt.outcome) != AttemptOutcome.TECHNICAL.value
    return bool(session.scalar(select(exists().where(col(Attempt.case_id) == case_id, *ended))))
