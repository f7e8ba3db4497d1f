"""However many cases there are, queue, card, search and inbox read only what they show."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session

from db import inbox, queue, search, tail
from ops.bench.plans import READS, Read, read_whole
from ops.postgres import EmbeddedPostgres
from tests.db.populated import populated


@pytest.fixture(scope="module")
def many(migrated: EmbeddedPostgres) -> Iterator[Engine]:
    """Many closed cases, some open ones, and facts on their way to them."""
    with populated(migrated, closed=8_000, open=600) as engine:
        _let_facts_wait(engine)
        yield engine


def _let_facts_wait(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("""
            insert into inbox (id, kind, key, case_id, body, urgent_at, received_at, attempts, next_try_at)
            select gen_random_uuid(), 'call_ended', id, id, '{}', requested_at, now(), 0,
              now() + n % 2 * interval '1 hour'
            from (select id, requested_at, row_number() over () as n from cases where closed_at is null) as open
            """)
        )
        connection.execute(text("analyze inbox"))


def telling(statement: str, **values: object) -> Read:
    return lambda session: session.connection().execute(text(statement), values).all()


@pytest.mark.parametrize("name", READS)
def test_no_big_table_is_read_whole(many: Engine, name: str) -> None:
    assert read_whole(many, READS[name]) == set()


def test_a_table_read_whole_is_noticed(many: Engine) -> None:
    assert read_whole(many, telling("select count(*) from response where comment = 'x'")) == {"response"}


def test_the_tail_of_the_timeline_is_read_from_its_end(many: Engine) -> None:
    last = tail.position(many)
    assert [row.id for row in tail.after(many, last - 3)] == [last - 2, last - 1, last]
    assert read_whole(many, telling("select max(id) from timeline")) == set()
    rest = telling("select * from timeline where id > :last order by id limit 500", last=last - 100)
    assert read_whole(many, rest) == set()


def test_search_finds_by_each_way_in(many: Engine) -> None:
    with Session(many) as session:
        found = [
            queue.found(session, condition, limit=50)
            for condition in (
                search.by_phone("+79000000007", "x"),
                search.by_phone("x", "+79000000007"),
                search.by_email("Customer7@Example.com"),
                search.by_customer("C-7"),
                search.by_name("TOMER 7") & search.by_customer("C-7"),
            )
        ]
        assert [{line.customer.external_id for line in lines} for lines in found] == [{"C-7"}] * 5
        assert len({len(lines) for lines in found}) == 1


def test_the_lease_takes_the_most_urgent_that_are_due(many: Engine) -> None:
    with Session(many) as session:
        urgent = session.connection().execute(
            text("select id from inbox where done_at is null and next_try_at <= now() order by urgent_at, id limit 10")
        )
        expected = [row[0] for row in urgent]
        assert [row.id for row in inbox.lease(session, limit=10, until_after=timedelta(seconds=15))] == expected
        session.rollback()
