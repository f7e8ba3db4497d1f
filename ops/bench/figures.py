"""What a bench finds out: samples, their quantiles, and lines of the table."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import median


class Verdict(StrEnum):
    """How a line stands to its goal."""

    MET = "met"
    MISSED = "MISSED"
    REPORTED = "reported"


@dataclass(frozen=True)
class Line:
    """One line of the table; texts as they are printed."""

    what: str
    ours: str
    baseline: str = "–"
    ratio: str = "–"
    goal: str = "–"
    verdict: Verdict = Verdict.REPORTED
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    """Lines that were measured together on one system."""

    title: str
    lines: list[Line]
    notes: tuple[str, ...] = field(default=())
    """What holds for all of them: channel, concurrency, what the baseline is."""


def quantile(samples: Sequence[float], fraction: float) -> float:
    """The smallest sample that so large a fraction does not exceed. ValueError without samples."""
    if not samples:
        raise ValueError("nothing was measured")
    return sorted(samples)[max(0, math.ceil(fraction * len(samples)) - 1)]


def spread(rounds: Sequence[float], unit: str = "") -> str:
    """Median of the rounds, with the least and the most: the noise."""
    middle, least, most = median(rounds), min(rounds), max(rounds)
    if len(rounds) == 1:
        return f"{short(middle)}{unit}"
    return f"{short(middle)}{unit} ({short(least)}–{short(most)}, {len(rounds)} rounds)"


def ratios(ours: Sequence[float], baseline: Sequence[float]) -> list[float]:
    """Round by round: neighbours in time share their noise."""
    return [mine / theirs for mine, theirs in zip(ours, baseline, strict=True)]


def short(value: float) -> str:
    """Three significant digits."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def milliseconds(seconds: float) -> str:
    """For people; seconds from ten of them on."""
    return f"{short(seconds)} s" if seconds >= 10 else f"{short(seconds * 1000)} ms"


def at_least(value: float, goal: float) -> Verdict:
    """Whether more is enough."""
    return Verdict.MET if value >= goal else Verdict.MISSED


def below(value: float, goal: float) -> Verdict:
    """Whether less is little enough."""
    return Verdict.MET if value < goal else Verdict.MISSED
