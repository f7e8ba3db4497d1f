"""A database with as many cases as a planner needs to show how it would go about a million."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import psycopg
from psycopg import sql
from sqlalchemy import Engine

from db.engine import engine_for
from ops.bench.many_cases import Crowd, fill
from ops.postgres import DATABASE, EmbeddedPostgres

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
_numbers = itertools.count()


@contextmanager
def populated(server: EmbeddedPostgres, *, closed: int, open: int) -> Iterator[Engine]:
    """A database of its own with these cases of one year; gone afterwards."""
    name = f"populated_{next(_numbers)}"
    database = sql.Identifier(name)
    with psycopg.connect(host=str(server.home.socket), user="postgres", dbname="postgres", autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(database, sql.Identifier(DATABASE)))
        engine = engine_for(server.url_of(name))
        fill(engine, Crowd(now=NOW, closed=closed, open=open, span=timedelta(days=365)))
        yield engine
        engine.dispose()
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(database))
