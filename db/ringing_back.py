"""A customer rings us: whose number it is, who may take the call, and what is on record of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, update
from sqlmodel import Session, col

from db import inbox
from db.casework import Attempt, Case
from db.intake import Inbox, Response
from db.openings import zone_of
from db.people import Customer
from db.staff import Duty, Staff
from db.suppressions import is_suppressed
from domain.messages import CustomerRang, name_of
from domain.words import OPEN_STAGES, Role

KIND = name_of(CustomerRang)
_RINGS = UUID("5d3a1f0e-6c2b-5e8a-9b74-2f1c0a6d8e35")


@dataclass(frozen=True)
class Caller:
    """Whoever rings from a number with an open case; anybody may, so it is not said to them."""

    case: UUID
    language: str
    zone: str | None
    policy: str
    late: bool
    """We promised them a call, and did not make it."""
    first: UUID | None
    """Whose telephone rings first: of the one who is calling them at this moment, else the owner."""
    name: str | None
    """As they like to be addressed, for the specialist; None when they wish to be left alone."""
    product: str | None


def caller_of(session: Session, phone: str, secret: bytes) -> Caller | None:
    """Whose open case this number (E.164) has; of several the one being called, then one with an owner."""
    return _found(session, col(Response.phone) == phone, secret)


def case_caller(session: Session, case_id: UUID, secret: bytes) -> Caller | None:
    """The same, found by its case."""
    return _found(session, col(Response.id) == case_id, secret)


def on_duty(session: Session, *, but: str | None) -> Sequence[Staff]:
    """Everybody at work who has a telephone, except on the number `but`; those who do not talk come first."""
    return [member for member in session.scalars(_on_duty()) if member.phone != but]


def who_may_take_it(at_work: Sequence[Staff], passed_over: UUID | None) -> Sequence[Staff]:
    """The specialists; without one, second line and leads."""
    asked = [member for member in at_work if member.id != passed_over]
    specialists = [member for member in asked if member.role == Role.SPECIALIST]
    return specialists or [member for member in asked if member.role in (Role.SECOND_LINE, Role.LEAD)]


def ring_id(provider_id: str) -> UUID:
    """The attempt that a ring would be: the same for every report of the same call."""
    return uuid5(_RINGS, provider_id)


def tell(session: Session, ring: UUID, case_id: UUID, *, by: UUID | None, at: datetime) -> bool:
    """Tell the case that they rang, and who took it: None for nobody. False when it was told of this ring before."""
    return inbox.tell(session, case_id, CustomerRang(id=f"{ring}:rang", at=at, attempt=ring, by=by), key=str(ring))


def record(session: Session, ring: UUID, case_id: UUID, *, by: UUID | None, at: datetime) -> UUID | None:
    """The same: who is on record as having taken it."""
    return by if tell(session, ring, case_id, by=by, at=at) else taken_by(session, ring)


def taken_by(session: Session, ring: UUID) -> UUID | None:
    """Who has taken this ring."""
    of_the_ring = (col(Inbox.kind) == KIND, col(Inbox.key) == str(ring))
    body = session.scalar(select(col(Inbox.body)).where(*of_the_ring))
    return CustomerRang.model_validate(body).by if body else None


def is_served(session: Session, case_id: UUID, *, since: datetime) -> bool:
    """Whether somebody took a ring of which the case heard after `since`, or has yet to hear: they speak with us."""
    taken = (col(Inbox.kind) == KIND, col(Inbox.case_id) == case_id, _taker().is_not(None))
    news = or_(col(Inbox.done_at).is_(None), col(Inbox.done_at) >= since)
    return bool(session.scalar(select(exists().where(*taken, news))))


def keep_provider_id(session: Session, ring: UUID, *, phone: str, provider_id: str) -> None:
    """The call's id at the provider, by which its copy can be deleted; not once the number has been erased."""
    still_theirs = exists().where(col(Response.id) == col(Attempt.case_id), col(Response.phone) == phone)
    ended = (col(Attempt.id) == ring, col(Attempt.ended_at).is_not(None), col(Attempt.provider_id).is_(None))
    session.execute(update(Attempt).where(*ended, still_theirs).values(provider_id=provider_id, phone=phone))


def _taker() -> ColumnElement[str | None]:
    return func.jsonb_extract_path_text(Inbox.body, "by")


def _found(session: Session, which: ColumnElement[bool], secret: bytes) -> Caller | None:
    found = session.execute(_open_cases().where(which)).first()
    return _caller(session, *found, secret=secret) if found else None


def _open_cases() -> Select[Response, Customer, Case, UUID]:
    """Also those that have yet to start."""
    calling = and_(col(Attempt.case_id) == col(Response.id), col(Attempt.ended_at).is_(None))
    is_open = or_(col(Case.id).is_(None), and_(col(Case.stage).in_(OPEN_STAGES), col(Case.outcome).is_(None)))
    return (
        select(Response, Customer, Case, col(Attempt.by))
        .join(Customer, col(Customer.id) == col(Response.customer_id))
        .outerjoin(Case, col(Case.id) == col(Response.id))
        .outerjoin(Attempt, calling)
        .where(col(Response.contact_requested_at).is_not(None), col(Response.erased_at).is_(None), is_open)
        .order_by(
            col(Attempt.id).is_(None),
            col(Case.owner_id).is_(None),
            col(Case.urgent_at).asc().nulls_last(),
            col(Response.id),
        )
        .limit(1)
    )


def _caller(
    session: Session, response: Response, customer: Customer, case: Case | None, calling: UUID | None, *, secret: bytes
) -> Caller:
    left_alone = any(is_suppressed(session, channel, response.phone or "", secret) for channel in ("sms", "call"))
    named = None if left_alone or customer.erased_at else customer.address_form or response.name or customer.name
    return Caller(
        case=response.id,
        language=customer.language or response.language,
        zone=zone_of(customer.zone, response.zone),
        policy=response.policy,
        late=case is not None and _is_late(case),
        first=calling or (case.owner_id if case else None),
        name=named,
        product=response.product if named else None,
    )


def _is_late(case: Case) -> bool:
    alarms = case.snapshot.get("alarms")
    missed = isinstance(alarms, dict) and "callback_broken" in alarms
    return missed or (case.promise_broken_at is not None and case.reached_at is None)


def _on_duty() -> Select[Staff]:
    spells = select(col(Duty.staff_id)).where(col(Duty.ended_at).is_(None))
    active = (col(Staff.active), col(Staff.phone).is_not(None), col(Staff.id).in_(spells))
    return select(Staff).where(*active).order_by(_talks(), col(Staff.id))


def _talks() -> ColumnElement[bool]:
    return exists().where(
        col(Attempt.by) == col(Staff.id), col(Attempt.ended_at).is_(None), col(Attempt.logged).is_(False)
    )
