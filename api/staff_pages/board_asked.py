"""What the board is asked for, as its address tells: period, weeks or months, products, sources."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from api.staff_pages.translations import N_
from domain import periods
from domain.report import By, Question

USUAL = timedelta(days=90)
LONGEST = timedelta(days=3 * 366)
EARLIEST, LATEST = date(2000, 1, 1), date(2199, 12, 31)
PERIODS = (By.WEEK, By.MONTH)
NOT_A_DAY = N_("These are not two days, such as 2026-02-01 and 2026-04-30.")
BACKWARDS = N_("The first day comes after the last one.")
TOO_LONG = N_("The period is longer than three years. Ask for several shorter ones.")
_NAMES, _LONGEST_NAME = 50, 200


class UnclearError(ValueError):
    """The address cannot be understood; the argument is what to tell, to be translated."""


@dataclass(frozen=True)
class Asked:
    """The contact requests of these days, both included; empty names ask for all."""

    first: date
    last: date
    by: By = By.WEEK
    products: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    def question(self, zone: str, goals: Mapping[str, timedelta], now: datetime) -> Question:
        """As the report is asked; days begin in the company's zone."""
        return Question(
            since=periods.midnight(self.first, zone),
            until=periods.midnight(self.last + timedelta(days=1), zone),
            by=self.by,
            zone=zone,
            goals=goals,
            now=now,
            products=self.products,
            sources=self.sources,
        )

    def within(self, first: date, last: date) -> "Asked":
        """The same of a part of these days."""
        return replace(self, first=max(first, self.first), last=min(last, self.last))

    def query(self, **more: str) -> str:
        """The address's part behind the question mark, which asks for just this."""
        asked = [("from", self.first.isoformat()), ("to", self.last.isoformat()), ("by", self.by.value)]
        names = [("product", one) for one in self.products] + [("source", one) for one in self.sources]
        return urlencode([*more.items(), *asked, *names])


def usual(today: date) -> Asked:
    """What is shown to whoever asks for nothing."""
    return Asked(first=today - USUAL + timedelta(days=1), last=today)


def read(query: QueryParams, today: date) -> Asked:
    """What the address asks for; what it leaves out or empty is the usual. UnclearError for no period of ours."""
    last = _day(query.get("to", "")) or today
    first = _day(query.get("from", "")) or max(EARLIEST, usual(last).first)
    if first > last:
        raise UnclearError(BACKWARDS)
    if last - first >= LONGEST:
        raise UnclearError(TOO_LONG)
    by = next((one for one in PERIODS if one == query.get("by")), By.WEEK)
    return Asked(first, last, by, _names(query.getlist("product")), _names(query.getlist("source")))


def _day(typed: str) -> date | None:
    if not typed.strip():
        return None
    try:
        day = date.fromisoformat(typed.strip())
    except ValueError:
        raise UnclearError(NOT_A_DAY) from None
    if not EARLIEST <= day <= LATEST:
        raise UnclearError(NOT_A_DAY)
    return day


def _names(typed: Sequence[str]) -> tuple[str, ...]:
    """Only what can be a name in our tables; another one has no cases anyway."""
    names = (name for name in dict.fromkeys(typed) if name and len(name) <= _LONGEST_NAME and "\0" not in name)
    return tuple(sorted(names)[:_NAMES])
