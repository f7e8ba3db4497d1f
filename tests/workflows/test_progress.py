"""While a case is in work: idle cases nudge, the 24-hour goal is watched, the calendar is extended."""

from datetime import timedelta

from domain.events import EventKind
from domain.messages import ResponseAmended
from domain.policy import Policy
from domain.words import AttemptOutcome
from tests.workflows import moves
from tests.workflows.conftest import ROUND_THE_CLOCK, Start
from workflows.close_the_loop import CloseTheLoop

SLOW_GOAL = Policy.model_validate({**ROUND_THE_CLOCK.model_dump(), "goal": timedelta(days=30)})


async def test_an_idle_case_nudges_its_owner_every_24_hours(start: Start) -> None:
    play = await start(policy=SLOW_GOAL)
    await play.claim()
    await play.call(AttemptOutcome.REACHED)
    await play.later(hours=23)
    await play.tell(CloseTheLoop.response_amended, ResponseAmended(id="amended", at=await play.now()))
    await play.later(hours=23)
    assert EventKind.IDLE_NUDGED not in play.steps(), "the customer's amendment was a step"
    await play.later(hours=2)
    assert play.count(EventKind.IDLE_NUDGED) == 1
    await play.later(hours=24)
    assert play.count(EventKind.IDLE_NUDGED) == 2
    assert (await play.seen()).alerts()[-1] == "idle"


async def test_a_case_that_waits_for_an_agreed_time_or_second_line_is_not_idle(start: Start) -> None:
    play = await start(policy=SLOW_GOAL)
    await play.claim()
    await play.call(AttemptOutcome.REACHED)
    await moves.agree_on(play, await play.now() + timedelta(days=3))
    await play.later(days=2)
    await moves.escalate(play)
    await play.later(days=2)
    assert EventKind.IDLE_NUDGED not in play.steps()


async def test_the_goal_of_24_hours_missed_is_told_to_the_lead_once(start: Start) -> None:
    play = await start()
    await play.claim()
    await play.call(AttemptOutcome.REACHED)
    await play.later(days=3)
    assert play.count(EventKind.GOAL_MISSED) == 1
    assert play.first(EventKind.GOAL_MISSED).due == play.opening.requested_at + timedelta(hours=24)
    assert play.row().goal_missed
    assert (await play.seen()).alerts().count("goal_missed") == 1


async def test_a_case_resolved_within_24_hours_misses_no_goal(start: Start) -> None:
    play = await start()
    await play.claim()
    await play.call(AttemptOutcome.REACHED)
    await play.resolve()
    await play.later(days=1, hours=12)
    assert not play.row().goal_missed


async def test_a_case_that_outlives_its_calendar_has_it_extended(start: Start) -> None:
    play = await start()
    await play.claim()
    await play.call(AttemptOutcome.REACHED)
    await play.later(days=20)
    await moves.agree_on(play, await play.now() + timedelta(days=3))
    await play.call(AttemptOutcome.NO_ANSWER)


async def test_an_amended_response_is_told_to_the_owner(start: Start) -> None:
    play = await start()
    await play.claim()
    await play.tell(CloseTheLoop.response_amended, ResponseAmended(id="amended", at=await play.now()))
    assert play.count(EventKind.RESPONSE_AMENDED) == 1
    await play.later(minutes=1)
    assert (await play.seen()).alerts() == ["new_case", "response_amended"]
