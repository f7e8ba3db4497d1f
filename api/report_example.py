"""An example of the report on the loop, for the OpenAPI: made by the code that makes the real ones."""

from datetime import UTC, datetime, timedelta

from domain.report import By, Counts, Group, LoopReport, Span, Spread, loop_of

_COUNTS = Counts(
    cases=412,
    open=9,
    kept=371,
    kept_by_log=14,
    broken=23,
    still_waiting=1,
    moved=8,
    not_counted=7,
    no_hour=1,
    pending=2,
    reach_decided=393,
    reached_in_time=318,
    resolved=381,
    first_contact=262,
    goal_met=340,
    goal_missed=53,
    goal_not_counted=12,
    goal_pending=7,
    asked=378,
    answered=151,
    survey_waiting=41,
    promoters=88,
    passives=36,
    detractors=25,
    said_solved=129,
    said_whether_solved=150,
    withdrawn_by_staff=2,
    first_promoters=31,
    first_passives=38,
    first_detractors=71,
    last_promoters=84,
    last_passives=33,
    last_detractors=23,
    won_back=51,
    improved=79,
    worsened=9,
)
_OUTCOMES = {"answered": 140, "no_answer": 190, "unsolved": 28, "unreachable": 22, "withdrawn": 16, "wrong_number": 7}
_CAUSES = {"network_setup": 144, "slow_computer": 121, "activation": 83, "licence": 33}


def _spread(n: int, p50: int, p90: int) -> Spread:
    """Minutes, and intervals of a likely width."""
    middle, late = timedelta(minutes=p50), timedelta(minutes=p90)
    return Spread(
        n=n,
        p50=middle,
        p90=late,
        p50_interval=Span(low=middle * 0.9, high=middle * 1.1),
        p90_interval=Span(low=late * 0.8, high=late * 1.3),
    )


_TIMES = {
    "first_attempt": _spread(404, 10, 40),
    "reached": _spread(387, 20, 170),
    "resolved": _spread(381, 90, 1500),
    "closed": _spread(403, 1600, 11600),
}
_LOOP = loop_of(_COUNTS, times=_TIMES, outcomes=_OUTCOMES, causes=_CAUSES)
EXAMPLE = LoopReport(
    since=datetime(2026, 2, 1, tzinfo=UTC),
    until=datetime(2026, 3, 1, tzinfo=UTC),
    as_of=datetime(2026, 3, 1, 9, tzinfo=UTC),
    by=By.MONTH,
    zone="Europe/Moscow",
    total=_LOOP,
    groups=(Group(group="2026-02", loop=_LOOP),),
).model_dump(mode="json", by_alias=True)
