"""Who is right when rows and workflow of a case disagree."""

import pytest

from db.columns import now
from db.reconcile import Rows
from domain.events import Event, EventKind
from domain.projection import Record
from ops.case_runs import Run
from ops.reconciler import Verdict, judge
from tests.domain.case_stages import opened


def rows_with(*events: str, alive: bool = True, response: bool = True) -> Rows:
    numbered = frozenset(enumerate(events, start=1))
    return Rows(response=response, requested=True, alive=alive, events=numbered)


def run_with(*events: str, running: bool = True, base: int = 0) -> Run:
    noted = [
        Event(seq=seq, id=event, kind=EventKind.OPENED, at=now()) for seq, event in enumerate(events, start=base + 1)
    ]
    return Run(
        running=running, base=base, records=[Record(events=tuple(noted), snapshot=opened().snapshot(None, None))]
    )


@pytest.mark.parametrize(
    ("rows", "run", "expected"),
    [
        pytest.param(rows_with("a"), run_with("a"), Verdict.AGREED, id="alike"),
        pytest.param(rows_with("a", alive=False), run_with("a", running=False), Verdict.AGREED, id="both closed"),
        pytest.param(rows_with("a"), run_with("a", running=False), Verdict.RESUME, id="ended too early"),
        pytest.param(rows_with("a"), run_with("a", "b"), Verdict.REBUILD, id="rows behind"),
        pytest.param(rows_with("a"), run_with("a", "b", running=False), Verdict.REBUILD, id="closed meanwhile"),
        pytest.param(rows_with("a", "b"), run_with("a"), Verdict.RESUME, id="rows ahead"),
        pytest.param(rows_with("a", "b"), run_with("a", "c"), Verdict.RESUME, id="each went its own way"),
        pytest.param(rows_with("a", "b", alive=False), run_with("a"), Verdict.END, id="closed on record"),
        pytest.param(rows_with("a", "b", alive=False), run_with("a", running=False), Verdict.AGREED, id="closed"),
        pytest.param(rows_with("a", "b", "c"), run_with("c", base=2), Verdict.AGREED, id="resumed before"),
        pytest.param(rows_with("a", "b"), run_with("c", base=2), Verdict.REBUILD, id="resumed, rows behind"),
        pytest.param(rows_with("a"), None, Verdict.RESUME, id="no workflow"),
        pytest.param(rows_with("a", alive=False), None, Verdict.AGREED, id="closed long ago"),
        pytest.param(rows_with(alive=False), None, Verdict.START, id="never opened"),
        pytest.param(rows_with(alive=False, response=False), run_with("a"), Verdict.END, id="no response"),
        pytest.param(rows_with(alive=False), run_with(), Verdict.AGREED, id="about to open"),
    ],
)
def test_whoever_knows_more_is_right(rows: Rows, run: Run | None, expected: Verdict) -> None:
    assert judge(rows, run) is expected
