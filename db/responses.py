"""Responses: one row each, whatever number of deliveries arrives at the same moment."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from db import inbox, tombstones
from db.intake import Inbox, InboxRow, Response, ResponseRow
from db.people import Customer


def locked(session: Session, source: str, form: str, external_id: str, *, secret: bytes) -> Response | None:
    """The response, held until the transaction ends; None when no delivery of it has been stored.

    One that was erased is found too, by the hash that stands in place of its id.
    """
    ids = (external_id, tombstones.of_response(secret, source, form, external_id))
    same = (col(Response.source) == source, col(Response.form) == form, col(Response.external_id).in_(ids))
    return session.scalars(select(Response).where(*same).with_for_update()).one_or_none()


def add(session: Session, response: ResponseRow, request: InboxRow | None) -> bool:
    """Store a first delivery of a stored customer, with its contact request, if any.

    False, and nothing stored, when another delivery of the same response was quicker: it is visible then.
    """
    values = response.model_dump(exclude_none=True)
    added = insert(Response).values(values).on_conflict_do_nothing().returning(col(Response.id))
    if session.execute(added).first() is None:
        return False
    if request:
        session.execute(insert(Inbox).values(inbox.stored(request)))
    return True


def customer_of(session: Session, response_id: UUID) -> Customer | None:
    """Who filled this response in."""
    theirs = col(Response.customer_id) == col(Customer.id)
    return session.scalars(select(Customer).join(Response, theirs).where(col(Response.id) == response_id)).one_or_none()
