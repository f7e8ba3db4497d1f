"""The live part of the board: what is open, what may go wrong, and whose it is."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session

from db.board import NOW as NUMBERS
from db.board import OPEN_LONGEST, Live, Wanted, live, open_cases, read
from db.queue import Place
from db.tables import Alert, Duty, Staff
from domain.words import Role, Stage
from ops.bench.plans import read_whole
from ops.postgres import EmbeddedPostgres
from tests.db.loop_report_24 import CASES, NOW, store
from tests.db.populated import NOW as LATER
from tests.db.populated import populated

HOUR = {"standard": timedelta(hours=1)}


@pytest.fixture
def february(engine: Engine) -> Engine:
    """Seven of 24 cases are open."""
    with Session(engine) as session, session.begin():
        store(session, *CASES)
    return engine


@pytest.fixture(scope="module")
def many(migrated: EmbeddedPostgres) -> Iterator[Engine]:
    """Many more are closed than open."""
    with populated(migrated, closed=4_000, open=500) as engine:
        yield engine


def at(clock: str) -> datetime:
    return datetime.fromisoformat(f"2018-02-28T{clock}+00:00")


def look(engine: Engine, now: datetime = NOW) -> Live:
    return live(engine, now, HOUR)


def change(engine: Engine, statement: str, **values: object) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement), values)


def hire(engine: Engine, name: str, role: Role, *, active: bool = True) -> Staff:
    with Session(engine, expire_on_commit=False) as session, session.begin():
        staff = Staff(name=name, role=role, active=active)
        session.add(staff)
    return staff


def test_open_cases_are_counted_by_stage(february: Engine) -> None:
    assert look(february).stages == {
        Stage.AWAITING_CALLBACK: 5,  # 12, 14, 15, 21, 24
        Stage.IN_PROGRESS: 1,  # 19
        Stage.UNDER_REVIEW: 0,
        Stage.RESOLVED: 1,  # 13
    }


def test_a_promise_is_broken_from_its_due_time_recorded_or_not_until_the_customer_is_reached(february: Engine) -> None:
    assert look(february).numbers["broken"] == 2  # 14, and 15 that nobody has recorded; not 13, who was reached
    assert look(february, at("12:49")).numbers["broken"] == 2
    assert look(february, at("12:50")).numbers["broken"] == 3  # 24


@pytest.mark.parametrize(("clock", "count"), [("12:34", 0), ("12:35", 1), ("12:49", 1), ("12:50", 0)])
def test_a_promise_is_at_risk_when_a_quarter_is_left(february: Engine, clock: str, count: int) -> None:
    assert look(february, at(clock)).numbers["at_risk"] == count


def test_a_promise_that_was_warned_of_is_at_risk(february: Engine) -> None:
    change(february, """update cases set snapshot = '{"promise": {"warned": 1}}'""")
    assert look(february).numbers["at_risk"] == 1


def test_how_long_a_quarter_is_depends_on_the_policy(february: Engine) -> None:
    change(february, "update cases set policy = 'day'")
    assert live(february, NOW, HOUR).numbers["at_risk"] == 0
    assert live(february, NOW, {**HOUR, "day": timedelta(days=1)}).numbers["at_risk"] == 1


def test_an_alert_nobody_has_acknowledged_counts_its_case(february: Engine) -> None:
    with Session(february) as session, session.begin():
        case = session.execute(text("select id from cases where closed_at is null limit 1")).scalar_one()
        for seq in (1, 2):
            session.add(Alert(key=f"{case}:{seq}", case_id=case, kind="promise_broken", due=NOW, raised_at=NOW))
    assert look(february).numbers["alerted"] == 1
    change(february, "update alert set acknowledged_at = now()")
    assert look(february).numbers["alerted"] == 0


def test_the_oldest_come_first(february: Engine) -> None:
    oldest = look(february).oldest
    assert [one.requested_at.strftime("%m-%d") for one in oldest] == ["02-09", "02-13", "02-14", "02-27", "02-28"]


def test_load_stands_by_name_and_ranks_nobody(february: Engine) -> None:
    zoe, anna = hire(february, "Zoe", Role.SPECIALIST), hire(february, "Anna", Role.LEAD)
    gone = hire(february, "Gone", Role.SPECIALIST, active=False)
    hire(february, "Left", Role.SPECIALIST, active=False)
    hire(february, "Max", Role.MANAGER)
    change(february, "update cases set owner_id = :zoe where stage = 'awaiting_callback'", zoe=zoe.id)
    change(february, "update cases set owner_id = :gone where stage = 'resolved'", gone=gone.id)
    with Session(february) as session, session.begin():
        session.add(Duty(staff_id=anna.id, started_at=NOW))
    loads = look(february).loads
    assert [(one.name, one.open, one.on_duty_since) for one in loads] == [
        ("Anna", 0, NOW),
        ("Gone", 1, None),
        ("Zoe", 5, None),
    ]
    assert look(february).numbers["nobodys"] == 1  # 19


def test_behind_each_number_are_as_many_cases(many: Engine) -> None:
    seen = live(many, LATER, HOUR)
    assert seen.numbers["broken"] > 0
    assert seen.numbers["overdue"] > 0
    for name, count in seen.numbers.items():
        assert open_cases(many, Wanted(name), LATER, HOUR, after=None, limit=1)[0] == count
    for stage, count in seen.stages.items():
        assert open_cases(many, Wanted(stage=stage), LATER, HOUR, after=None, limit=1)[0] == count
    for load in seen.loads:
        assert open_cases(many, Wanted(owner=load.staff), LATER, HOUR, after=None, limit=1)[0] == load.open


def test_page_by_page_all_are_shown_once_by_urgency(many: Engine) -> None:
    change(many, "update cases set urgent_at = null where closed_at is null and stage = 'under_review'")
    count, whole = open_cases(many, Wanted(), LATER, HOUR, after=None, limit=1000)
    found: list[Place] = []
    while page := open_cases(many, Wanted(), LATER, HOUR, after=found[-1] if found else None, limit=33)[1]:
        found += page
    assert found == whole
    assert len(whole) == count == 500
    instants = [place.urgent_at for place in whole]
    timed = [one for one in instants if one]
    assert instants == [*sorted(timed), *[None] * (count - len(timed))]


def test_no_big_table_is_read_whole(many: Engine) -> None:
    assert read_whole(many, lambda session: read(session.connection(), LATER, HOUR)) == set()


def test_the_oldest_open_ones_are_not_looked_for_among_all_closed_ones(many: Engine) -> None:
    with many.connect() as connection:
        plan = connection.execute(text(f"explain {OPEN_LONGEST.text}")).scalars().all()
    assert [line for line in plan if "case_queue" in line or "case_owner" in line]
    assert not [line for line in plan if "case_requested" in line]


@pytest.mark.parametrize("number", ["", "true", "closed"])
def test_no_such_number_is_an_error(engine: Engine, number: str) -> None:
    with pytest.raises(KeyError):
        open_cases(engine, Wanted(number), NOW, HOUR, after=None, limit=1)


def test_without_cases_all_is_nought(engine: Engine) -> None:
    seen = look(engine)
    assert set(seen.numbers) == set(NUMBERS)
    assert {*seen.numbers.values(), *seen.stages.values()} == {0}
    assert (seen.oldest, seen.loads) == ([], [])
