"""Erasure of people: asked for, their cases ended, their rows emptied; each step may be done twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, String, cast, delete, exists, func, literal, or_, select, update
from sqlmodel import Session, col

from db import health, inbox, tombstones
from db.casework import Case
from db.emptying import empty_rows
from db.intake import Inbox, Response
from db.outreach import UNSETTLED, Link, Message
from db.people import Customer
from db.proof import Erasure, Origin
from db.whom import Whom, addresses, bearing, others_like, responses_of
from domain.messages import CustomerErased
from domain.words import Outcome

ASKED = "erasure_asked"
"""The inbox's kind that starts an erasure's workflow; its `case_id` is the erasure's id."""
ON_THEIR_WAY = timedelta(days=2)
"""A message older than that was given up, whatever its row says."""


@dataclass(frozen=True)
class Asking:
    """Who asks, when, by which way; `secret` keys what is kept to know a repeat."""

    origin: Origin
    at: datetime
    secret: bytes
    by: UUID | None = None


@dataclass(frozen=True)
class Asked:
    """An erasure, just asked for or known before."""

    erasure: Erasure
    is_new: bool
    others: Sequence[UUID]
    """Profiles left alone that bear an address of the one named: for a human to judge."""


def ask_for(session: Session, person: UUID | str, asking: Asking) -> Asked | None:
    """Erase a profile by its id, or all who bear an e-mail address or number (E.164, or as typed); None: nobody does.

    Asked for again, it is the same erasure; by an address only until that has finished, for then nobody knows it.
    """
    people = _unerased(session, person) if isinstance(person, UUID) else bearing(session, person)
    if people:
        others = others_like(session, person) if isinstance(person, UUID) else []
        return Asked(ask(session, Whom(customers=people), asking), True, others)
    known = of_person(session, person) if isinstance(person, UUID) else _under_way_for(session, person)
    return Asked(known, False, []) if known else None


def ask(session: Session, whom: Whom, asking: Asking) -> Erasure:
    """From this transaction's end on nothing more of them is stored, nothing is sent to them; the relay does the rest.

    Their identifiers become keyed hashes, their links open nothing, contact requests that no relay has touched are
    dropped, cases that run are told to end. What a case may still need until then stays until `finish`.
    """
    _lock_responses(session, whom)  # as intake does: the response before its customer
    customers = _locked_customers(session, whom)
    erasure = Erasure(
        origin=asking.origin.value,
        asked_by=asking.by,
        asked_at=asking.at,
        customers=[str(customer.id) for customer in customers],
        responses=[str(response) for response in whom.responses],
        addresses=addresses(session, Whom(customers=whom.customers)),
    )
    session.add(erasure)
    for customer in customers:
        _bury_customer(session, customer, asking)
    for response in _lock_responses(session, whom):
        _bury_response(response, asking)
    session.flush()
    end_cases(session, erasure.id)
    inbox.put(session, kind=ASKED, key=str(erasure.id), case_id=erasure.id, body=None, urgent_at=asking.at)
    return erasure


def end_cases(session: Session, erasure_id: UUID) -> int:
    """Tell every case that runs, drop contact requests nobody has touched; how much of it all has yet to end."""
    erasure = session.get_one(Erasure, erasure_id, with_for_update=True)
    scope = responses_of(session, whom_of(erasure))
    erasure.cases_ended += _drop_untouched(session, scope)
    running = _running(session, scope)
    for case_id in running:
        inbox.tell(session, case_id, CustomerErased(id=f"erased:{case_id}", at=erasure.asked_at))
    _void_links(session, scope)
    return len(running) + _messages_on_their_way(session, scope)


def finish(session: Session, erasure_id: UUID, *, at: datetime) -> None:
    """Empty the rows and complete the proof, in one transaction; once finished, nothing changes."""
    erasure = session.get_one(Erasure, erasure_id, with_for_update=True)
    if erasure.finished_at:
        return
    whom = whom_of(erasure)
    scope = responses_of(session, whom)
    _void_links(session, scope)
    erasure.rows = empty_rows(session, customers=whom.customers, responses=scope)
    erasure.cases_ended += _erased_cases(session, scope)
    erasure.cases_left = len(_running(session, scope))
    erasure.addresses, erasure.finished_at = [], at


def whom_of(erasure: Erasure) -> Whom:
    """Whose data this erasure is about."""
    return Whom([UUID(one) for one in erasure.customers], [UUID(one) for one in erasure.responses])


def of_person(session: Session, customer_id: UUID) -> Erasure | None:
    """The erasure this profile fell to, if any."""
    return session.scalars(select(Erasure).where(_lists(Erasure.customers, str(customer_id))).limit(1)).first()


