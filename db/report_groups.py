"""The groups of a report as numbers, which PostgreSQL counts and sorts quickly, and their names."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from db.report_scope import Scope
from domain.periods import beginnings, midnight, name_of
from domain.report import By, Question

GroupKey = int
TOTAL: GroupKey = -1
"""Stands for all cases of the report."""

_EXTENT = "select min(requested_at), max(requested_at) from tally where {where}"


@dataclass(frozen=True)
class Groups:
    """Which group a row of the tally is in: an SQL expression with its values; and the name of each number."""

    number: str
    names: Mapping[GroupKey, str | None]
    values: Mapping[str, object] = field(default_factory=dict)


def groups_of(connection: Connection, question: Question, scope: Scope) -> Groups:
    """The groups of this question; those of a period are only as many as its cases need."""
    match question.by:
        case By.NONE:
            return Groups("0", {})
        case By.WEEK | By.MONTH:
            return _periods(connection, question, scope)
        case by:
            names: dict[GroupKey, str] = dict(iter(connection.execute(text("select id, name from tallyname"))))
            return Groups(f"coalesce({by.value}, 0)", {0: None, **names})


def _periods(connection: Connection, question: Question, scope: Scope) -> Groups:
    first, last = connection.execute(text(_EXTENT.format(where=scope.where)), scope.values).one()
    if first is None:
        return Groups("0", {})
    zone = ZoneInfo(question.zone)
    days = list(beginnings(question.by, first.astimezone(zone).date(), last.astimezone(zone).date()))
    edges = [midnight(day, question.zone) for day in days]
    names = {number: name_of(question.by, day) for number, day in enumerate(days, start=1)}
    return Groups("width_bucket(requested_at, cast(:edges as timestamptz[]))", names, {"edges": edges})
