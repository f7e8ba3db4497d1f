"""Company and civil hours against clocks read minute by minute, in zones whose clocks change in odd ways."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calendar import calling_windows, civil_windows, company_windows
from domain.policy import CivilHours, CompanyHours, Hours, Policy

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
CHANGES = [
    ("Europe/Berlin", date(2026, 10, 25)),
    ("Europe/Berlin", date(2027, 3, 28)),
    ("America/New_York", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),  # half an hour
    ("Africa/Cairo", date(2026, 4, 24)),  # midnight does not exist
    ("Africa/Cairo", date(2026, 10, 29)),  # the hour before midnight comes twice
    ("Pacific/Apia", date(2011, 12, 30)),  # the whole day does not exist
    ("Asia/Kathmandu", date(2026, 6, 10)),  # +05:45
    ("Europe/Moscow", date(2026, 6, 10)),
]


@st.composite
def local_hours(draw: st.DrawFn) -> Hours:
    """An interval of a day, often at the hours when clocks change."""
    start = draw(st.integers(0, 1439) | st.integers(0, 240))
    end = draw(st.integers(start + 1, 1440) | st.just(1440))
    return Hours(start=clock(start), end=clock(end % 1440))


def clock(minute: int) -> time:
    """The reading of a clock so many minutes after midnight."""
    return time(minute // 60, minute % 60)


weeks = st.dictionaries(st.integers(0, 6), st.lists(local_hours(), max_size=2).map(tuple), min_size=3)


def within(hours: Hours, reading: time) -> bool:
    """The model: whether a clock's reading is in the interval."""
    return hours.start <= reading and (hours.end == time(0) or reading < hours.end)


def around(day: date) -> list[datetime]:
    """All minutes of a day in UTC and the day before, which hold every zone's change on that day."""
    start = datetime.combine(day, time(0), UTC) - DAY
    return [start + n * MINUTE for n in range(2 * 1440 + 1)]


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(CHANGES), weeks)
def test_a_company_is_open_when_its_clock_says_so(change: tuple[str, date], week: dict[int, tuple[Hours, ...]]) -> None:
    zone, day = change
    minutes = around(day)
    windows = company_windows(CompanyHours(zone=zone, week=week, holidays=None), minutes[0], minutes[-1])
    for at in minutes[:-1]:
        local = at.astimezone(ZoneInfo(zone))
        expected = any(within(hours, local.time()) for hours in week.get(local.weekday(), ()))
        assert windows.contains(at) is expected, at


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(CHANGES), local_hours())
def test_it_is_civil_when_the_customers_clock_says_so(change: tuple[str, date], hours: Hours) -> None:
    zone, day = change
    minutes = around(day)
    windows = civil_windows(CivilHours(hours=hours), zone, minutes[0], minutes[0], minutes[-1])
    for at in minutes[:-1]:
        assert windows.contains(at) is within(hours, at.astimezone(ZoneInfo(zone)).time()), at


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(CHANGES), min_size=1, max_size=3), local_hours(), st.none() | st.integers(0, 2880))
def test_in_an_unknown_zone_only_the_grace_and_what_all_candidates_share_is_civil(
    changes: list[tuple[str, date]], hours: Hours, asked: int | None
) -> None:
    zones, minutes = [zone for zone, _ in changes], around(changes[0][1])
    civil = CivilHours(hours=hours, candidate_zones=tuple(zones))
    requested_at = None if asked is None else minutes[asked]
    windows = civil_windows(civil, None, requested_at, minutes[0], minutes[-1])
    for at in minutes[:-1]:
        grace = requested_at is not None and requested_at <= at < requested_at + civil.zone_unknown_grace
        everywhere = all(within(hours, at.astimezone(ZoneInfo(zone)).time()) for zone in zones)
        assert windows.contains(at) is (grace or everywhere), at


@settings(max_examples=30, deadline=None)
@given(st.datetimes(datetime(2025, 12, 1), datetime(2027, 3, 1)), st.sampled_from([zone for zone, _ in CHANGES]))
def test_a_call_needs_company_hours_and_civil_hours(asked: datetime, zone: str) -> None:
    since = asked.replace(tzinfo=UTC)
    until = since + 3 * DAY
    company = company_windows(Policy().company, since, until)
    civil = civil_windows(Policy().civil, zone, since, since, until)
    assert calling_windows(Policy(), zone, since, since, until) == company & civil


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(CHANGES), weeks, st.timedeltas(timedelta(0), 2 * DAY), st.timedeltas(timedelta(0), 2 * DAY))
def test_a_part_of_the_time_has_that_part_of_the_windows(
    change: tuple[str, date], week: dict[int, tuple[Hours, ...]], one: timedelta, other: timedelta
) -> None:
    zone, day = change
    company, whole = CompanyHours(zone=zone, week=week, holidays=None), around(day)
    since, until = sorted((whole[0] + one, whole[0] + other))
    known = company_windows(company, whole[0], whole[-1])
    part = company_windows(company, since, until)
    assert part.until == until
    assert part.spent(since, until) == known.spent(since, until)
    assert all(since <= start and end <= until for start, end in part.spans)


