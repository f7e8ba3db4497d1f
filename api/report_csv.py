"""The report as a table: one row for all cases and one for each group, for spreadsheets."""

import csv
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO

from pydantic import BaseModel

from domain.metrics import Change, Interval, Score, Share
from domain.report import CauseCount, Loop, LoopReport, Span, Spread

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""A spreadsheet runs what begins so."""

Cell = str | float | int | None

_NO_ENDS: dict[str, Cell] = {"low": None, "high": None}


def to_csv(report: LoopReport) -> str:
    """Shares and their intervals in 0..1, tNPS in -100..100, durations in seconds; what cannot be given is empty."""
    rows = [_row("total", "", report.total)]
    rows += [_row("group", group.group or "", group.loop) for group in report.groups]
    table = StringIO()
    # The total has every cause there is, so it has every column; a group without a cause has 0 of it.
    writer = csv.DictWriter(table, list(rows[0]), restval=0)
    writer.writeheader()
    writer.writerows(rows)
    return table.getvalue()


def _row(kind: str, group: str, loop: Loop) -> dict[str, Cell]:
    return {"row": kind, "group": _inert(group), **dict(_cells("", loop))}


def _inert(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _cells(name: str, value: object) -> Iterator[tuple[str, Cell]]:
    match value:
        case Share():
            yield from _named(name, n=value.n, count=value.count, share=_short(value.share), **_ends(value.interval))
        case Score():
            kinds = {"promoters": value.promoters, "passives": value.passives, "detractors": value.detractors}
            yield from _named(name, n=value.n, **kinds, score=_short(value.score), **_ends(value.interval))
        case Change():
            counts = {"n": value.n, "up": value.up, "down": value.down}
            yield from _named(name, **counts, net=_short(value.net), **_ends(value.interval))
        case Spread():
            yield from _spread(name, value)
        case BaseModel():
            for field, inner in value:
                yield from _cells(f"{name}_{field}".lstrip("_"), inner)
        case dict():
            yield from _named(name, **value)
        case tuple():
            yield from ((f"cause_{one.cause}", one.count) for one in value if isinstance(one, CauseCount))
        case int():
            yield name, value


def _spread(name: str, spread: Spread) -> Iterator[tuple[str, Cell]]:
    p50, p90 = spread.p50_interval, spread.p90_interval
    yield f"{name}_n", spread.n
    yield f"{name}_p50_seconds", _seconds(spread.p50)
    yield from _named(f"{name}_p50_seconds", **_span(p50))
    yield f"{name}_p90_seconds", _seconds(spread.p90)
    yield from _named(f"{name}_p90_seconds", **_span(p90))


def _named(prefix: str, **cells: Cell) -> Iterator[tuple[str, Cell]]:
    return ((f"{prefix}_{name}", cell) for name, cell in cells.items())


def _ends(interval: Interval | None) -> dict[str, Cell]:
    return {"low": _short(interval.low), "high": _short(interval.high)} if interval else _NO_ENDS


def _span(span: Span | None) -> dict[str, Cell]:
    return {"low": _seconds(span.low), "high": _seconds(span.high)} if span else _NO_ENDS


def _short(number: float | None) -> float | None:
    return None if number is None else round(number, 4)


def _seconds(duration: timedelta | None) -> int | None:
    return None if duration is None else round(duration.total_seconds())
