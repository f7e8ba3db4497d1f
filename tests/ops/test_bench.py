"""The bench measures: each group runs with the least numbers, and says what it should."""

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path

import pytest

from ops.bench import __main__ as bench
from ops.bench import machine, table
from ops.bench.figures import Group, Line, Verdict, at_least, below, quantile, ratios, spread
from ops.bench.scene import Scene, opened
from ops.bench.size import TINY

pytestmark = pytest.mark.timeout(240)

LINES = {
    "webhooks": ("webhooks accepted, relay held", "inbox drained, nothing else asked"),
    "loops": ("loops/s, call by telephone", "loops/s, by hand beside its mere shape"),
    "http": ("loops/s through HTTP",),
    "readable": ("accepted → on GET /cases, p50 and p99", "the same after a worker kill (1 kills)"),
    "commands": ("claim by HTTP, p50 and p99", "straight loop, by telephone"),
    "desks": ("3 open desks: memory of the API, each", "3 open desks: change → fetched by each, p50 and p99"),
    "open": ("promise late by, p50 and p99, 9 open", "backlog of 2 due at once", "memory, 9 open"),
}
"""Webhooks first: no relay may run yet."""


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with opened() as fresh:
        yield fresh


@pytest.mark.parametrize("name", LINES)
def test_every_line_is_measured(scene: Scene, name: str) -> None:
    holds(bench.GROUPS[name](scene, TINY), LINES[name])


def test_every_line_of_an_empty_database_that_is_filled_is_measured() -> None:
    with opened() as empty:
        holds(
            bench.GROUPS["reading"](empty, TINY),
            ("GET /cases, first 50 of 100 open", "GET /desk, first 50 of 100 open"),
        )


def test_no_group_is_left_out() -> None:
    assert {*LINES, "reading"} == set(bench.GROUPS)


def holds(group: Group, lines: Sequence[str]) -> None:
    assert {line.what for line in group.lines} >= set(lines)
    assert all(line.ours for line in group.lines)


def test_a_quantile_is_a_sample() -> None:
    samples = [float(number) for number in range(100, 0, -1)]
    assert (quantile(samples, 0.5), quantile(samples, 0.99), quantile([7.0], 0.99)) == (50.0, 99.0, 7.0)
    with pytest.raises(ValueError, match="nothing was measured"):
        quantile([], 0.5)


def test_rounds_are_compared_with_their_neighbours_and_show_their_noise() -> None:
    assert ratios([10.0, 30.0], [20.0, 40.0]) == [0.5, 0.75]
    assert spread([12.0, 8.0, 10.0], "/s") == "10.0/s (8.00–12.0, 3 rounds)"


def test_a_goal_is_met_or_missed() -> None:
    assert (at_least(0.7, 0.7), at_least(0.69, 0.7)) == (Verdict.MET, Verdict.MISSED)
    assert (below(0.4, 0.5), below(0.5, 0.5)) == (Verdict.MET, Verdict.MISSED)


def test_both_tables_hold_every_line_with_its_notes() -> None:
    line = Line("loops/s", "9/s", "12/s", "0.75", "≥ 0.7", Verdict.MET, notes=("CPU a loop",))
    groups = [Group("Loops", [line], ("what bare is",))]
    for printed in (table.plain(groups), table.markdown(groups)):
        assert all(text in printed for text in ("Loops", "9/s", "0.75", "≥ 0.7", "CPU a loop", "what bare is"))


def test_the_machine_is_described() -> None:
    facts = "\n".join(machine.described())
    assert all(word in facts for word in ("cores", "GiB", "temporalio", "PostgreSQL", "load average"))


def test_the_table_is_kept_as_markdown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measured = Group("Loops", [Line("loops/s", "9/s")])
    monkeypatch.setattr(bench, "GROUPS", {"loops": lambda _scene, _size: measured})
    monkeypatch.setattr(bench, "opened", nullcontext)
    assert bench.main(["--only", "loops", "--quick", "--markdown", str(tmp_path / "table.md")]) == 0
    assert "| loops/s | 9/s |" in (tmp_path / "table.md").read_text()


def test_a_name_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        bench.main(["--only", "loops,lops"])
    assert "unknown: lops" in capsys.readouterr().err
