"""The one way to reach PostgreSQL: a pooled engine, and a session whose transaction is the caller's."""

import select
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import LiteralString, TypeVar

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlmodel import Session

T = TypeVar("T")


def engine_for(url: str, *, pool_size: int = 10) -> Engine:
    """A pool of connections in UTC.

    A transaction left idle for 5 s is ended by the server: a frozen process must not hold the timeline's lock.
    """
    options = "-c timezone=utc -c idle_in_transaction_session_timeout=5s"
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_use_lifo=True,  # few connections do most of the work, and have its statements prepared
        hide_parameters=True,  # errors go to logs and histories, parameters hold names and numbers
        connect_args={"options": options, "connect_timeout": 5, "prepare_threshold": 1},
    )
    event.listen(engine, "checkout", _refuse_dead)
    return engine


def committed(engine: Engine, work: Callable[[Session], T]) -> T:
    """What `work` returns, after one transaction of its own."""
    with Session(engine) as session, session.begin():
        return work(session)


@contextmanager
def at_once(engine: Engine) -> Iterator[Connection]:
    """Each statement commits itself: a third of the way there and back of a transaction around it."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        yield connection


@contextmanager
def as_of_one_moment(engine: Engine) -> Iterator[Connection]:
    """All statements see the same rows, and none writes."""
    snapshot = engine.connect().execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with snapshot as connection:
        yield connection


@asynccontextmanager
async def listening(engine: Engine, channel: LiteralString) -> AsyncIterator[psycopg.AsyncConnection]:
    """A connection outside the pool that has begun to listen. psycopg.Error when there is none, or it is lost."""
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute(f"listen {channel}")
        yield connection


def _refuse_dead(connection: psycopg.Connection, _record: object, _pooled: object) -> None:
    """Let the pool replace a connection that its server has ended.

    A server says so on the connection, so only one with something to read is asked: asking each of them each time
    would be a round trip each time.
    """
    if not _has_something_to_read(connection):
        return
    try:
        connection.execute("select 1")
        connection.rollback()
    except psycopg.Error:
        raise DisconnectionError from None


def _has_something_to_read(connection: psycopg.Connection) -> bool:
    look = select.poll()
    look.register(connection.fileno(), select.POLLIN)
    return bool(look.poll(0))
