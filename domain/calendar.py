"""Company hours and civil hours as windows; needs holiday tables and zones, so it runs at intake and in activities."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache, reduce
from itertools import pairwise
from operator import and_
from typing import NamedTuple
from zoneinfo import ZoneInfo

from holidays import country_holidays

from domain.policy import CivilHours, CompanyHours, Hours, Policy
from domain.windows import Span, Windows, utc

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_SECOND = timedelta(seconds=1)

HoursOn = Callable[[date], Iterable[Hours]]


def company_windows(hours: CompanyHours, since: datetime, until: datetime) -> Windows:
    """When the company is open between two instants: its weekly hours, less public holidays.

    A weekend day that the country has made a working day (its day off was moved) has the hours of the last ordinary
    weekday before it: a working Saturday is open like a Friday, also in a company that else rests on Saturdays.
    Raises NotImplementedError on a country code that the `holidays` library does not know.
    """
    if hours.always_open:
        return Windows.whole(since, until)
    return _wall_windows(hours.tz, lambda day: _opening_hours(hours, day), since, until)


def civil_windows(
    civil: CivilHours, zone: str | None, requested_at: datetime | None, since: datetime, until: datetime
) -> Windows:
    """When the customer may decently be rung between two instants.

    `zone` None is an unknown zone: civil is what is civil in all candidate zones at once and, for the first call, the
    grace after `requested_at`; pass `requested_at` None for later calls, which have no grace.
    Raises ZoneInfoNotFoundError on a zone that does not exist.
    """
    if civil.always_civil:
        return Windows.whole(since, until)
    if zone is not None:
        return _civil_in(zone, civil.hours, since, until)
    grace = [] if requested_at is None else [(utc(requested_at), utc(requested_at) + civil.zone_unknown_grace)]
    awake = Windows.of(grace, until=until) & Windows.whole(since, until)
    return awake | _civil_everywhere(civil, since, until)


def calling_windows(
    policy: Policy, zone: str | None, requested_at: datetime | None, since: datetime, until: datetime
) -> Windows:
    """When a call may be made between two instants: the company is open and it is civil for the customer."""
    company = company_windows(policy.company, since, until)
    return company & civil_windows(policy.civil, zone, requested_at, since, until)


def _civil_in(zone: str, hours: Hours, since: datetime, until: datetime) -> Windows:
    return _wall_windows(ZoneInfo(zone), lambda _: (hours,), since, until)


def _civil_everywhere(civil: CivilHours, since: datetime, until: datetime) -> Windows:
    """Without candidates nothing is known to be civil, so nothing is: better late than at night."""
    zones = [_civil_in(zone, civil.hours, since, until) for zone in civil.candidate_zones]
    return reduce(and_, zones) if zones else Windows(until=until)


class _Year(NamedTuple):
    """What a country's calendar changes in one year."""

    closed: frozenset[date]
    working: frozenset[date]
    weekend: frozenset[int]


@lru_cache(maxsize=64)
def _year(country: str, year: int) -> _Year:
    """One table a country and year, for the life of the process: building it takes up to a tenth of a second."""
    table = country_holidays(country, years=year)
    return _Year(frozenset(table), frozenset(table.weekend_workdays), frozenset(table.weekend))


def _opening_hours(company: CompanyHours, day: date) -> tuple[Hours, ...]:
    if company.holidays is None:
        return company.week.get(day.weekday(), ())
    year = _year(company.holidays, day.year)
    if day in year.closed:
        return ()
    return company.week.get(_works_like(day, year).weekday(), ())


def _works_like(day: date, year: _Year) -> date:
    if day not in year.working:
        return day
    return next(day - n * _DAY for n in range(1, 8) if (day - n * _DAY).weekday() not in year.weekend)


def _wall_windows(tz: ZoneInfo, hours_on: HoursOn, since: datetime, until: datetime) -> Windows:
    """Open whenever a clock on a wall there reads a time within the day's hours.

    Summer time needs no rule of its own then: a time that is skipped is never read, one that is repeated is read twice.
    """
    spans = (span for stretch in _stretches(tz, utc(since), utc(until)) for span in stretch.spans(hours_on))
    return Windows.of(spans, until=until)


class _Stretch(NamedTuple):
    """Time between two changes of the clocks: within it, local time is UTC plus one offset."""

    start: datetime
    end: datetime
    offset: timedelta

    def spans(self, hours_on: HoursOn) -> Iterator[Span]:
        """The parts of the stretch that are within the hours of their local day."""
        day, last = (self.start + self.offset).date(), (self.end + self.offset).date()
        while day <= last:
            for hours in hours_on(day):
                yield max(self.start, self._instant(day, hours.start)), min(self.end, self._end(day, hours))
            day += _DAY

    def _instant(self, day: date, reading: time) -> datetime:
        return datetime.combine(day, reading, UTC) - self.offset

    def _end(self, day: date, hours: Hours) -> datetime:
        return self._instant(day + _DAY if hours.end == time(0) else day, hours.end)


def _stretches(tz: ZoneInfo, since: datetime, until: datetime) -> Iterator[_Stretch]:
    bounds = [since, *_changes_between(tz, since, until), until]
    for start, end in pairwise(bounds):
        yield _Stretch(start, end, _offset(tz, start))


def _changes_between(tz: ZoneInfo, since: datetime, until: datetime) -> Iterator[datetime]:
    day, last = since.date(), until.date()
    while day <= last:
        yield from (change for change in _changes(tz, day) if since < change < until)
        day += _DAY


@lru_cache(maxsize=16384)
def _changes(tz: ZoneInfo, day: date) -> tuple[datetime, ...]:
    """When the clocks change on a day in UTC.

    Zones do not tell, so look every hour: none has ever changed them twice in one.
    """
    midnight = datetime.combine(day, time(0), UTC)
    hours = [midnight + n * _HOUR for n in range(25)]
    return tuple(_change(tz, at, then) for at, then in pairwise(hours) if _offset(tz, at) != _offset(tz, then))


def _change(tz: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The second between the two at which the clocks change."""
    old = _offset(tz, before)
    seconds = range((after - before) // _SECOND)
    return before + bisect_left(seconds, True, key=lambda n: _offset(tz, before + n * _SECOND) != old) * _SECOND


def _offset(tz: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(tz).replace(tzinfo=None) - at.replace(tzinfo=None)


def first_call_windows(policy: Policy, zone: str | None, requested_at: datetime, since: datetime) -> Windows | None:
    """When a first call may be made though a later one might not: whose zone is unknown has just been awake.

    None when the zone is known, or the time of grace is over at `since`: the same hours hold for every call.
    """
    until = requested_at + policy.civil.zone_unknown_grace
    return None if zone or until <= since else calling_windows(policy, None, requested_at, since, until)
