"""Promises reckoned by hand: requested and due as the company's clock shows them, except where a zone is named."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.policy import CivilHours, CompanyHours, Hours, Policy
from domain.promise import promise_from


def hours(*intervals: str) -> tuple[Hours, ...]:
    """Intervals of a day, each like "09:00-18:00"."""
    edges = [interval.split("-") for interval in intervals]
    return tuple(Hours(start=time.fromisoformat(start), end=time.fromisoformat(end)) for start, end in edges)


def on(days: range, *intervals: str) -> dict[int, tuple[Hours, ...]]:
    """A week with the same intervals on some days."""
    return dict.fromkeys(days, hours(*intervals))


MON_TO_FRI, DAILY = range(5), range(7)
ALWAYS_CIVIL = CivilHours(always_civil=True)

STANDARD = Policy()
"""Moscow, every day 09-21 but RU holidays; civil 09-21; 60 minutes."""
OFFICE = Policy(company=CompanyHours(week=on(MON_TO_FRI, "09:00-18:00")))
LUNCH = Policy(company=CompanyHours(week=on(DAILY, "09:00-13:00", "14:00-18:00")))
LATE = Policy(company=CompanyHours(week=on(DAILY, "09:00-00:00")), civil=ALWAYS_CIVIL)
LATE_START = Policy(company=CompanyHours(week=on(DAILY, "10:00-18:00")))
LONG_HORIZON = STANDARD.model_copy(update={"promise_horizon": timedelta(days=14)})
OFFICE_LONG_HORIZON = OFFICE.model_copy(update={"promise_horizon": timedelta(days=14)})
DEMO = Policy(promise=timedelta(seconds=20), company=CompanyHours(always_open=True), civil=ALWAYS_CIVIL)


def berlin(*intervals: str, promise: timedelta = timedelta(hours=1)) -> Policy:
    """A company in Berlin with these hours every day, whose customers may be rung at any hour."""
    company = CompanyHours(zone="Europe/Berlin", week=on(DAILY, *intervals), holidays="DE")
    return Policy(promise=promise, company=company, civil=ALWAYS_CIVIL)


ALL_DAY = berlin("00:00-00:00")
NIGHT = berlin("22:00-00:00", "00:00-06:00", promise=timedelta(hours=4))
TILL_HALF_PAST_TWO = berlin("00:00-02:30", "05:00-08:00")
FROM_HALF_PAST_TWO = berlin("02:30-06:00")

MOSCOW, VLADIVOSTOK, HONOLULU = "Europe/Moscow", "Asia/Vladivostok", "Pacific/Honolulu"

EXAMPLES = [
    # Wed, open and civil: 12:00 + 60 min.
    ("weekday noon", STANDARD, MOSCOW, "2026-06-10T12:00", "2026-06-10T13:00"),
    # The grace runs to 13:30, so the whole hour is civil: 12:00 + 60 min.
    ("weekday noon, zone unknown", STANDARD, None, "2026-06-10T12:00", "2026-06-10T13:00"),
    # Closed since 21:00; Thu opens at 09:00 + 60 min.
    ("21:50, Moscow", STANDARD, MOSCOW, "2026-06-10T21:50", "2026-06-11T10:00"),
    # The grace ends while closed; Kaliningrad (+2) is civil from 10:00, Kamchatka (+12) until 12:00: Thu 10:00 + 60.
    ("21:50, zone unknown", STANDARD, None, "2026-06-10T21:50", "2026-06-11T11:00"),
    # 30 min of grace until the company closes at 21:00; 30 more from 10:00, when it is civil everywhere.
    ("20:30, zone unknown", STANDARD, None, "2026-06-10T20:30", "2026-06-11T10:30"),
    # 20:30 to 21:00 is 30 min; Thu 09:00 + 30.
    ("20:30, Moscow", STANDARD, MOSCOW, "2026-06-10T20:30", "2026-06-11T09:30"),
    # Grace 08:00-09:30 gives 09:00-09:30, 30 min; 30 more from 10:00.
    ("08:00, zone unknown", STANDARD, None, "2026-06-10T08:00", "2026-06-10T10:30"),
    # Open to the end of the day: exactly 60 min fit before 21:00.
    ("20:00, Moscow", STANDARD, MOSCOW, "2026-06-10T20:00", "2026-06-10T21:00"),
    # Fri 17:40 to 18:00 is 20 min; Mon 09:00 + 40.
    ("Friday evening", OFFICE, MOSCOW, "2026-06-05T17:40", "2026-06-08T09:40"),
    # Thu 20 min; Fri 12 June is Russia Day, then a weekend; Mon 09:00 + 40.
    ("before a long weekend", OFFICE, MOSCOW, "2026-06-11T17:40", "2026-06-15T09:40"),
    # Holidays 1-8 Jan, 9 Jan moved from the 3rd; first open Sat 10 Jan 09:00, more than 7 days away.
    ("1 January", STANDARD, MOSCOW, "2026-01-01T12:00", None),
    # The same, seen 14 days ahead: Sat 10 Jan 09:00 + 60.
    ("1 January, two weeks' horizon", LONG_HORIZON, MOSCOW, "2026-01-01T12:00", "2026-01-10T10:00"),
    # The same for Mon-Fri: Mon 12 Jan 09:00 + 60.
    ("1 January, office", OFFICE_LONG_HORIZON, MOSCOW, "2026-01-01T12:00", "2026-01-12T10:00"),
    # The horizon is Sat 10 Jan 12:00: opens 09:00 + 60.
    ("3 January", STANDARD, MOSCOW, "2026-01-03T12:00", "2026-01-10T10:00"),
    # Exactly 7 days before Sat 10 Jan 10:00: the promise just fits.
    ("3 January, to the minute", STANDARD, MOSCOW, "2026-01-03T10:00", "2026-01-10T10:00"),
    # Fri 20 min; Sat 20 Feb 2027 works like a Friday: 09:00 + 40.
    ("before a working Saturday", OFFICE, MOSCOW, "2027-02-19T17:40", "2027-02-20T09:40"),
    # Sat 20 min; Sun closed, Mon 22 off for the Saturday, Tue 23 a holiday; Wed 09:00 + 40.
    ("after a working Saturday", OFFICE, MOSCOW, "2027-02-20T17:40", "2027-02-24T09:40"),
    # Sat 1 Nov 2025 works for Mon 3 Nov: 12:00 + 60.
    ("on a working Saturday", OFFICE, MOSCOW, "2025-11-01T12:00", "2025-11-01T13:00"),
    # 12:30 to 13:00 is 30 min; lunch; 14:00 + 30.
    ("lunch break", LUNCH, MOSCOW, "2026-06-10T12:30", "2026-06-10T14:30"),
    # 23:30 to 24:00 is 30 min; next day 09:00 + 30.
    ("open until midnight", LATE, MOSCOW, "2026-06-10T23:30", "2026-06-11T09:30"),
    # Vladivostok is 7 h ahead: its 21:00 is 14:00 here, 30 min; Thu 09:00 here is 16:00 there, + 30.
    ("Vladivostok", STANDARD, VLADIVOSTOK, "2026-06-10T13:30", "2026-06-11T09:30"),
    # Honolulu is 13 h behind: civil 22:00-10:00 here, company 09-21: 09:00-10:00 each day, all of it.
    ("Honolulu, one hour a day", STANDARD, HONOLULU, "2026-06-10T12:00", "2026-06-11T10:00"),
    # Civil ends at 10:00 here, when the company opens: never both.
    ("no overlap", LATE_START, HONOLULU, "2026-06-10T12:00", None),
    # 01:30 CET, 30 min to 02:00 = 03:00 CEST, 30 more.
    ("spring night, 24 h", ALL_DAY, None, "2027-03-28T01:30+01:00", "2027-03-28T03:30+02:00"),
    # 02:30 CEST, 30 min to 03:00 CEST = 02:00 CET, 30 more: the clock shows 02:30 again.
    ("autumn night, 24 h", ALL_DAY, None, "2026-10-25T02:30+02:00", "2026-10-25T02:30+01:00"),
    # 23:30 CET + 4 h = 03:30 CET = 04:30 CEST; open throughout.
    ("spring night shift", NIGHT, None, "2027-03-27T23:30+01:00", "2027-03-28T04:30+02:00"),
    # 23:30 CEST + 4 h = 03:30 CEST = 02:30 CET; open throughout.
    ("autumn night shift", NIGHT, None, "2026-10-24T23:30+02:00", "2026-10-25T02:30+01:00"),
    # 01:30 to 02:00 is 30 min; the clock goes to 03:00, past closing; 05:00 + 30.
    ("spring, closing in the gap", TILL_HALF_PAST_TWO, None, "2027-03-28T01:30+01:00", "2027-03-28T05:30+02:00"),
    # Half a second less until 02:00, so half a second more after 05:30.
    (
        "the same, half a second later",
        TILL_HALF_PAST_TWO,
        None,
        "2027-03-28T01:30:00.5+01:00",
        "2027-03-28T05:30:00.5+02:00",
    ),
    # 02:30 is skipped, so it opens as the clock jumps to 03:00: + 60.
    ("spring, opening in the gap", FROM_HALF_PAST_TWO, None, "2027-03-28T01:30+01:00", "2027-03-28T04:00+02:00"),
    # 15 min to 02:30 CEST; 30 min from 02:00 to 02:30 CET; 05:00 + 15.
    ("autumn, closing twice", TILL_HALF_PAST_TWO, None, "2026-10-25T02:15+02:00", "2026-10-25T05:15+01:00"),
    # 02:30-03:00 CEST is 30 min; closed 02:00-02:30 CET; 02:30 CET + 30.
    ("autumn, opening twice", FROM_HALF_PAST_TWO, None, "2026-10-25T01:00+02:00", "2026-10-25T03:00+01:00"),
    # Always open and civil: 12:00:05 + 20 s.
    ("demo", DEMO, None, "2026-06-10T12:00:05", "2026-06-10T12:00:25"),
]


def instant(written: str, zone: ZoneInfo) -> datetime:
    """An instant as written with an offset, else as the zone's clock shows it."""
    at = datetime.fromisoformat(written)
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("policy", "zone", "requested", "due"),
    [example[1:] for example in EXAMPLES],
    ids=[example[0] for example in EXAMPLES],
)
def test_due_is_what_is_reckoned_by_hand(policy: Policy, zone: str | None, requested: str, due: str | None) -> None:
    tz = policy.company.tz
    promise = promise_from(policy, requested_at=instant(requested, tz), zone=zone)
    assert (promise and promise.due) == (due and instant(due, tz))


def test_warnings_come_at_fractions_of_the_counted_time() -> None:
    # Fri 17:40, closing at 18:00: 30 min are up on Mon at 09:10, 45 at 09:25, 54 at 09:34.
    tz = OFFICE.company.tz
    promise = promise_from(OFFICE, requested_at=instant("2026-06-05T17:40", tz), zone=MOSCOW)
    assert promise is not None
    assert [(warning.fraction, warning.due.astimezone(tz).strftime("%a %H:%M")) for warning in promise.warnings] == [
        (0.5, "Mon 09:10"),
        (0.75, "Mon 09:25"),
        (0.9, "Mon 09:34"),
    ]
