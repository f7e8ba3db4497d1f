"""What holds for every promise, whenever and wherever it was asked for."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calendar import calling_windows
from domain.policy import CivilHours, CompanyHours, Hours, Policy
from domain.promise import Promise, promise_from

ZONES = [
    "Europe/Moscow",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Vladivostok",
    "Australia/Lord_Howe",
    "Africa/Cairo",
]
LUNCH = (Hours(start=time(9), end=time(13)), Hours(start=time(14), end=time(18)))
COMPANIES = [
    CompanyHours(),
    CompanyHours(week=dict.fromkeys(range(5), LUNCH)),
    CompanyHours(zone="Europe/Berlin", week=dict.fromkeys(range(7), LUNCH), holidays="DE"),
    CompanyHours(zone="America/New_York", always_open=True),
]

instants = st.datetimes(datetime(2025, 10, 1), datetime(2027, 11, 30), timezones=st.just(UTC)) | st.sampled_from(
    [
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2027, 3, 28, 0, 30, tzinfo=UTC),
        datetime(2027, 2, 19, 14, 40, tzinfo=UTC),
    ]
)
durations = st.timedeltas(timedelta(seconds=1), timedelta(hours=12))
policies = st.builds(
    Policy, promise=durations, company=st.sampled_from(COMPANIES), promise_horizon=st.just(timedelta(days=4))
)
zones = st.sampled_from(ZONES)


@settings(max_examples=150, deadline=None)
@given(policies, instants, st.none() | zones)
def test_exactly_the_promised_time_is_counted_until_due(
    policy: Policy, requested_at: datetime, zone: str | None
) -> None:
    promise = promise_from(policy, requested_at=requested_at, zone=zone)
    windows = calling_windows(policy, zone, requested_at, requested_at, requested_at + policy.promise_horizon)
    if promise is None:
        assert windows.spent(requested_at, windows.until) < policy.promise
        return
    assert windows.spent(requested_at, promise.due) == policy.promise
    assert any(start < promise.due <= end for start, end in windows.spans)
    for warning in promise.warnings:
        assert windows.spent(requested_at, warning.due) == policy.promise * warning.fraction


@settings(max_examples=100, deadline=None)
@given(policies, instants, st.none() | zones)
def test_warnings_rise_between_the_request_and_due(policy: Policy, requested_at: datetime, zone: str | None) -> None:
    promise = promise_from(policy, requested_at=requested_at, zone=zone)
    if promise is not None:
        order = [requested_at, *(warning.due for warning in promise.warnings), promise.due]
        assert order == sorted(order)
        assert tuple(warning.fraction for warning in promise.warnings) == policy.warnings


@settings(max_examples=100, deadline=None)
@given(policies, instants, zones, st.timedeltas(timedelta(0), timedelta(days=3)))
def test_a_later_request_is_never_due_earlier(policy: Policy, early: datetime, zone: str, wait: timedelta) -> None:
    first = promise_from(policy, requested_at=early, zone=zone)
    second = promise_from(policy, requested_at=early + wait, zone=zone)
    if first is not None and second is not None:
        assert first.due <= second.due


@settings(max_examples=50, deadline=None)
@given(instants, st.none() | zones, st.timedeltas(timedelta(seconds=1), timedelta(days=7)))
def test_open_and_civil_at_all_times_a_promise_is_wall_clock_time(
    requested_at: datetime, zone: str | None, promised: timedelta
) -> None:
    always = Policy(promise=promised, company=CompanyHours(always_open=True), civil=CivilHours(always_civil=True))
    promise = promise_from(always, requested_at=requested_at, zone=zone)
    assert promise is not None
    assert promise.due == requested_at + promised


@given(instants)
@settings(max_examples=20, deadline=None)
def test_a_promise_survives_json(requested_at: datetime) -> None:
    promise = promise_from(Policy(promise_horizon=timedelta(days=20)), requested_at=requested_at, zone="Europe/Moscow")
    assert promise is not None
    assert Promise.model_validate_json(promise.model_dump_json()) == promise


def test_a_request_without_a_zone_on_its_time_is_refused() -> None:
    with pytest.raises(ValueError, match="no zone"):
        promise_from(Policy(), requested_at=datetime(2026, 6, 10, 12), zone=None)
