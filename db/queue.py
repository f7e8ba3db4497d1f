"""The queue: open cases by urgency, and the next one for somebody."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, literal, or_, text, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, exists, select
from sqlmodel.sql.expression import Select

from db import locks
from db.casework import Case
from db.inbox import CONTACT_REQUEST
from db.intake import Inbox, Response
from db.people import Customer
from db.staff import Reservation, Staff
from domain.words import OPEN_STAGES, Role, Stage


@dataclass(frozen=True)
class Wanted:
    """Which cases; None does not restrict."""

    stages: Collection[Stage]
    owner: UUID | None = None
    unowned: bool = False
    due_before: datetime | None = None
    to_rescue: bool = False
    """Only those whose callback promise is broken, and whose customer nobody has spoken with yet."""


@dataclass(frozen=True)
class Place:
    """A place in the queue: behind this case."""

    urgent_at: datetime | None
    id: UUID


@dataclass(frozen=True)
class Line:
    """A case in a list, with the names that are not its own."""

    case: Case
    customer: Customer
    owner: Staff | None


def page(session: Session, wanted: Wanted, *, after: Place | None, limit: int) -> list[Line]:
    """Cases by urgency, those without an instant last."""
    order = (col(Case.urgent_at).asc().nulls_last(), col(Case.id))
    shown = select(Case.id).where(*_restrictions(wanted), *([_behind(after)] if after else []))
    # Only what is shown is joined with its names.
    lines = _lines().where(col(Case.id).in_(shown.order_by(*order).limit(limit))).order_by(*order)
    return [Line(*row) for row in session.exec(lines)]


def found(session: Session, *conditions: ColumnElement[bool], limit: int) -> list[Line]:
    """Cases that meet the conditions, unfinished ones first, then the newest."""
    query = _lines().where(*conditions)
    ordered = query.order_by(col(Case.closed_at).is_not(None), col(Case.requested_at).desc()).limit(limit)
    return [Line(*row) for row in session.exec(ordered)]


def waiting(session: Session, *, limit: int) -> tuple[int, Sequence[tuple[Inbox, str | None]]]:
    """Contact requests whose cases have not opened yet: how many, and the most urgent ones with their numbers."""
    on_the_way = (Inbox.kind == CONTACT_REQUEST, col(Inbox.done_at).is_(None))
    count = session.exec(select(func.count()).select_from(Inbox).where(*on_the_way)).one()
    urgent = select(Inbox, Response.phone).join(Response, col(Response.id) == col(Inbox.case_id)).where(*on_the_way)
    return count, session.exec(urgent.order_by(col(Inbox.urgent_at)).limit(limit)).all()


def has_case(session: Session, case_id: UUID) -> bool:
    """Whether the case has opened."""
    return session.exec(select(exists().where(col(Case.id) == case_id))).one()


def was_requested(session: Session, case_id: UUID) -> bool:
    """Whether a contact request for it has arrived."""
    return session.exec(select(exists().where(col(Inbox.case_id) == case_id, col(Inbox.kind) == CONTACT_REQUEST))).one()


def reserve(
    session: Session, staff: UUID, role: Role, *, at: datetime, until: datetime, passed_over: Collection[UUID]
) -> UUID | None:
    """Hold the most urgent case this person may take, offered ones first, so that nobody else is given it.

    People pick one after the other, within milliseconds: so each gets another case, without trying in vain.
    """
    session.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": locks.PICKING})
    candidate = (
        select(Case.id, literal(staff), literal(until))
        .where(*_takeable(role, at), col(Case.id).not_in(passed_over), ~_held(at))
        .order_by(col(Case.offered_to).is_not_distinct_from(staff).desc(), col(Case.urgent_at), col(Case.id))
        .limit(1)
    )
    fresh = insert(Reservation).from_select(["case_id", "staff_id", "until"], candidate)
    held = fresh.on_conflict_do_update(
        index_elements=["case_id"], set_={"staff_id": fresh.excluded.staff_id, "until": fresh.excluded.until}
    )
    return session.execute(held.returning(col(Reservation.case_id))).scalar_one_or_none()


def _lines() -> Select[Case, Customer, Staff]:
    joined = select(Case, Customer, Staff).join(Customer, col(Customer.id) == col(Case.customer_id))
    return joined.join(Staff, col(Staff.id) == col(Case.owner_id), isouter=True)


def _restrictions(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [col(Case.stage).in_(wanted.stages)]
    if Stage.CLOSED not in wanted.stages:
        conditions.append(col(Case.closed_at).is_(None))  # lets the index of the queue serve
    elif set(wanted.stages) == {Stage.CLOSED}:
        conditions.append(col(Case.closed_at).is_not(None))
    if wanted.owner:
        conditions.append(col(Case.owner_id) == wanted.owner)
    if wanted.unowned:
        conditions.append(col(Case.owner_id).is_(None))
    if wanted.due_before:
        conditions.append(col(Case.urgent_at) < wanted.due_before)
    if wanted.to_rescue:
        conditions += [col(Case.promise_broken_at).is_not(None), col(Case.reached_at).is_(None)]
    return conditions


def _behind(place: Place) -> ColumnElement[bool]:
    timeless = col(Case.urgent_at).is_(None)
    if place.urgent_at is None:
        return and_(timeless, col(Case.id) > place.id)
    return or_(tuple_(col(Case.urgent_at), col(Case.id)) > (place.urgent_at, place.id), timeless)


def _takeable(role: Role, at: datetime) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [
        col(Case.stage).in_(OPEN_STAGES),
        col(Case.closed_at).is_(None),
        col(Case.outcome).is_(None),
        col(Case.owner_id).is_(None),
        col(Case.urgent_at).is_not(None),
        or_(col(Case.ready_at).is_(None), col(Case.ready_at) <= at),
    ]
    if role is not Role.SPECIALIST:
        conditions.append(col(Case.promise_broken_at).is_not(None))
    return conditions


def _held(at: datetime) -> ColumnElement[bool]:
    return exists().where(col(Reservation.case_id) == col(Case.id), col(Reservation.until) > at)
