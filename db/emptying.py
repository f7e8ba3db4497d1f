"""Takes the personal data out of the rows, as `db/personal.py` says of each column; the same again changes nothing."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import ColumnElement, Delete, Table, Update, delete, exists, func, or_, select, update
from sqlmodel import Session, col

from db import tables
from db.people import Customer, Organisation
from db.personal import CLASSIFIED

Ids = Sequence[UUID]
Scope = Callable[[Table, Ids, Ids], ColumnElement[bool]]


def _by_id_of_customer(table: Table, customers: Ids, _responses: Ids) -> ColumnElement[bool]:
    return table.c.id.in_(customers)


def _by_customer(table: Table, customers: Ids, _responses: Ids) -> ColumnElement[bool]:
    return table.c.customer_id.in_(customers)


def _by_id_of_response(table: Table, _customers: Ids, responses: Ids) -> ColumnElement[bool]:
    return table.c.id.in_(responses)


def _by_case(table: Table, _customers: Ids, responses: Ids) -> ColumnElement[bool]:
    return table.c.case_id.in_(responses)


def _to_the_customer(table: Table, _customers: Ids, responses: Ids) -> ColumnElement[bool]:
    """An alert to staff holds nothing of the customer, and stays findable at its provider."""
    return table.c.case_id.in_(responses) & table.c.staff_id.is_(None)


def _kept_replies(table: Table, _customers: Ids, responses: Ids) -> ColumnElement[bool]:
    """The case stands in the route (`POST /cases/{id}/claim`), or is what was picked."""
    cases = [str(one) for one in responses]
    return or_(table.c.case_id.in_(responses), func.split_part(table.c.route, "/", 3).in_(cases))


_EMPTIED: Mapping[str, Scope] = MappingProxyType(
    {
        "customer": _by_id_of_customer,
        "response": _by_id_of_response,
        "note": _by_case,
        "finalsurvey": _by_case,
        "attempt": _by_case,
        "message": _to_the_customer,
    }
)
_DELETED: Mapping[str, Scope] = MappingProxyType(
    {"licence": _by_customer, "purchase": _by_customer, "idempotencykey": _kept_replies}
)


def empty_rows(session: Session, *, customers: Ids, responses: Ids) -> dict[str, int]:
    """Empty or delete what is personal of these people and cases: how many rows of each table were changed."""
    companies = _companies(session, customers)
    changed = {name: _empty(session, _table(name), scope, customers, responses) for name, scope in _EMPTIED.items()}
    for name, scope in _DELETED.items():
        changed[name] = _rows(session, delete(_table(name)).where(scope(_table(name), customers, responses)))
    changed["organisation"] = _drop_deserted(session, companies)
    return {name: count for name, count in sorted(changed.items()) if count}


def _empty(session: Session, table: Table, scope: Scope, customers: Ids, responses: Ids) -> int:
    becomes = CLASSIFIED[table.name].emptied
    still_full = or_(*(table.c[name].is_distinct_from(value) for name, value in becomes.items()))
    return _rows(session, update(table).where(scope(table, customers, responses), still_full).values(becomes))


def _companies(session: Session, customers: Ids) -> list[UUID]:
    employed = select(col(Customer.organisation_id)).where(col(Customer.id).in_(customers))
    return [one for one in session.scalars(employed) if one]


def _drop_deserted(session: Session, companies: Ids) -> int:
    anybody = exists().where(col(Customer.organisation_id) == col(Organisation.id))
    return _rows(session, delete(Organisation).where(col(Organisation.id).in_(companies), ~anybody))


def _table(name: str) -> Table:
    return tables.metadata.tables[name]


def _rows(session: Session, statement: Delete | Update) -> int:
    result = session.connection().execute(statement)
    return result.rowcount