def open_days(hours: CompanyHours, first: date, days: int) -> list[int]:
    """The days of the month at whose local noon the company is open."""
    noons = [datetime.combine(first + n * DAY, time(12), hours.tz) for n in range(days)]
    windows = company_windows(hours, noons[0] - DAY, noons[-1] + DAY)
    return [noon.day for noon in noons if windows.contains(noon)]


MON_TO_FRI = {day: (Hours(start=time(9), end=time(18)),) for day in range(5)}


@pytest.mark.parametrize(
    ("hours", "first", "expected"),
    [
        pytest.param(CompanyHours(), date(2026, 1, 1), [10, 11, 12, 13, 14], id="New Year, open every other day"),
        pytest.param(CompanyHours(week=MON_TO_FRI), date(2026, 1, 1), [12, 13, 14], id="New Year, Mon-Fri"),
        pytest.param(
            CompanyHours(holidays=None), date(2026, 1, 1), list(range(1, 15)), id="open on holidays by its own choice"
        ),
        pytest.param(
            CompanyHours(week=MON_TO_FRI),
            date(2027, 2, 15),
            [15, 16, 17, 18, 19, 20, 24, 25, 26],
            id="a working Saturday, its Monday off, a holiday on Tuesday",
        ),
        pytest.param(
            CompanyHours(week=MON_TO_FRI, holidays=None),
            date(2027, 2, 15),
            [15, 16, 17, 18, 19, 22, 23, 24, 25, 26],
            id="no country, so no working Saturday either",
        ),
        pytest.param(
            CompanyHours(zone="Europe/Berlin", week=MON_TO_FRI, holidays="DE"),
            date(2026, 12, 21),
            [21, 22, 23, 24, 28, 29, 30, 31],
            id="Christmas in Germany, over the year's end",
        ),
    ],
)
def test_public_holidays_close_and_working_weekends_open(hours: CompanyHours, first: date, expected: list[int]) -> None:
    assert open_days(hours, first, 14)[: len(expected)] == expected


def test_a_working_saturday_is_open_like_a_friday() -> None:
    short_friday = MON_TO_FRI | {4: (Hours(start=time(9), end=time(15)),), 5: (Hours(start=time(11), end=time(12)),)}
    saturday = datetime(2027, 2, 20, tzinfo=ZoneInfo("Europe/Moscow"))
    windows = company_windows(CompanyHours(week=short_friday), saturday, saturday + DAY)
    assert windows.spans == ((saturday.replace(hour=9), saturday.replace(hour=15)),)


def test_always_open_ignores_hours_weekends_and_holidays() -> None:
    since, until = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 8, tzinfo=UTC)
    assert company_windows(CompanyHours(always_open=True), since, until).spans == ((since, until),)


@pytest.mark.parametrize("zone", [None, "Asia/Kamchatka"])
def test_always_civil_ignores_the_zone(zone: str | None) -> None:
    since, until = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 8, tzinfo=UTC)
    assert civil_windows(CivilHours(always_civil=True), zone, None, since, until).spans == ((since, until),)


def test_an_unknown_zone_without_candidates_leaves_only_the_grace() -> None:
    since, until = datetime(2026, 6, 10, tzinfo=UTC), datetime(2026, 6, 12, tzinfo=UTC)
    civil = CivilHours(candidate_zones=())
    assert civil_windows(civil, None, None, since, until).spans == ()
    assert civil_windows(civil, None, since, since, until).spans == ((since, since + civil.zone_unknown_grace),)


def test_the_grace_is_cut_to_the_time_asked_about() -> None:
    since, until = datetime(2026, 6, 10, tzinfo=UTC), datetime(2026, 6, 10, 0, 10, tzinfo=UTC)
    windows = civil_windows(CivilHours(), None, since - 60 * MINUTE, since, until)
    assert windows.spans == ((since, until),)


def test_an_unknown_country_or_zone_is_refused() -> None:
    since, until = datetime(2026, 6, 10, tzinfo=UTC), datetime(2026, 6, 12, tzinfo=UTC)
    with pytest.raises(NotImplementedError):
        company_windows(CompanyHours(holidays="XX"), since, until)
    with pytest.raises(ZoneInfoNotFoundError):
        civil_windows(CivilHours(), "Europe/Atlantis", None, since, until)
