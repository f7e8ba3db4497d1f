"""Single ranks of many durations without sorting them all: a sample tells where each must lie, a count proves it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from sqlalchemy import Connection, RowMapping, text

from db.report_scope import Scope

SAMPLE = 40_000
"""About so many cases are drawn."""
SIGMAS = 5
"""How wide a bracket is: the sample's error exceeds it once in a million."""

_SAMPLED = """
select {percentiles}
from tally tablesample system (least(100, :percent)) where {where}
"""
_WITHIN = "select {found} from tally where {where}"


@dataclass(frozen=True)
class Wanted:
    """The ranks, from 1, to read `n` durations of one step at: those near each of some fractions of them."""

    step: str
    n: int
    near: Mapping[float, Sequence[int]]

    def fractions(self) -> list[float]:
        """Of the sample: from where to where each bracket goes."""
        return [end for fraction, ranks in self.near.items() for end in self._ends(fraction, ranks)]

    def _ends(self, fraction: float, ranks: Sequence[int]) -> tuple[float, float]:
        error = SIGMAS * sqrt(fraction * (1 - fraction) / min(SAMPLE, self.n))
        return max(0.0, min(ranks) / self.n - error), min(1.0, max(ranks) / self.n + error)


def ranked(connection: Connection, wanted: Sequence[Wanted], scope: Scope) -> dict[str, dict[int, int]]:
    """The durations of each step at their ranks, exact; a step whose ranks a bracket has missed is left out."""
    if not wanted:
        return {}
    ends = _sampled(connection, wanted, scope)
    brackets = [one for one in wanted if ends[one.step]]
    if not brackets:
        return {}
    row = _within(connection, {one.step: ends[one.step] for one in brackets}, scope)
    found = {one.step: _found(one, row) for one in brackets}
    return {step: values for step, values in found.items() if values}


def _sampled(connection: Connection, wanted: Sequence[Wanted], scope: Scope) -> RowMapping:
    percentiles = ", ".join(
        f"percentile_disc(cast(:{one.step} as float8[])) within group (order by {one.step}) as {one.step}"
        for one in wanted
    )
    values = {one.step: one.fractions() for one in wanted}
    percent = 100 * SAMPLE / max(one.n for one in wanted)
    statement = text(_SAMPLED.format(percentiles=percentiles, where=scope.where))
    return connection.execute(statement, {**scope.values, **values, "percent": percent}).mappings().one()


def _within(connection: Connection, ends: Mapping[str, Sequence[int]], scope: Scope) -> RowMapping:
    parts, values = list[str](), dict[str, object]()
    for step, bounds in ends.items():
        for bracket, (low, high) in enumerate(zip(bounds[::2], bounds[1::2], strict=True)):
            name = f"{step}_{bracket}"
            values |= {f"{name}_low": low, f"{name}_high": high}
            parts.append(f"count(*) filter (where {step} < :{name}_low) as {name}_below")
            parts.append(f"array_agg({step}) filter (where {step} between :{name}_low and :{name}_high) as {name}")
    statement = text(_WITHIN.format(found=", ".join(parts), where=scope.where))
    return connection.execute(statement, {**scope.values, **values}).mappings().one()


def _found(wanted: Wanted, row: RowMapping) -> dict[int, int] | None:
    found = dict(_read(wanted, row))
    return found if all(rank in found for ranks in wanted.near.values() for rank in ranks) else None


def _read(wanted: Wanted, row: RowMapping) -> Iterator[tuple[int, int]]:
    for bracket, ranks in enumerate(wanted.near.values()):
        name = f"{wanted.step}_{bracket}"
        below, values = row[f"{name}_below"], sorted(row[name] or ())
        yield from ((rank, values[rank - below - 1]) for rank in ranks if below < rank <= below + len(values))
