"""A database that others have used is as new, or it is another one."""

from contextlib import ExitStack

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from db.engine import engine_for
from ops.postgres import EmbeddedPostgres
from tests.activities.scene import Scene
from tests.databases import a_database

OID = "select oid::text from pg_database where datname = current_database()"
ROWS = "select (select count(*) from customer) + (select count(*) from timeline)"
CAUSES = "select string_agg(cause::text, ',' order by code) from cause"


def ask(url: str, question: str) -> str:
    pool = engine_for(url, pool_size=1)
    with pool.connect() as connection:
        answer = str(connection.execute(text(question)).scalar_one())
    pool.dispose()
    return answer


def do(url: str, command: str) -> None:
    pool = engine_for(url, pool_size=1)
    with pool.begin() as connection:
        connection.execute(text(command))
    pool.dispose()


def identities(server: EmbeddedPostgres, times: int) -> set[str]:
    """Of as many databases, one after the other."""
    found = set()
    for _ in range(times):
        with a_database(server) as url:
            found.add(ask(url, OID))
    return found


def used_by(server: EmbeddedPostgres, command: str) -> str:
    """The identity of a database that somebody else has had."""
    with a_database(server) as url:
        do(url, command)
        return ask(url, OID)


def test_it_is_used_again_without_its_rows_and_its_numbers_begin_anew(migrated: EmbeddedPostgres) -> None:
    seen, numbers = set(), set()
    for _ in range(6):
        with a_database(migrated) as url:
            assert ask(url, ROWS) == "0"
            pool = engine_for(url)
            Scene(pool)
            pool.dispose()
            numbers.add(ask(url, "select min(id) from timeline"))
            seen.add(ask(url, OID))
    assert (numbers, len(seen) < 6) == ({"1"}, True)


@pytest.mark.parametrize(
    "command",
    [
        "create table more (id int)",
        "create schema more",
        "drop table presence",
        "alter table customer add column more int",
        "alter table customer alter column created_at drop not null",
        "alter table timeline disable trigger all",
        "drop index case_queue",
        "update cause set active = false",
        "delete from cause",
        "analyze cause",
        "do $$ begin execute format('alter database %I set lock_timeout = 1', current_database()); end $$",
    ],
)
def test_one_that_was_altered_is_nobodys_any_more(migrated: EmbeddedPostgres, command: str) -> None:
    with a_database(migrated) as url:
        causes = ask(url, CAUSES)
    altered = used_by(migrated, command)
    assert altered not in identities(migrated, 6)
    with a_database(migrated) as url:
        assert (ask(url, CAUSES), ask(url, "show lock_timeout")) == (causes, "0")


def test_two_at_once_are_two(migrated: EmbeddedPostgres) -> None:
    with ExitStack() as stack:
        urls = [stack.enter_context(a_database(migrated)) for _ in range(4)]
        assert len({ask(url, OID) for url in urls}) == 4


def test_who_still_has_the_address_of_an_earlier_one_cannot_reach_it_once_it_is_anothers(
    migrated: EmbeddedPostgres,
) -> None:
    with a_database(migrated) as earlier:
        mine = ask(earlier, OID)
    for _ in range(6):
        with a_database(migrated) as url:
            if ask(url, OID) == mine:
                with pytest.raises(OperationalError, match="does not exist"):
                    ask(earlier, OID)
                return
    pytest.fail("it was not used again")
