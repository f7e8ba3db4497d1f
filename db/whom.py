"""Whose data is meant: found by what the person says of themselves, and everything that hangs on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlmodel import Session, col

from db.casework import Attempt
from db.intake import Response
from db.people import Customer


@dataclass(frozen=True)
class Whom:
    """Whole people, and single responses whose customer stays."""

    customers: Sequence[UUID] = ()
    responses: Sequence[UUID] = ()

    @property
    def theirs(self) -> ColumnElement[bool]:
        """The responses that go, and with them their cases."""
        return or_(col(Response.customer_id).in_(self.customers), col(Response.id).in_(self.responses))


def bearing(session: Session, address: str) -> list[UUID]:
    """Every profile that bears this e-mail address, whatever its case, or this number (E.164, or just as typed)."""
    bears = _bears_email(address.strip().lower()) if "@" in address else _bears_number(address)
    found = select(col(Customer.id)).where(col(Customer.erased_at).is_(None), bears)
    return list(session.scalars(found.order_by(col(Customer.id))))


def others_like(session: Session, customer_id: UUID) -> list[UUID]:
    """Other profiles with an address or a number of this one: perhaps the same person, for a human to judge."""
    known = addresses(session, Whom(customers=[customer_id]))
    return sorted({other for address in known for other in bearing(session, address)} - {customer_id})


def responses_of(session: Session, whom: Whom) -> list[UUID]:
    """The ids of the responses that go, and of their cases; of a person also those that came since it was asked."""
    return list(session.scalars(select(col(Response.id)).where(whom.theirs)))


def addresses(session: Session, whom: Whom) -> list[str]:
    """Every number and e-mail address known of these people, wherever it stands."""
    ids, joined = col(Customer.id).in_(whom.customers), col(Response.id) == col(Attempt.case_id)
    own = (Customer.phone, Customer.email, Customer.invited_email)
    written = (Response.phone, Response.phone_typed, Response.email)
    queries = [select(col(column)).where(ids) for column in own]
    queries += [select(col(column)).where(whom.theirs) for column in written]
    queries.append(select(col(Attempt.phone)).join(Response, joined).where(whom.theirs))
    found = {address for query in queries for address in session.scalars(query) if address}
    return sorted({address.lower() if "@" in address else address for address in found})


def _bears_email(email: str) -> ColumnElement[bool]:
    typed = select(col(Response.customer_id)).where(func.lower(Response.email) == email)
    own = or_(func.lower(Customer.email) == email, func.lower(Customer.invited_email) == email)
    return or_(own, col(Customer.id).in_(typed))


def _bears_number(phone: str) -> ColumnElement[bool]:
    written = or_(col(Response.phone) == phone, col(Response.phone_typed) == phone)
    typed = select(col(Response.customer_id)).where(written)
    return or_(col(Customer.phone) == phone, col(Customer.id).in_(typed), col(Customer.id).in_(_rung(phone)))


def _rung(phone: str) -> Select[UUID]:
    """A number may have been replaced since it was rung."""
    joined = select(col(Response.customer_id)).join(Attempt, col(Attempt.case_id) == col(Response.id))
    return joined.where(col(Attempt.phone) == phone)
