"""Behind every number of the report are just the cases it counts."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from db.queue import Place
from db.report import loop_report
from db.report_cases import Behind, Names, cases_behind, names_of
from db.report_kinds import COUNTED
from domain.report import By, Counts, Question, Steps, loop_of
from ops.postgres import EmbeddedPostgres
from tests.db.changing_cases import GOALS
from tests.db.loop_report_24 import CASES, NOW, SINCE, UNTIL, store
from tests.db.populated import NOW as LATER
from tests.db.populated import populated

FEBRUARY = Question(since=SINCE, until=UNTIL, by=By.NONE, zone="Europe/Moscow", goals=GOALS, now=NOW)
YEAR = FEBRUARY.model_copy(update={"since": LATER - timedelta(days=400), "until": LATER, "now": LATER})

BUSINESS = YEAR.model_copy(update={"products": ("business",), "sources": ("typeform",)})


@pytest.fixture(scope="module")
def many(migrated: EmbeddedPostgres) -> Iterator[Engine]:
    """Some hundreds of cases."""
    with populated(migrated, closed=700, open=60) as engine:
        yield engine


def pages(engine: Engine, question: Question, behind: Behind, limit: int) -> list[Place]:
    found: list[Place] = []
    while page := cases_behind(engine, question, behind, after=found[-1] if found else None, limit=limit)[1]:
        found += page
    return found


@pytest.mark.parametrize(
    "question", [YEAR, YEAR.model_copy(update={"products": ("business",), "sources": ("typeform",)})]
)
def test_there_are_as_many_as_the_report_counts(many: Engine, question: Question) -> None:
    found = {name: cases_behind(many, question, Behind(name), after=None, limit=1)[0] for name in COUNTED}
    counts = Counts.model_validate({name: found[name] for name in Counts.model_fields})
    report = loop_report(many, question).total
    reckoned = loop_of(
        counts, times={}, outcomes={str(outcome): n for outcome, n in report.outcomes.items()}, causes={}
    )
    same = {"times", "causes"}
    assert reckoned.model_dump(exclude=same) == report.model_dump(exclude=same)
    assert {step: found[f"times_{step}"] for step in Steps.model_fields} == {
        step: getattr(report.times, step).n for step in Steps.model_fields
    }
    assert found["kept"] > 0


def test_of_an_outcome_or_a_cause_too(many: Engine) -> None:
    report = loop_report(many, YEAR).total
    for one in report.causes:
        assert cases_behind(many, YEAR, Behind("resolved", cause=one.cause), after=None, limit=1)[0] == one.count
    for outcome, count in report.outcomes.items():
        assert cases_behind(many, YEAR, Behind("cases", outcome=outcome), after=None, limit=1)[0] == count


def test_page_by_page_all_are_shown_once_the_newest_first(many: Engine) -> None:
    count, whole = cases_behind(many, YEAR, Behind("kept"), after=None, limit=1000)
    assert pages(many, YEAR, Behind("kept"), limit=37) == whole
    assert len(set(whole)) == len(whole) == count
    assert whole == sorted(whole, key=lambda place: (place.urgent_at, place.id), reverse=True)


def test_behind_the_report_by_hand_stand_the_cases_that_were_counted(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        store(session, *CASES)
    _, won_back = cases_behind(engine, FEBRUARY, Behind("won_back"), after=None, limit=50)
    assert [place.urgent_at.strftime("%m-%d %H:%M") for place in won_back if place.urgent_at] == [
        "02-13 07:00",
        "02-05 08:00",
        "02-01 07:00",
    ]


def test_no_such_number_is_an_error(engine: Engine) -> None:
    with pytest.raises(KeyError):
        cases_behind(engine, FEBRUARY, Behind("true; drop table cases"), after=None, limit=1)


def test_products_and_sources_of_the_period_can_be_asked_for(many: Engine) -> None:
    assert names_of(many, YEAR.model_copy(update={"products": ("?",)})) == Names(
        products=["antivirus", "business", "internet_security", "mobile"],
        sources=["formbricks", "generic", "typeform"],
    )
    assert names_of(many, YEAR.model_copy(update={"until": YEAR.since, "since": YEAR.since})) == Names([], [])
