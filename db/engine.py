"""The one way to reach PostgreSQL: a pooled engine, and a session whose transaction is the caller's."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, create_engine


def engine_for(url: str, *, pool_size: int = 10) -> Engine:
    """A pool of connections in UTC.

    A transaction left idle for 5 s is ended by the server: a frozen process must not hold the timeline's lock.
    """
    options = "-c timezone=utc -c idle_in_transaction_session_timeout=5s"
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        pool_use_lifo=True,  # few connections do most of the work, and have its statements prepared
        hide_parameters=True,  # errors go to logs and histories, parameters hold names and numbers
        connect_args={"options": options, "connect_timeout": 5, "prepare_threshold": 1},
    )


@contextmanager
def at_once(engine: Engine) -> Iterator[Connection]:
    """Each statement commits itself: a third of the way there and back of a transaction around it."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        yield connection
