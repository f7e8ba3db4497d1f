"""The groups of a report as numbers, which PostgreSQL counts and sorts quickly, and their names."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from domain.report import By, Question

GroupKey = int
TOTAL: GroupKey = -1
"""Stands for all cases of the report."""

_EXTENT = text(
    "select min(requested_at), max(requested_at) from tally where requested_at >= :since and requested_at < :until"
)


@dataclass(frozen=True)
class Groups:
    """Which group a row of the tally is in: an SQL expression with its values; and the name of each number."""

    number: str
    names: Mapping[GroupKey, str | None]
    values: Mapping[str, object] = field(default_factory=dict)


def groups_of(connection: Connection, question: Question) -> Groups:
    """The groups of this question; those of a period are only as many as its cases need."""
    match question.by:
        case By.NONE:
            return Groups("0", {})
        case By.WEEK | By.MONTH:
            return _periods(connection, question)
        case by:
            names: dict[GroupKey, str] = dict(iter(connection.execute(text("select id, name from tallyname"))))
            return Groups(f"coalesce({by.value}, 0)", {0: None, **names})


def _periods(connection: Connection, question: Question) -> Groups:
    first, last = connection.execute(_EXTENT, {"since": question.since, "until": question.until}).one()
    if first is None:
        return Groups("0", {})
    zone = ZoneInfo(question.zone)
    days = list(_beginnings(question.by, first.astimezone(zone).date(), last.astimezone(zone).date()))
    edges = [datetime.combine(day, time(), zone) for day in days]
    names = {number: _name(question.by, day) for number, day in enumerate(days, start=1)}
    return Groups("width_bucket(requested_at, cast(:edges as timestamptz[]))", names, {"edges": edges})


def _beginnings(by: By, first: date, last: date) -> Iterator[date]:
    day = first - timedelta(days=first.weekday()) if by is By.WEEK else first.replace(day=1)
    while day <= last:
        yield day
        day = day + timedelta(weeks=1) if by is By.WEEK else (day + timedelta(days=31)).replace(day=1)


def _name(by: By, day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year:04}-W{week:02}" if by is By.WEEK else f"{day.year:04}-{day.month:02}"
