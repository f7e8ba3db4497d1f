"""The quick report is the plain one: whatever has changed, whatever is asked."""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session

from db import report_brackets, report_times
from db.outreach import FinalSurvey
from db.report import loop_report
from db.report_scope import Scope
from domain.report import By, Question
from ops.postgres import EmbeddedPostgres
from tests.db import plain_report
from tests.db.changing_cases import GOALS, Changing
from tests.db.loop_report_24 import CASES, Told, store
from tests.db.populated import NOW, populated

SEEDS = [1, 2, None]
"""None: another one each time, told when it fails."""


@pytest.fixture(scope="module")
def many(migrated: EmbeddedPostgres) -> Iterator[Engine]:
    """Some thousands of cases, with durations to the microsecond."""
    with populated(migrated, closed=3_000, open=100) as engine:
        yield engine


def tally(engine: Engine) -> list[object]:
    with engine.connect() as connection:
        return list(connection.execute(text("select * from tally order by case_id")))


@pytest.mark.parametrize("seed", SEEDS)
def test_after_any_changes_it_is_the_plain_report(engine: Engine, seed: int | None) -> None:
    seed = seed or time.time_ns()
    chance = Random(seed)
    with Session(engine) as session:
        changing = Changing(session, chance)
        for _ in range(6):
            for _ in range(80):
                changing.step()
            session.commit()
            for by in By:
                question = changing.question(by)
                assert loop_report(engine, question) == plain_report.loop_report(engine, question), f"seed {seed}"


def test_what_the_triggers_kept_is_what_a_count_from_scratch_gives(engine: Engine) -> None:
    with Session(engine) as session:
        changing = Changing(session, Random(3))
        for _ in range(200):
            changing.step()
        session.commit()
    kept = tally(engine)
    with engine.begin() as connection:
        connection.execute(text("delete from tally"))
        connection.execute(text("select tally_all()"))
    assert len(kept) > 20
    assert tally(engine) == kept


@pytest.mark.parametrize("by", By)
@pytest.mark.parametrize("days", [1, 30, 90, 400])
def test_of_thousands_of_cases_it_is_the_plain_report(many: Engine, by: By, days: int) -> None:
    asked = {"since": NOW - timedelta(days=days), "until": NOW, "zone": "Europe/Moscow", "goals": GOALS, "now": NOW}
    question = Question(by=by, **asked)
    report = loop_report(many, question)
    assert report == plain_report.loop_report(many, question)
    assert report.total.cases > 0
    assert sum(group.loop.times.closed.n for group in report.groups) in (0, report.total.times.closed.n)


@pytest.mark.parametrize("sigmas", [5, 1, 0])
def test_whether_or_not_the_sample_shows_where_a_median_lies(
    many: Engine, monkeypatch: pytest.MonkeyPatch, sigmas: int
) -> None:
    monkeypatch.setattr(report_times, "MANY", 100)
    monkeypatch.setattr(report_brackets, "SAMPLE", 300)
    monkeypatch.setattr(report_brackets, "SIGMAS", sigmas)
    for by in (By.NONE, By.PRODUCT):
        question = Question(
            since=NOW - timedelta(days=400), until=NOW, by=by, zone="Europe/Moscow", goals=GOALS, now=NOW
        )
        assert loop_report(many, question) == plain_report.loop_report(many, question)


