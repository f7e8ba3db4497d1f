"""Known stretches of open time as plain UTC instants: the only calendar arithmetic that may run inside a workflow."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Annotated, Self

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, PlainSerializer, model_validator

from domain.policy import Frozen

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def utc(at: datetime) -> datetime:
    """The same instant in UTC. ValueError on a naive time: it would silently be read in this machine's zone."""
    if at.tzinfo is None:
        raise ValueError(f"{at} has no zone")
    return at.astimezone(UTC)


def _from_epoch(value: object) -> object:
    """Ours, not pydantic's reading: that one takes large numbers for milliseconds."""
    return _EPOCH + timedelta(seconds=value) if isinstance(value, int | float) else value


def _to_epoch(at: datetime) -> int | float:
    """A double keeps microseconds exactly until the year 2242; nearly all instants are whole seconds and stay ints."""
    seconds = (at - _EPOCH).total_seconds()
    return int(seconds) if seconds.is_integer() else seconds


Instant = Annotated[AwareDatetime, BeforeValidator(_from_epoch), AfterValidator(utc), PlainSerializer(_to_epoch)]
"""A UTC instant that is written as seconds since 1970, because windows are stored in every history."""
Span = tuple[Instant, Instant]


class Windows(Frozen):
    """When it is open, as far as is known: sorted spans that neither overlap nor touch; a span's end is closed."""

    until: Instant
    """The horizon: what comes after it is unknown, not closed."""
    spans: tuple[Span, ...] = ()

    @model_validator(mode="after")
    def _orderly(self) -> Self:
        instants = [instant for span in self.spans for instant in span]
        if any(later <= earlier for earlier, later in pairwise(instants)):
            raise ValueError("spans must rise, without overlapping or touching")
        if instants and instants[-1] > self.until:
            raise ValueError("a span must not reach beyond the horizon")
        return self

    @classmethod
    def of(cls, spans: Iterable[Span], *, until: datetime) -> Self:
        """Windows from spans in any order and any zone; overlaps are merged, the rest is cut at the horizon."""
        horizon = utc(until)
        return cls(until=horizon, spans=_merged(((utc(start), utc(end)) for start, end in spans), horizon))

    @classmethod
    def whole(cls, since: datetime, until: datetime) -> Self:
        """One window from `since` to the horizon."""
        return cls.of([(since, until)], until=until)

    def contains(self, at: datetime) -> bool:
        """Whether it is open at this instant; the end of a window is closed, and so is all that is unknown."""
        return any(start <= at < end for start, end in self.spans)

    def earliest(self, at: datetime) -> datetime | None:
        """The first open instant not before `at`; None when no more is known."""
        return next((max(start, utc(at)) for start, end in self.spans if end > at), None)

    def after(self, start: datetime, duration: timedelta) -> datetime | None:
        """When so much open time has passed since `start`; None when that is beyond the horizon.

        Time that ends exactly with a window is up at that window's end. Nothing left to pass (zero or less) means the
        first open instant.
        """
        left = max(duration, timedelta(0))
        for begin, end in self._from(utc(start)):
            if begin + left <= end:
                return begin + left
            left -= end - begin
        return None

    def spent(self, start: datetime, end: datetime) -> timedelta:
        """How much known open time lies between two instants; zero when they are the wrong way round."""
        return sum((min(close, end) - begin for begin, close in self._from(utc(start)) if begin < end), timedelta(0))

    def __and__(self, other: Self) -> Self:
        """Open in both, as far as both are known."""
        both = ((max(a, c), min(b, d)) for a, b in self.spans for c, d in other.spans)
        return self.of(both, until=min(self.until, other.until))

    def __or__(self, other: Self) -> Self:
        """Open in either, as far as both are known."""
        return self.of((*self.spans, *other.spans), until=min(self.until, other.until))

    def _from(self, start: datetime) -> Iterable[Span]:
        return ((max(begin, start), end) for begin, end in self.spans if end > start)


def _merged(spans: Iterable[Span], until: datetime) -> tuple[Span, ...]:
    merged: list[Span] = []
    for start, end in sorted((start, min(end, until)) for start, end in spans):
        if end <= start:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)
