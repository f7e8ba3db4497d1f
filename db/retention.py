"""What is older than it may be kept: people and responses to erase, and rows that have served their purpose."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, column, delete, exists, or_, select
from sqlmodel import Session, SQLModel, col

from db.accounts import StaffSession
from db.casework import Case
from db.health import ALARMED
from db.intake import Inbox, Response
from db.outgoing import WebhookDelivery
from db.people import Customer, Licence, Purchase
from db.staff import IdempotencyKey, Reservation
from db.whom import Whom

BATCH = 100
"""So many people, and so many responses, are erased at a time: their rows are locked for a moment only."""
SWEPT = 10_000
"""So many rows of a table are deleted at a time."""
FORGOTTEN_RESERVATION = timedelta(days=1)


def stale(session: Session, *, before: datetime, limit: int = BATCH) -> Whom:
    """People of whom nothing is newer than `before`, and old responses of others; the oldest first.

    Whatever is open is new, whenever it began. A licence still valid, or a later purchase, keeps the profile, but
    not what its owner answered years ago.
    """
    people = _stale_people(session, before, limit)
    old = (col(Response.erased_at).is_(None), col(Response.received_at) < before, ~_lives(before))
    query = select(col(Response.id)).where(*old, col(Response.customer_id).not_in(people))
    return Whom(people, list(session.scalars(query.order_by(col(Response.received_at)).limit(limit))))


def sweep(session: Session, *, commands_before: datetime, inbox_before: datetime, at: datetime) -> int:
    """Delete a batch of what is long done or over: replies, inbox rows, webhooks, reservations, sessions; how many."""
    return sum(
        (
            _delete_some(session, IdempotencyKey, col(IdempotencyKey.created_at) < commands_before),
            _delete_some(session, Inbox, col(Inbox.done_at) < inbox_before),
            _delete_some(session, WebhookDelivery, col(WebhookDelivery.settled_at) < inbox_before),
            _delete_some(session, Reservation, col(Reservation.until) < at - FORGOTTEN_RESERVATION),
            _delete_some(session, StaffSession, col(StaffSession.expires_at) < at),
        )
    )


def _stale_people(session: Session, before: datetime, limit: int) -> list[UUID]:
    mine = col(Response.customer_id) == col(Customer.id)
    responded = exists().where(mine, or_(col(Response.received_at) >= before, _lives(before)))
    licensed = or_(col(Licence.valid_until).is_(None), col(Licence.valid_until) >= before)
    unknown = (
        ~responded,
        ~exists().where(col(Licence.customer_id) == col(Customer.id), licensed),
        ~exists().where(col(Purchase.customer_id) == col(Customer.id), col(Purchase.at) >= before),
    )
    old = (col(Customer.erased_at).is_(None), col(Customer.created_at) < before)
    query = select(col(Customer.id)).where(*old, *unknown).order_by(col(Customer.created_at))
    return list(session.scalars(query.limit(limit)))


def _lives(before: datetime) -> ColumnElement[bool]:
    """Its case is open, closed not long ago, or has an alarm out; or the contact request waits to become one."""
    new = or_(col(Case.closed_at).is_(None), col(Case.closed_at) >= before, ALARMED)
    waits = exists().where(col(Inbox.case_id) == col(Response.id), col(Inbox.done_at).is_(None))
    return or_(exists().where(and_(col(Case.id) == col(Response.id), new)), waits)


def _delete_some(session: Session, table: type[SQLModel], old: ColumnElement[bool]) -> int:
    place: ColumnElement[object] = column("ctid")
    some = select(place).select_from(table).where(old).limit(SWEPT).scalar_subquery()
    return session.connection().execute(delete(table).where(place.in_(some))).rowcount
