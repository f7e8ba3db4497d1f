"""The times a customer may choose to be called at."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

from domain.calendar import calling_windows, company_windows
from domain.policy import Policy
from domain.windows import Windows, utc


class Offer(NamedTuple):
    """What can be chosen, in the zone it is shown in."""

    zone: str
    starts: tuple[datetime, ...]
    slot: timedelta

    @property
    def clock(self) -> str:
        """How a start is written: a policy of short slots needs the seconds to tell them apart."""
        return "%H:%M:%S" if self.slot % timedelta(minutes=1) else "%H:%M"

    @property
    def tz(self) -> ZoneInfo:
        """The zone it is shown in."""
        return ZoneInfo(self.zone)

    def by_day(self) -> list[tuple[date, list[datetime]]]:
        """The starts, in local time, under the local day of each."""
        local = (start.astimezone(self.tz) for start in self.starts)
        return [(day, list(starts)) for day, starts in groupby(local, key=datetime.date)]


def offer(policy: Policy, zone: str | None, now: datetime) -> Offer:
    """Slots of the next days in which the company is open and it is civil for the customer.

    In an unknown zone nobody can tell what is civil: company hours are shown in the company's zone, for the
    customer to choose from.
    """
    since, until = utc(now) + policy.slot_notice, utc(now) + policy.slots_ahead
    if zone is None:
        shown, windows = policy.company.zone, company_windows(policy.company, since, until)
    else:
        shown, windows = zone, calling_windows(policy, zone, None, since, until)
    return Offer(shown, tuple(_starts(windows, ZoneInfo(shown), policy.slot)), policy.slot)


def _starts(windows: Windows, tz: ZoneInfo, slot: timedelta) -> Iterator[datetime]:
    for opens, closes in windows.spans:
        start = _next_on_the_clock(opens, tz, slot)
        while start + slot <= closes:
            yield start
            start += slot


def _next_on_the_clock(at: datetime, tz: ZoneInfo, slot: timedelta) -> datetime:
    """By the wall clock there: some zones are a quarter of an hour off."""
    clock = at.astimezone(tz).replace(tzinfo=None)
    past = (clock - clock.replace(hour=0, minute=0, second=0, microsecond=0)) % slot
    return at + (slot - past if past else timedelta(0))
