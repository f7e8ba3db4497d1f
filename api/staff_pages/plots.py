"""Plots as plain SVG: texts and numbers come in as people read them, colours and sizes from the stylesheet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

WIDTH, HEIGHT = 560, 240
LEFT, RIGHT, TOP, BOTTOM = 60, 12, 12, 48
FEW = 30
"""Fewer are shown lighter: look at the interval first."""
_LABELS = 7
"""So many labels fit below a line."""
_ROW, _FIGURES = 48, 180
"""Of a bar chart: the height of a row, its name above its bar, and the room right of the longest bar."""


@dataclass(frozen=True)
class Scale:
    """What the vertical axis runs over, with its lines."""

    low: float
    high: float
    ticks: Sequence[tuple[float, str]]

    def y(self, value: float) -> float:
        """Where a value lies; beyond the axis at its end."""
        inside = min(max(value, self.low), self.high)
        return TOP + (self.high - inside) / (self.high - self.low) * (HEIGHT - TOP - BOTTOM)


@dataclass(frozen=True)
class Point:
    """One week or month; without a value there is a gap."""

    label: str
    told: str
    """What is shown when one points at it."""
    n: int
    value: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Bar:
    """One cause."""

    label: str
    told: str
    figures: str
    count: int


@dataclass(frozen=True)
class _Placed:
    x: float
    y: float
    low: float
    high: float
    point: Point


def line(name: str, points: Sequence[Point], scale: Scale, *, title: str, description: str) -> Markup:
    """Values over time with their 95 % band, and how many each was reckoned from. `name` makes ids, and is ours."""
    step = (WIDTH - LEFT - RIGHT) / max(len(points), 1)
    places = [LEFT + step * (place + 0.5) for place in range(len(points))]
    runs = list(_runs(places, points, scale))
    drawn = [*_grid(scale), *map(_band, runs), *map(_stroke, runs), *_dots(runs), *_labels(places, points)]
    return _svg(name, drawn, HEIGHT, title, description)


def bars(name: str, shown: Sequence[Bar], *, title: str, description: str) -> Markup:
    """The longest first, each with its name and its figures. `name` makes ids, and is ours."""
    most = max((bar.count for bar in shown), default=0) or 1
    drawn = [_bar(bar, row * _ROW, (WIDTH - _FIGURES) * bar.count / most) for row, bar in enumerate(shown)]
    return _svg(name, drawn, max(len(shown), 1) * _ROW, title, description)


def gauge(name: str, share: float | None, low: float, high: float, *, title: str) -> Markup:
    """A share of 0..1 as a bar, its 95 % interval as a line across the bar's end. `name` makes ids, and is ours."""
    parts = [_rect(0, 8, WIDTH, 12, "track")]
    if share is not None:
        parts.append(_rect(0, 8, WIDTH * share, 12, "bar"))
        parts.append(
            _path(f"M{low * WIDTH:.1f} 14H{high * WIDTH:.1f}M{low * WIDTH:.1f} 6v16M{high * WIDTH:.1f} 6v16", "range")
        )
    return _svg(name, parts, 28, title, "")


def _svg(name: str, parts: Sequence[Markup], height: int, title: str, description: str) -> Markup:
    told = Markup('<desc id="{name}-desc">{text}</desc>').format(name=name, text=description) if description else ""
    labels = f"{name}-title {name}-desc" if description else f"{name}-title"
    return Markup(
        '<svg class="plot" viewBox="0 0 {width} {height}" role="img" aria-labelledby="{labels}">'
        '<title id="{name}-title">{title}</title>{told}{parts}</svg>'
    ).format(width=WIDTH, height=height, name=name, labels=labels, title=title, told=told, parts=Markup("").join(parts))


def _runs(places: Sequence[float], points: Sequence[Point], scale: Scale) -> Iterator[list[_Placed]]:
    """The stretches between gaps."""
    placed = [_placed(x, point, scale) for x, point in zip(places, points, strict=True)]
    for present, run in groupby(placed, key=lambda one: one is not None):
        if present:
            yield [one for one in run if one is not None]


def _placed(x: float, point: Point, scale: Scale) -> _Placed | None:
    if point.value is None:
        return None
    low = point.value if point.low is None else point.low
    high = point.value if point.high is None else point.high
    return _Placed(x, scale.y(point.value), scale.y(low), scale.y(high), point)


def _grid(scale: Scale) -> Iterator[Markup]:
    for value, label in scale.ticks:
        y = scale.y(value)
        yield _path(f"M{LEFT} {y:.1f}H{WIDTH - RIGHT}", "zero" if value == 0 else "grid")
        yield _text(LEFT - 6, y + 4, label, "end")


def _band(run: Sequence[_Placed]) -> Markup:
    if len(run) == 1:  # too narrow for an area
        return _path(f"M{run[0].x:.1f} {run[0].low:.1f}V{run[0].high:.1f}", "range")
    edge = [f"{one.x:.1f} {one.high:.1f}" for one in run] + [f"{one.x:.1f} {one.low:.1f}" for one in reversed(run)]
    return _path(f"M{'L'.join(edge)}Z", "band")


def _stroke(run: Sequence[_Placed]) -> Markup:
    return _path("M" + "L".join(f"{one.x:.1f} {one.y:.1f}" for one in run), "line")


def _dots(runs: Sequence[Sequence[_Placed]]) -> Iterator[Markup]:
    for one in (one for run in runs for one in run):
        yield Markup('<circle class="{kind}" cx="{x}" cy="{y}" r="4"><title>{told}</title></circle>').format(
            kind="dot few" if one.point.n < FEW else "dot", x=f"{one.x:.1f}", y=f"{one.y:.1f}", told=one.point.told
        )


def _labels(places: Sequence[float], points: Sequence[Point]) -> Iterator[Markup]:
    every = -(-len(points) // _LABELS) or 1
    for place, (x, point) in enumerate(list(zip(places, points, strict=True))[::every]):
        spare = " spare" if place % 2 else ""  # left out where there is little room
        yield _text(x, HEIGHT - 27, point.label, "middle", f"label{spare}")
        yield _text(x, HEIGHT - 5, f"n={point.n}", "middle", f"label{spare}{' few' if point.n < FEW else ''}")


def _bar(bar: Bar, top: float, width: float) -> Markup:
    return Markup("<g><title>{told}</title>{name}{track}{figures}</g>").format(
        told=bar.told,
        name=_text(0, top + 18, _short(bar.label), "start"),
        track=_rect(0, top + 26, width, _ROW - 32, "bar"),
        figures=_text(width + 6, top + 40, bar.figures, "start"),
    )


def _short(label: str) -> str:
    return label if len(label) <= 45 else f"{label[:44]}…"


def _rect(x: float, y: float, width: float, height: float, kind: str) -> Markup:
    return Markup('<rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{height}"/>').format(
        kind=kind, x=f"{x:.1f}", y=f"{y:.1f}", width=f"{width:.1f}", height=f"{height:.1f}"
    )


def _path(d: str, kind: str) -> Markup:
    return Markup('<path class="{kind}" d="{d}"/>').format(kind=kind, d=d)


def _text(x: float, y: float, text: str, anchor: str, kind: str = "") -> Markup:
    return Markup('<text class="{kind}" x="{x}" y="{y}" text-anchor="{anchor}">{text}</text>').format(
        kind=kind, x=f"{x:.1f}", y=f"{y:.1f}", anchor=anchor, text=text
    )
