"""Exact medians, 90th percentiles and their intervals: durations are sorted once, and read at the ranks asked for."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from math import ceil, floor, sqrt

from sqlalchemy import Connection, RowMapping, text

from db.report_brackets import Wanted, ranked
from db.report_groups import TOTAL, GroupKey, Groups
from db.report_scope import Scope
from domain.metrics import Z95
from domain.report import By, Span, Spread, Steps

_APART = 1 << 52
"""Microseconds between one group's durations and the next one's: 142 years."""
_FEW = 2000
"""So many groups fit the 64 bits of a key."""

MANY = 200_000
"""So many durations are not sorted all, if it can be helped."""
_VARIANCE = {0.5: 0.25, 0.9: 0.09}

# `percentile_disc` of (rank - ½) / n is the value of that rank. One process sorts one branch: several work at once.
_SORTED = """
select '{name}' as name, percentile_disc(cast(:{name} as float8[])) within group (order by {key}) as found
from tally where {where} and {step} is not null
"""

Counted = Mapping[GroupKey, RowMapping]
"""What the cases of each group add up to."""


@dataclass(frozen=True)
class _Ranks:
    """The ranks, from 1, that `n` sorted durations are read at."""

    n: int

    def all(self) -> list[int]:
        """Each once, in order."""
        return sorted({rank for ranks in self.near().values() for rank in ranks})

    def near(self) -> dict[float, list[int]]:
        """Those of each percentile."""
        return {q: [rank for rank in (*self.around(q), *self.interval(q)) if rank] for q in _VARIANCE}

    def around(self, q: float) -> tuple[int, int]:
        """Those a percentile lies between, as `percentile_cont` has it."""
        place = q * (self.n - 1)
        return floor(place) + 1, ceil(place) + 1

    def interval(self, q: float) -> tuple[int | None, int | None]:
        """The ends of its 95 % interval; None beyond the sample: too few cases to give one.

        It runs between the observations ranked nq ∓ z·√(nq(1-q)), the upper one rank higher, both rounded: Campbell &
        Gardner (1988), "Calculating confidence intervals for some non-parametric analyses", BMJ 296, 1454–1456.
        """
        half = Z95 * sqrt(self.n * _VARIANCE[q])
        low, high = round(self.n * q - half), round(self.n * q + half) + 1
        return low if low >= 1 else None, high if high <= self.n else None


@dataclass(frozen=True)
class _Sort:
    """The durations of one step, of some groups behind each other in the order of their numbers."""

    step: str
    sizes: Mapping[GroupKey, int]
    """How many durations each group has; or all of them have together."""

    @property
    def name(self) -> str:
        return f"{self.step}_of_{'all' if TOTAL in self.sizes else 'groups'}"

    def sql(self, number: str, where: str) -> str:
        kind = "bigint" if max(self.sizes) < _FEW else "numeric"
        key = self.step if TOTAL in self.sizes else f"cast({number} as {kind}) * {_APART} + {self.step}"
        return _SORTED.format(name=self.name, step=self.step, key=key, where=where)

    def fractions(self) -> list[float]:
        whole, before, found = sum(self.sizes.values()), 0, []
        for size in self.sizes.values():
            found += [(before + rank - 0.5) / whole for rank in _Ranks(size).all()]
            before += size
        return found

    def spreads(self, found: Iterable[int]) -> Iterator[tuple[GroupKey, Spread]]:
        values = iter(found)
        for number, size in self.sizes.items():
            base = 0 if number == TOTAL else number * _APART
            yield number, _spread(size, {rank: int(next(values)) - base for rank in _Ranks(size).all()})


def times(
    connection: Connection, by: By, scope: Scope, groups: Groups, counts: Counted
) -> dict[GroupKey, dict[str, Spread]]:
    """The times to each step, of all cases, and of each group unless `by` is none; one nobody came to is left out."""
    spreads: dict[GroupKey, dict[str, Spread]] = {number: {} for number in counts}
    spreads[TOTAL] |= _of_many(connection, scope, counts[TOTAL])
    sorts = {one.name: one for one in _sorts(by, counts) if TOTAL not in one.sizes or one.step not in spreads[TOTAL]}
    for name, found in _rows(connection, scope, groups, sorts):
        for number, spread in sorts[name].spreads(found):
            spreads[number][sorts[name].step] = spread
    return spreads


def _of_many(connection: Connection, scope: Scope, total: RowMapping) -> dict[str, Spread]:
    sizes = {step: int(total[f"times_{step}"]) for step in Steps.model_fields}
    wanted = [Wanted(step, n, _Ranks(n).near()) for step, n in sizes.items() if n >= MANY]
    found = ranked(connection, wanted, scope)
    return {step: _spread(sizes[step], values) for step, values in found.items()}


def _sorts(by: By, counts: Counted) -> Iterator[_Sort]:
    for step in Steps.model_fields:
        sizes = {number: counts[number][f"times_{step}"] for number in sorted(counts)}
        reached = {number: int(size) for number, size in sizes.items() if size}
        if whole := reached.pop(TOTAL, 0):
            yield _Sort(step, {TOTAL: whole})
            if by is not By.NONE:
                yield _Sort(step, reached)


def _rows(
    connection: Connection, scope: Scope, groups: Groups, sorts: Mapping[str, _Sort]
) -> Iterable[tuple[str, list[int]]]:
    if not sorts:
        return ()
    fractions = {name: one.fractions() for name, one in sorts.items()}
    statement = " union all ".join(one.sql(groups.number, scope.where) for one in sorts.values())
    return connection.execute(text(statement), {**groups.values, **scope.values, **fractions})


def _spread(n: int, values: Mapping[int, int]) -> Spread:
    ranks, seconds = _Ranks(n), {rank: value / 1_000_000 for rank, value in values.items()}
    return Spread(
        n=n,
        p50=_percentile(ranks, 0.5, seconds),
        p90=_percentile(ranks, 0.9, seconds),
        p50_interval=_span(ranks, 0.5, seconds),
        p90_interval=_span(ranks, 0.9, seconds),
    )


def _percentile(ranks: _Ranks, q: float, seconds: Mapping[int, float]) -> timedelta:
    below, above = ranks.around(q)
    place = q * (ranks.n - 1)
    return _duration(seconds[below] + (place - floor(place)) * (seconds[above] - seconds[below]))


def _span(ranks: _Ranks, q: float, seconds: Mapping[int, float]) -> Span | None:
    low, high = ranks.interval(q)
    return None if low is None or high is None else Span(low=_duration(seconds[low]), high=_duration(seconds[high]))


def _duration(seconds: float) -> timedelta:
    return timedelta(seconds=round(seconds))
