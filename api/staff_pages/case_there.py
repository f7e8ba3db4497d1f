"""The customer's clock: what time it is there, and whether it is a decent hour to ring."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.staff_pages.case_zones import place
from api.staff_pages.formats import Formats
from domain.rules import Case
from domain.windows import Windows
from domain.words import Language

FAR = timedelta(days=1)
"""An end that is so far away is not worth telling."""


@dataclass(frozen=True)
class There:
    """Where the customer is; in a zone that is not known, the company's clock stands in."""

    zone: str | None
    place: str
    fmt: Formats
    decent: bool
    """They may be rung now."""
    until: datetime | None
    """Until when, if that ends soon."""
    again: datetime | None
    """From when, if not now."""


def there(case: Case, zone: str | None, company_zone: str, language: Language, at: datetime) -> There:
    """As the rules of the case see it at `at`."""
    decent = case.callable_at(at)
    return There(
        zone=zone,
        place=place(zone, language, at) if zone else "",
        fmt=Formats(language, zone or company_zone, at),
        decent=decent,
        until=_until(case, at) if decent else None,
        again=None if decent else _again(case, at),
    )


def _windows(case: Case) -> Iterator[Windows]:
    yield case.calling
    if case.first_call and case.never_tried:
        yield case.first_call


def _again(case: Case, at: datetime) -> datetime | None:
    """With the next window, or about an agreed time, which may come before it."""
    agreed = case.callback.time - case.policy.agreed_margin if case.callback else None
    firsts = (agreed, *(one.earliest(at) for one in _windows(case)))
    return min((first for first in firsts if first and first > at), default=None)


def _until(case: Case, at: datetime) -> datetime | None:
    ends = [end for one in _windows(case) for start, end in one.spans if start <= at < end]
    last = max(ends, default=case.callback.time + case.policy.agreed_margin if case.callback else at)
    return last if last - at < FAR else None