def unfinished(session: Session) -> list[UUID]:
    """Erasures that were asked for and have not finished, the oldest first."""
    query = select(col(Erasure.id)).where(col(Erasure.finished_at).is_(None)).order_by(col(Erasure.asked_at))
    return list(session.scalars(query))


def _unerased(session: Session, customer_id: UUID) -> list[UUID]:
    found = select(col(Customer.id)).where(col(Customer.id) == customer_id, col(Customer.erased_at).is_(None))
    return list(session.scalars(found))


def _under_way_for(session: Session, address: str) -> Erasure | None:
    known = address.strip().lower() if "@" in address else address
    unfinished = (col(Erasure.finished_at).is_(None), _lists(Erasure.addresses, known))
    return session.scalars(select(Erasure).where(*unfinished).limit(1)).first()


def _lock_responses(session: Session, whom: Whom) -> Sequence[Response]:
    held = select(Response).where(whom.theirs).order_by(col(Response.id)).with_for_update()
    return session.scalars(held.execution_options(populate_existing=True)).all()


def _locked_customers(session: Session, whom: Whom) -> Sequence[Customer]:
    """Those who have not been erased yet. Until we are through nobody can add a response of theirs."""
    theirs = (col(Customer.id).in_(whom.customers), col(Customer.erased_at).is_(None))
    held = select(Customer).where(*theirs).order_by(col(Customer.id)).with_for_update()
    return session.scalars(held.execution_options(populate_existing=True)).all()


def _bury_customer(session: Session, customer: Customer, asking: Asking) -> None:
    """A newer response of the same person is a new person's; the shop's news of this one are passed over.

    Unless they were only too old: then news mean that they are a customer again.
    """
    known, customer.external_id = customer.external_id, None
    customer.erased_at, customer.invited_email = asking.at, None
    session.flush()
    if known and asking.origin is not Origin.RETENTION:
        stone = tombstones.of_customer(asking.secret, known)
        if not session.scalar(select(exists().where(col(Customer.external_id) == stone))):
            customer.external_id = stone
            session.flush()


def _bury_response(response: Response, asking: Asking) -> None:
    if response.erased_at is None:
        names = (response.source, response.form, response.external_id)
        response.external_id, response.erased_at = tombstones.of_response(asking.secret, *names), asking.at


def _drop_untouched(session: Session, scope: Sequence[UUID]) -> int:
    """A request no relay has ever leased cannot be starting this moment: it and its facts simply go."""
    request = (col(Inbox.kind) == inbox.CONTACT_REQUEST, col(Inbox.done_at).is_(None), col(Inbox.attempts) == 0)
    drop = delete(Inbox).where(col(Inbox.case_id).in_(scope), *request).returning(col(Inbox.case_id))
    dropped = session.scalars(drop).all()
    session.execute(delete(Inbox).where(col(Inbox.case_id).in_(dropped)))
    return len(dropped)


def _running(session: Session, scope: Sequence[UUID]) -> Sequence[UUID]:
    """Cases that are open, that are about to open, or that only an alarm keeps alive."""
    requested = exists().where(col(Inbox.case_id) == col(Response.id), col(Inbox.kind) == inbox.CONTACT_REQUEST)
    opening = col(Case.id).is_(None) & requested
    is_open = col(Case.id).is_not(None) & col(Case.closed_at).is_(None)
    query = select(col(Response.id)).outerjoin(Case, col(Case.id) == col(Response.id))
    return session.scalars(query.where(col(Response.id).in_(scope), or_(opening, is_open, health.ALARMED))).all()


def _messages_on_their_way(session: Session, scope: Sequence[UUID]) -> int:
    """What may still be handed to a provider, or has been without our knowing."""
    unsettled = (col(Message.state).in_(UNSETTLED), col(Message.staff_id).is_(None))
    recent = col(Message.created_at) > func.now() - ON_THEIR_WAY
    counted = select(func.count()).select_from(Message).where(col(Message.case_id).in_(scope), *unsettled, recent)
    return session.scalar(counted) or 0


def _void_links(session: Session, scope: Sequence[UUID]) -> None:
    """No token has such a digest. The row stays: it says that the customer was asked."""
    void = literal("void:").concat(cast(col(Link.id), String))
    session.execute(update(Link).where(col(Link.case_id).in_(scope)).values(token_hash=void))


def _erased_cases(session: Session, scope: Sequence[UUID]) -> int:
    ended = select(func.count()).select_from(Case).where(col(Case.id).in_(scope), col(Case.outcome) == Outcome.ERASED)
    return session.scalar(ended) or 0


def _lists(column: object, value: str) -> ColumnElement[bool]:
    return col(column).contains([value])
