"""Policy is data: every duration, ladder and calendar of a case, validated once and carried by its workflow."""

from datetime import time, timedelta
from typing import Annotated, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

_ZONES = frozenset(available_timezones()) - {"Factory", "localtime", "posixrules"}
"""Without the names that are no place."""


def _known_zone(name: str) -> str:
    if name not in _ZONES:
        raise ValueError(f"{name!r} is not an IANA time zone such as Europe/Moscow")
    return name


Zone = Annotated[str, AfterValidator(_known_zone)]
Fraction = Annotated[float, Field(gt=0, lt=1)]
Positive = Annotated[timedelta, Field(gt=timedelta(0))]


class Frozen(BaseModel):
    """A value: equal by content, unchangeable, and strict about unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Hours(Frozen):
    """One interval of a day, local time; `end` 00:00 means midnight at the day's end."""

    start: time
    end: time

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.end != time(0) and self.end <= self.start:
            raise ValueError(f"an interval must end after it starts, not {self.start}–{self.end}")
        return self


def _every_day() -> dict[int, tuple[Hours, ...]]:
    return {day: (Hours(start=time(9), end=time(21)),) for day in range(7)}


class CompanyHours(Frozen):
    """When the company is open: its zone, its intervals by weekday (0 = Monday), and whose public holidays close it."""

    zone: Zone = "Europe/Moscow"
    week: dict[int, tuple[Hours, ...]] = Field(default_factory=_every_day)
    holidays: str | None = "RU"
    """Country code of the `holidays` library; None keeps the company open on public holidays."""
    always_open: bool = False
    """24/7 mode: hours, weekends and holidays are ignored."""

    @property
    def tz(self) -> ZoneInfo:
        """The company's zone."""
        return ZoneInfo(self.zone)


class CivilHours(Frozen):
    """When it is decent to ring a customer, in the customer's own zone."""

    hours: Hours = Hours(start=time(9), end=time(21))
    zone_unknown_grace: Positive = timedelta(minutes=90)
    """Zone unknown: so long after the request the customer is surely awake, they have just asked for a call."""
    candidate_zones: tuple[Zone, ...] = ("Europe/Kaliningrad", "Europe/Moscow", "Asia/Yekaterinburg", "Asia/Kamchatka")
    """Zone unknown: later calls must be civil in all of these at once."""
    always_civil: bool = False
    """Development and demo only: a customer may be rung at any hour."""


class Policy(Frozen):
    """The promises of one company, or of one form. Running cases keep the policy they were opened with."""

    name: str = "standard"
    promise: Positive = timedelta(minutes=60)
    warnings: tuple[Fraction, ...] = (0.5, 0.75, 0.9)
    """Fractions of the counted promise at which the owner, then the lead, is warned."""
    company: CompanyHours = CompanyHours()
    civil: CivilHours = CivilHours()
    promise_horizon: Positive = timedelta(days=7)
    """No overlap of company and civil hours within this time: flagged, and asked by e-mail."""
    claimed_not_called: Positive = timedelta(minutes=10)
    """A claimed case without a call: warned after this time, released after twice this time. Second line's answer is
    to be told within it."""
    retries: tuple[Positive, ...] = (timedelta(minutes=15), timedelta(hours=2), timedelta(days=1))
    """The no-answer ladder: waits before the next attempt; one more attempt than waits in all."""
    agreed_margin: Positive = timedelta(minutes=10)
    """An agreed callback is warned of so long before it, and broken so long after it."""
    slot: Positive = timedelta(minutes=30)
    """By link the customer chooses a callback among the times that lie so far apart, by the clock."""
    slot_notice: Positive = timedelta(minutes=15)
    """Nearer than this a call cannot be prepared, so no slot is offered."""
    slots_ahead: Positive = timedelta(days=7)
    """Slots are offered for so long ahead."""
    attempt_limit: Positive = timedelta(minutes=40)
    """A call attempt without an end after this time is reconciled by asking the provider."""
    number_wait: Positive = timedelta(days=7)
    """A customer without a usable number is waited for so long."""
    review: Positive = timedelta(hours=4)
    """Open hours in which second line answers; the same again for its lead, then the owner tells the customer."""
    idle: Positive = timedelta(hours=24)
    """A case in work without any step for so long nudges its owner."""
    goal: Positive = timedelta(hours=24)
    """Wall-clock goal from the contact request to the resolution."""
    survey_reminder: Positive = timedelta(days=2)
    survey_expiry: Positive = timedelta(days=7)
    alarm_repeat: Positive = timedelta(minutes=5)
    """An unacknowledged alarm repeats after this time, then after twice as long, and so on."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if list(self.warnings) != sorted(set(self.warnings)):
            raise ValueError("warnings must rise, without repeats")
        if self.survey_reminder >= self.survey_expiry:
            raise ValueError("the final survey must be reminded of before it expires")
        return self
