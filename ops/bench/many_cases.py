"""Fills a database with cases as years of work leave them, in a few bulk statements: a million take some minutes."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, text

from ops.bench import many_cases_sql as sql

THREE_YEARS = timedelta(days=3 * 365)
PER_CUSTOMER = 1.25
STAFF = 20


@dataclass(frozen=True)
class Crowd:
    """How many cases. The closed ones came in over `span` before `now`, the open ones in the last two days."""

    now: datetime
    closed: int = 0
    open: int = 0
    span: timedelta = THREE_YEARS
    seed: float = 0.5
    """In -1..1; the same one draws the same numbers."""


def fill(engine: Engine, crowd: Crowd) -> None:
    """Write cases with their customers, responses, attempts, links, answers, messages, timelines and inbox rows.

    Into an empty database, as its superuser. Triggers and foreign keys are passed over and made good for at the end;
    no workflow knows of these cases.
    """
    with engine.begin() as connection:
        for setting in sql.SETTINGS:
            connection.execute(text(setting))
        connection.execute(text("select setseed(:seed)"), {"seed": crowd.seed})
        _draw(connection, crowd)
        for statement in sql.WRITE:
            connection.execute(text(statement))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in sql.TABLES:
            connection.execute(text(f"vacuum analyze {table}"))


def _draw(connection: Connection, crowd: Crowd) -> None:
    values = {
        "now": crowd.now,
        "closed": crowd.closed,
        "cases": crowd.closed + crowd.open,
        "days": crowd.span / timedelta(days=1),
        "customers": max(1, round((crowd.closed + crowd.open) / PER_CUSTOMER)),
        "staff": STAFF,
    }
    for statement in sql.DRAW:
        connection.execute(text(statement), values)
