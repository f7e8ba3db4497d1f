"""Responses: one row each, whatever number of deliveries arrives at the same moment."""

from uuid import UUID

from sqlalchemy import CTE, Column, ColumnElement, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, SQLModel, col

from db import inbox, tombstones
from db.intake import Inbox, InboxRow, Response, ResponseRow
from db.people import Customer, CustomerRow


def locked(session: Session, source: str, form: str, external_id: str, *, secret: bytes) -> Response | None:
    """The response, held until the transaction ends; None when no delivery of it has been stored.

    One that was erased is found too, by the hash that stands in place of its id.
    """
    ids = (external_id, tombstones.of_response(secret, source, form, external_id))
    same = (col(Response.source) == source, col(Response.form) == form, col(Response.external_id).in_(ids))
    return session.scalars(select(Response).where(*same).with_for_update()).one_or_none()


def add(session: Session, response: ResponseRow, *, customer: CustomerRow | None, request: InboxRow | None) -> bool:
    """Store a first delivery in one statement, with its new customer and its contact request, if any.

    False, and nothing stored, when another delivery of the same response was quicker: it is visible then.
    """
    values = response.model_dump(exclude_none=True)
    added = insert(Response).values(values).on_conflict_do_nothing().returning(col(Response.id)).cte("added")
    statement = select(added.c.id)
    if customer:
        statement = statement.add_cte(_with(added, Customer, customer.model_dump(exclude_none=True)))
    if request:
        statement = statement.add_cte(_with(added, Inbox, inbox.stored(request)))
    return session.execute(statement).first() is not None


def customer_of(session: Session, response_id: UUID) -> Customer | None:
    """Who filled this response in."""
    theirs = col(Response.customer_id) == col(Customer.id)
    return session.scalars(select(Customer).join(Response, theirs).where(col(Response.id) == response_id)).one_or_none()


def _with(added: CTE, table: type[SQLModel], values: dict[str, object]) -> CTE:
    """Insert this row too, if the response was added. Foreign keys are checked when the statement is through."""
    columns = SQLModel.metadata.tables[str(table.__tablename__)].c
    row = select(*(_expressed(value, columns[name]) for name, value in values.items())).select_from(added)
    return insert(table).from_select(list(values), row, include_defaults=False).cte(f"added_{table.__tablename__}")


def _expressed(value: object, column: Column[object]) -> ColumnElement[object]:
    return value if isinstance(value, ColumnElement) else literal(value, column.type)
