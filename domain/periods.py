"""Weeks and months of a calendar: where each begins, and what it is called."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.report import By


def beginnings(by: By, first: date, last: date) -> Iterator[date]:
    """The first days of all weeks or months that have a day from `first` to `last`."""
    day = first - timedelta(days=first.weekday()) if by is By.WEEK else first.replace(day=1)
    while day <= last:
        yield day
        day = after(by, day)


def after(by: By, beginning: date) -> date:
    """Where the next one begins."""
    return beginning + timedelta(weeks=1) if by is By.WEEK else (beginning + timedelta(days=31)).replace(day=1)


def name_of(by: By, beginning: date) -> str:
    """2018-W06 or 2018-02."""
    year, week, _ = beginning.isocalendar()
    return f"{year:04}-W{week:02}" if by is By.WEEK else f"{beginning.year:04}-{beginning.month:02}"


def midnight(day: date, zone: str) -> datetime:
    """When the day begins there."""
    return datetime.combine(day, time(), ZoneInfo(zone))
