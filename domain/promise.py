"""The callback promise: when a call is due, and when its owner and lead are warned."""

from datetime import datetime, timedelta

from pydantic import AwareDatetime

from domain.calendar import calling_windows
from domain.policy import Fraction, Frozen, Policy
from domain.windows import utc

ONE_DAY = timedelta(days=1)


class Warning(Frozen):
    """When so large a fraction of the promise's counted time has passed."""

    fraction: Fraction
    due: AwareDatetime


class Promise(Frozen):
    """What was promised on a contact request: computed once at intake, stored, and never computed again."""

    requested_at: AwareDatetime
    due: AwareDatetime
    warnings: tuple[Warning, ...]
    """Earliest first."""


def promise_from(policy: Policy, *, requested_at: datetime, zone: str | None) -> Promise | None:
    """The promise on a contact request, counting only time that is company-open and civil for the customer; UTC.

    `zone` None is an unknown zone. None when the promise does not fit within the policy's horizon: there is no (or too
    little) overlap, so the case is flagged instead. A later request may be due earlier when the zone is unknown,
    because its grace is later. Raises what `calling_windows` raises.
    """
    # Nearly every promise is due within a day, and a day of calendar is much cheaper than a week of it.
    near = min(ONE_DAY, policy.promise_horizon)
    found = _within(near, policy, utc(requested_at), zone)
    return found or _within(policy.promise_horizon, policy, utc(requested_at), zone)


def _within(horizon: timedelta, policy: Policy, start: datetime, zone: str | None) -> Promise | None:
    windows = calling_windows(policy, zone, start, start, start + horizon)

    def after(counted: timedelta) -> datetime | None:
        return windows.after(start, counted)

    due = after(policy.promise)
    if due is None:
        return None
    instants = ((fraction, after(policy.promise * fraction)) for fraction in policy.warnings)
    warnings = tuple(Warning(fraction=fraction, due=at) for fraction, at in instants if at is not None)
    return Promise(requested_at=start, due=due, warnings=warnings)
