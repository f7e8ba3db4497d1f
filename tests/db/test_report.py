"""The report on the loop is honest: its numbers are those reckoned by hand."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from db.report import loop_overview, loop_report
from domain.policies import policies_from
from domain.report import By, LoopReport, Question, Steps, goals_of
from tests.db.loop_report_24 import CASES, NOW, SINCE, UNTIL, Told, store
from tests.db.reckoned_24 import REPORT

STANDARD = Question(
    since=SINCE,
    until=UNTIL,
    by=By.NONE,
    zone="Europe/Moscow",
    goals=goals_of(policies_from(None, development=True)),
    now=NOW,
)


def told(engine: Engine, *cases: Told) -> None:
    with Session(engine) as session, session.begin():
        store(session, *cases)


def ask(engine: Engine, **changes: object) -> LoopReport:
    return loop_report(engine, STANDARD.model_copy(update=changes))


def rounded(value: object) -> object:
    """To four decimals, as one writes by hand."""
    if isinstance(value, dict):
        return {name: rounded(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [rounded(inner) for inner in value]
    return round(value, 4) if isinstance(value, float) else value


def groups(report: LoopReport) -> dict[str | None, int]:
    return {group.group: group.loop.cases for group in report.groups}


def test_the_report_on_24_cases_is_the_one_reckoned_by_hand(engine: Engine) -> None:
    told(engine, *CASES)
    assert rounded(ask(engine).total.model_dump(mode="json")) == REPORT


def test_a_period_without_cases_has_numbers_of_nobody(engine: Engine) -> None:
    report = ask(engine, by=By.PRODUCT)
    assert report.groups == ()
    assert report.total.cases == 0
    assert report.total.promise.kept.share is None
    assert report.total.survey.tnps.score is None
    assert report.total.times.reached.p50 is None


def test_the_period_has_its_first_instant_and_not_its_last(engine: Engine) -> None:
    told(engine, Told("02-01 00:00"), Told("02-03 00:00"))
    first = {"since": datetime.fromisoformat("2018-02-01T03:00+03:00")}
    last = {"until": datetime.fromisoformat("2018-02-03T00:00Z")}
    assert ask(engine, **first).total.cases == 2
    assert ask(engine, **first, **last).total.cases == 1
    assert ask(engine, since=first["since"] + timedelta(microseconds=1)).total.cases == 1


def test_a_promise_is_pending_until_it_is_due_and_broken_from_then_on(engine: Engine) -> None:
    told(engine, Told("02-10 08:00"))
    due = datetime.fromisoformat("2018-02-10T09:00Z")
    just_before = ask(engine, now=due - timedelta(microseconds=1)).total.promise
    assert (just_before.pending, just_before.broken, just_before.kept.n) == (1, 0, 0)
    then = ask(engine, now=due).total.promise
    assert (then.pending, then.broken, then.still_waiting, then.kept.n) == (0, 1, 1, 1)


def test_every_promise_stands_in_exactly_one_column(engine: Engine) -> None:
    told(engine, *CASES)
    loop = ask(engine).total
    promise, goal = loop.promise, loop.goal
    assert promise.kept.n + promise.moved + promise.not_counted + promise.no_hour + promise.pending == loop.cases
    assert goal.met.n + goal.not_counted + goal.pending == loop.cases
    assert sum(loop.outcomes.values()) + loop.open == loop.cases


def test_weeks_and_months_begin_where_the_company_is(engine: Engine) -> None:
    # Sunday evening in UTC is Monday 01:00 in Moscow; the last of January is February there.
    told(engine, Told("02-04 20:59"), Told("02-04 22:00"), Told("01-31 22:00"))
    january = {"since": datetime.fromisoformat("2018-01-01T00:00Z")}
    assert groups(ask(engine, by=By.WEEK, **january)) == {"2018-W05": 2, "2018-W06": 1}
    assert groups(ask(engine, by=By.MONTH, **january)) == {"2018-02": 3}
    assert groups(ask(engine, by=By.MONTH, zone="UTC", **january)) == {"2018-01": 1, "2018-02": 2}


def test_groups_stand_by_name_the_nameless_last_and_never_by_person(engine: Engine) -> None:
    told(engine, Told("02-01 07:00", product="b"), Told("02-01 07:00", product=None), Told("02-01 07:00", product="a"))
    assert list(groups(ask(engine, by=By.PRODUCT))) == ["a", "b", None]
    assert {by.value for by in By} == {"none", "week", "month", "product", "source", "cause"}


@pytest.mark.parametrize("by", [by for by in By if by is not By.NONE])
def test_the_groups_add_up_to_the_total(engine: Engine, by: By) -> None:
    told(engine, *CASES, replace(CASES[2], source="generic", product=None))
    report = ask(engine, by=by)
    loops = [group.loop for group in report.groups]
    assert sum(loop.cases for loop in loops) == report.total.cases == 25
    assert sum(loop.promise.kept.count for loop in loops) == report.total.promise.kept.count
    assert sum(loop.times.closed.n for loop in loops) == report.total.times.closed.n
    assert sum(loop.survey.tnps.detractors for loop in loops) == report.total.survey.tnps.detractors
    assert sum(one.count for loop in loops for one in loop.causes) == sum(one.count for one in report.total.causes)


def test_a_group_has_numbers_of_its_own(engine: Engine) -> None:
    told(engine, *CASES)
    by_cause = {group.group: group.loop for group in ask(engine, by=By.CAUSE).groups}
    licence = by_cause["licence"]  # 7, 8 and 17
    assert (licence.promise.kept.count, licence.promise.kept.n) == (2, 3)
    assert licence.times.resolved.p50 == timedelta(minutes=830)
    assert licence.times.resolved.p50_interval is None  # three cases say little
    assert licence.first_contact_resolution.count == 0
    assert [one.cause for one in licence.causes] == ["licence"]


@pytest.mark.parametrize("by", By)
def test_the_overview_is_the_report_without_the_times_of_groups(engine: Engine, by: By) -> None:
    told(engine, *CASES)
    report, overview = ask(engine, by=by), loop_overview(engine, STANDARD.model_copy(update={"by": by}))
    assert overview.total == report.total
    untimed = [group.loop.model_copy(update={"times": Steps()}) for group in report.groups]
    assert [group.loop for group in overview.groups] == untimed


def test_the_90th_percentile_has_an_interval_when_there_are_cases_enough(engine: Engine) -> None:
    told(engine, *(Told("02-01 07:00", first=minute) for minute in range(1, 101)))
    spread = ask(engine).total.times.first_attempt
    # 0.9·99 = 89.1 → 90.1 minutes. Ranks 90 - 1.96·3 = 84.1 → 84th and 91 + 5.9 = 96.9 → 97th.
    assert spread.p90 == timedelta(minutes=90, seconds=6)
    assert spread.p90_interval is not None
    assert spread.p90_interval.low == timedelta(minutes=84)
    assert spread.p90_interval.high == timedelta(minutes=97)


def test_the_goal_is_that_of_the_cases_policy(engine: Engine) -> None:
    standard = Told("02-01 07:00", resolved=60, solved=True, one=True, cause="activation")
    told(engine, replace(standard, policy="demo"))  # a demonstration's goal is 24 minutes
    told(engine, replace(standard, policy="forgotten"))
    met = ask(engine).total.goal.met
    assert (met.count, met.n) == (1, 2)


def test_only_who_was_asked_and_has_not_answered_may_still_answer(engine: Engine) -> None:
    resolved = Told("02-27 07:00", resolved=60, solved=True, one=True, cause="activation")
    told(engine, resolved, replace(resolved, sent=True), replace(resolved, sent=True, answer=(0, None)))
    survey = ask(engine).total.survey
    assert (survey.waiting, survey.answered.count, survey.answered.n) == (1, 1, 2)
