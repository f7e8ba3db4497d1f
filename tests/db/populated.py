"""A database with as many cases as a planner needs to show how it would go about a million."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from db.engine import engine_for
from ops.bench.many_cases import Crowd, fill
from ops.postgres import DATABASE, EmbeddedPostgres
from tests.databases import made

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@contextmanager
def populated(server: EmbeddedPostgres, *, closed: int, open: int) -> Iterator[Engine]:
    """A database of its own with these cases of one year; gone afterwards."""
    with made(server, template=DATABASE) as name:
        engine = engine_for(server.url_of(name))
        fill(engine, Crowd(now=NOW, closed=closed, open=open, span=timedelta(days=365)))
        yield engine
        engine.dispose()
