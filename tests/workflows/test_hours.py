"""Hours: no call at night, none when the company and the customer are never awake together."""

from datetime import UTC, datetime, time, timedelta
from uuid import uuid4

from domain.events import EventKind
from domain.messages import Call
from domain.policy import CivilHours, CompanyHours, Hours, Policy
from domain.words import AttemptOutcome
from tests.workflows import moves
from tests.workflows.conftest import Start
from workflows.close_the_loop import CloseTheLoop


def closed_now() -> Policy:
    """Civil only in two hours that begin six hours from now, and no grace worth the name."""
    opens = datetime.now(UTC) + timedelta(hours=6)
    hours = Hours(start=time(min(opens.hour, 21)), end=time(min(opens.hour, 21) + 2))
    civil = CivilHours(hours=hours, zone_unknown_grace=timedelta(seconds=1), candidate_zones=("UTC",))
    return Policy(company=CompanyHours(always_open=True), civil=civil)


def never_together() -> Policy:
    nights = {day: (Hours(start=time(1), end=time(5)),) for day in range(7)}
    company = CompanyHours(zone="UTC", week=nights, holidays=None)
    civil = CivilHours(candidate_zones=("UTC",), zone_unknown_grace=timedelta(seconds=1))
    return Policy(company=company, civil=civil)


async def test_a_customer_of_unknown_zone_is_not_rung_at_night(start: Start) -> None:
    play = await start(policy=closed_now())
    await play.later(minutes=5)
    await play.claim()
    ask = Call(by=play.staff["specialist"], attempt=uuid4())
    assert await play.refused(CloseTheLoop.call, ask) == "not_a_civil_hour"
    assert not (await play.seen()).rung
    assert play.promised - play.opening.requested_at > timedelta(hours=1)


async def test_an_agreed_time_may_be_rung_at_any_hour_but_only_about_then(start: Start) -> None:
    play = await start(policy=closed_now())
    await play.later(minutes=1)
    await play.claim()
    await moves.chooses(play, await play.now() + timedelta(minutes=30))
    ask = Call(by=play.staff["specialist"], attempt=uuid4())
    assert await play.refused(CloseTheLoop.call, ask) == "not_a_civil_hour"
    await play.later(minutes=45)
    assert await play.refused(CloseTheLoop.call, ask) == "not_a_civil_hour"
    await moves.chooses(play, await play.now() + timedelta(minutes=15))
    await play.later(minutes=15)
    await play.call(AttemptOutcome.REACHED)


async def test_the_next_attempt_waits_for_a_civil_hour(start: Start) -> None:
    policy = closed_now()
    play = await start(policy=policy)
    await play.claim()
    await moves.log(play, AttemptOutcome.NO_ANSWER)
    next_attempt = (await play.settled()).next_attempt
    assert next_attempt
    assert next_attempt.timetz().replace(tzinfo=None) == policy.civil.hours.start


async def test_hours_that_never_overlap_are_flagged_and_the_customer_is_asked(start: Start) -> None:
    play = await start(policy=never_together())
    snapshot = await play.settled()
    assert play.steps() == [EventKind.OPENED, EventKind.NO_OVERLAP]
    assert (snapshot.promise.due, set(snapshot.alarms)) == (None, {EventKind.NO_OVERLAP})
    await play.later(minutes=6)
    assert (await play.seen()).messages() == ["number_needed"]
    assert (await play.seen()).alerts() == ["no_overlap", "no_overlap"]


async def test_an_agreed_time_ends_that_alarm(start: Start) -> None:
    play = await start(policy=never_together())
    await moves.chooses(play, await play.now() + timedelta(hours=4))
    assert not (await play.settled()).alarms
