"""The board's plots and the figures beside them: each week or month of the period, those without cases too."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from babel.dates import format_date
from markupsafe import Markup

from api.staff_pages import plots
from api.staff_pages.board_asked import Asked
from api.staff_pages.board_words import FIGURES, WON_BACK, Figure
from api.staff_pages.formats import Formats
from api.staff_pages.translations import N_, said
from domain import periods
from domain.metrics import Interval, Score, Share
from domain.report import By, Counts, Loop, LoopReport, loop_of
from domain.words import Language

NOBODY = loop_of(Counts(), times={}, outcomes={}, causes={})
SHOWN_CAUSES = 12
BAND = N_(
    "The band is the 95 percent interval. Points of fewer than 30 are lighter; where nobody was counted is a gap."
)
TNPS = N_("tNPS: would recommend us")
CAUSES = N_("Causes")
CAUSES_TOLD = N_("Cases worked to the end by cause, the most frequent first, with their share of all so far.")
OTHER_CAUSES = N_("All other causes")


@dataclass(frozen=True)
class Stretch:
    """One week or month: what it is called, what asks for just its cases, and its numbers."""

    label: str
    name: str
    asked: Asked
    loop: Loop


@dataclass(frozen=True)
class Cause:
    """How many cases were resolved with it, and with it and all more frequent ones."""

    code: str
    name: str
    count: int
    share: float
    so_far: float


def stretches(asked: Asked, report: LoopReport, language: Language) -> list[Stretch]:
    """Every week or month with a day in the period, cut to it."""
    loops = {group.group: group.loop for group in report.groups}
    return [
        Stretch(
            label=_label(asked.by, day, language),
            name=_name(asked.by, day, language),
            asked=asked.within(day, periods.after(asked.by, day) - timedelta(days=1)),
            loop=loops.get(periods.name_of(asked.by, day), NOBODY),
        )
        for day in periods.beginnings(asked.by, asked.first, asked.last)
    ]


def causes(report: LoopReport, names: Mapping[str, str]) -> list[Cause]:
    """The most frequent first."""
    whole, so_far, found = sum(one.count for one in report.total.causes), 0, list[Cause]()
    for one in report.total.causes:
        so_far += one.count
        found.append(Cause(one.cause, names.get(one.cause, one.cause), one.count, one.count / whole, so_far / whole))
    return found


class Drawing:
    """Plots in one language."""

    def __init__(self, language: Language, formats: Formats) -> None:
        self._language, self._formats = language, formats

    def tnps(self, shown: Sequence[Stretch]) -> Markup:
        """The score by week or month."""
        points = [self._point(one, one.loop.survey.tnps) for one in shown]
        ticks = [(value, self._formats.number(value)) for value in (-100, -50, 0, 50, 100)]
        return plots.line(
            "tnps", points, plots.Scale(-100, 100, ticks), title=self._said(TNPS), description=self._said(BAND)
        )

    def share(self, figure: Figure, shown: Sequence[Stretch]) -> Markup:
        """A share by week or month."""
        points = [self._point(one, figure.of(one.loop)) for one in shown]
        ticks = [(value, self._formats.percent(value)) for value in (0, 0.25, 0.5, 0.75, 1)]
        return plots.line(
            figure.key, points, plots.Scale(0, 1, ticks), title=self._said(figure.name), description=self._said(BAND)
        )

    def gauge(self, figure: Figure, loop: Loop) -> Markup:
        """A share of the whole period."""
        share, ends = figure.of(loop), figure.of(loop).interval or Interval(low=0, high=0)
        title = f"{self._said(figure.name)}: {self._told(share)}"
        return plots.gauge(f"gauge-{figure.key}", share.share, ends.low, ends.high, title=title)

    def causes(self, found: Sequence[Cause]) -> Markup:
        """A Pareto: the few that make most."""
        bars = [self._bar(one.name, one.count, one.so_far) for one in found[:SHOWN_CAUSES]]
        if rest := sum(one.count for one in found[SHOWN_CAUSES:]):
            bars.append(self._bar(self._said(OTHER_CAUSES), rest, 1.0))
        return plots.bars("causes", bars, title=self._said(CAUSES), description=self._said(CAUSES_TOLD))

    def _bar(self, name: str, count: int, so_far: float) -> plots.Bar:
        figures = f"{self._formats.number(count)} · Σ {self._formats.percent(round(so_far, 2))}"
        return plots.Bar(label=name, told=f"{name}: {figures}", figures=figures, count=count)

    def _point(self, stretch: Stretch, measured: Share | Score) -> plots.Point:
        value, ends = _value(measured), measured.interval
        return plots.Point(
            label=stretch.label,
            told=f"{stretch.name}: {self._told(measured)}",
            n=measured.n,
            value=value,
            low=ends.low if ends else None,
            high=ends.high if ends else None,
        )

    def _told(self, measured: Share | Score) -> str:
        value, ends, as_text = _value(measured), measured.interval, self._written(measured)
        if value is None or ends is None:
            return f"n = {measured.n}"
        number = self._formats.number(measured.n)
        return f"{as_text(value)} ({as_text(ends.low)} … {as_text(ends.high)}), n = {number}"

    def _written(self, measured: Share | Score) -> Callable[[float], str]:
        if isinstance(measured, Share):
            return self._formats.percent
        return lambda value: self._formats.number(round(value))

    def _said(self, text: str) -> str:
        return said(self._language, text)


TRENDS = tuple(figure for figure in FIGURES if figure.key in ("solved", "kept", "reached"))
"""The shares that are drawn by week or month."""
GAUGES = (*FIGURES, WON_BACK)


def _value(measured: Share | Score) -> float | None:
    return measured.share if isinstance(measured, Share) else measured.score


def _label(by: By, beginning: date, language: Language) -> str:
    return format_date(beginning, "d MMM" if by is By.WEEK else "LLL yy", locale=language.value)


def _name(by: By, beginning: date, language: Language) -> str:
    if by is By.MONTH:
        return format_date(beginning, "LLLL y", locale=language.value)
    days = (beginning, beginning + timedelta(days=6))
    return " – ".join(format_date(day, "d MMM y", locale=language.value) for day in days)
