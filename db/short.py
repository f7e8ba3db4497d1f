"""A short way to PostgreSQL for a worker, whose time goes into many small statements."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlmodel import Session

from db.engine import at_once


@contextmanager
def step_by_step(engine: Engine) -> Iterator[Session]:
    """A session whose statements commit themselves: for reading, and for one write that needs no other.

    A transaction costs two ways there and back, and one that is rolled back the connection's prepared statements.
    """
    with at_once(engine) as connection, Session(connection, expire_on_commit=False) as session:
        yield session
