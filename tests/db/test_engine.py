"""The pool: whoever asks for a connection gets one that works, whatever became of those that waited in it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from db.engine import at_once, engine_for

MINE = text("select pg_backend_pid()")
END = text("select pg_terminate_backend(:pid, 5000)")


@pytest.fixture
def single(database_url: str) -> Iterator[Engine]:
    """A pool of one connection."""
    pool = engine_for(database_url, pool_size=1)
    yield pool
    pool.dispose()


def backend(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(MINE).scalar_one())


def test_a_connection_is_used_again(single: Engine) -> None:
    assert backend(single) == backend(single)


def test_a_connection_that_the_server_has_ended_is_replaced(single: Engine, engine: Engine) -> None:
    before = backend(single)
    with engine.connect() as connection:
        assert connection.execute(END, {"pid": before}).scalar_one()
    assert backend(single) != before


def test_a_connection_that_was_told_something_is_kept(single: Engine, engine: Engine) -> None:
    with at_once(single) as connection:
        before = connection.execute(MINE).scalar_one()
        connection.execute(text("listen news"))
    with at_once(engine) as connection:
        connection.execute(text("notify news"))
    assert backend(single) == before