def test_a_sample_spares_most_of_the_sorting(many: Engine) -> None:
    period = Scope("requested_at >= :since", {"since": NOW - timedelta(days=400)})
    with many.connect() as connection:
        n = connection.execute(text("select count(closed) from tally")).scalar_one()
        middle = {0.5: [n // 2], 0.9: [round(n * 0.9)]}
        found = report_brackets.ranked(connection, [report_brackets.Wanted("closed", n, middle)], period)
        ordered = connection.execute(text("select closed from tally where closed is not null order by closed"))
        durations = ordered.scalars().all()
    assert found == {"closed": {rank: durations[rank - 1] for ranks in middle.values() for rank in ranks}}


def test_more_groups_than_a_short_key_has_room_for(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("insert into tallyname (name) select 'n' || n from generate_series(1, 3000) as n"))
    with Session(engine) as session, session.begin():
        store(session, *CASES, Told("02-03 07:00", first=7, product="another"))
    question = _february(By.PRODUCT)
    assert loop_report(engine, question) == plain_report.loop_report(engine, question)


def test_two_who_change_one_case_at_once_undo_nothing_of_each_other(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        store(session, Told("02-01 07:00", resolved=60, solved=True, one=True, sent=True))
    case = _only_case(engine)
    with ThreadPoolExecutor() as threads, engine.connect() as first:
        first.execute(text("update cases set closed_at = requested_at + interval '2 hours', outcome = 'answered'"))
        answering = threads.submit(_answer, engine, case)
        _await_a_waiting_one(engine, answering)
        first.commit()
        answering.result()
    total = loop_report(engine, _february(By.NONE)).total
    assert (total.times.closed.n, total.survey.answered.count, total.survey.tnps.detractors) == (1, 1, 1)


def test_a_case_that_goes_is_counted_no_more(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        store(session, Told("02-01 07:00"), Told("02-01 08:00"))
    with engine.begin() as connection:
        connection.execute(text("delete from cases where id = :case"), {"case": _only_case(engine)})
    assert loop_report(engine, _february(By.NONE)).total.cases == 1


def test_whoever_amends_the_score_while_the_case_opens_is_counted(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        store(session, Told("02-01 07:00", resolved=60, solved=True, one=True, gave=9))
    with engine.begin() as connection:
        connection.execute(text("create table closed as select * from cases"))
        connection.execute(text("delete from cases"))
    with ThreadPoolExecutor() as threads, engine.connect() as first:
        first.execute(text("update response set nps = 3"))
        opening = threads.submit(_open_again, engine)
        _await_a_waiting_one(engine, opening)
        first.commit()
        opening.result()
    _answer(engine, _only_case(engine))
    recovery = loop_report(engine, _february(By.NONE)).total.recovery
    assert (recovery.first.detractors, recovery.won_back.n) == (1, 1)


@pytest.mark.parametrize(
    "filters", [{"products": ["business"]}, {"sources": ["typeform", "generic"]}, {"products": ["?"]}]
)
@pytest.mark.parametrize("by", [By.NONE, By.MONTH, By.SOURCE])
def test_of_some_products_and_sources_it_is_the_plain_report(
    many: Engine, monkeypatch: pytest.MonkeyPatch, by: By, filters: dict[str, list[str]]
) -> None:
    monkeypatch.setattr(report_times, "MANY", 100)
    monkeypatch.setattr(report_brackets, "SAMPLE", 300)
    asked = {"since": NOW - timedelta(days=400), "until": NOW, "zone": "Europe/Moscow", "goals": GOALS, "now": NOW}
    question = Question.model_validate({"by": by, **asked, **filters})
    report = loop_report(many, question)
    assert report == plain_report.loop_report(many, question)
    assert (report.total.cases == 0) == (filters == {"products": ["?"]})


def _february(by: By) -> Question:
    since, until = datetime.fromisoformat("2018-02-01T00:00Z"), datetime.fromisoformat("2018-03-01T00:00Z")
    return Question(since=since, until=until, by=by, zone="Europe/Moscow", goals=GOALS, now=until)


def _only_case(engine: Engine) -> UUID:
    with engine.connect() as connection:
        return UUID(str(connection.execute(text("select id from cases order by id limit 1")).scalar_one()))


def _answer(engine: Engine, case: UUID) -> None:
    with Session(engine) as session, session.begin():
        session.add(FinalSurvey(case_id=case, tnps=0, solved=True))


def _open_again(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("insert into cases select * from closed"))


def _await_a_waiting_one(engine: Engine, answering: Future[None]) -> None:
    waiting = text("select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()")
    with engine.connect() as connection:
        while not answering.done() and not connection.execute(waiting).all():
            connection.rollback()
