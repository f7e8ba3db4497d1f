"""Whose case it is: one owner at a time, who calls soon or gives it back."""

import asyncio
from datetime import timedelta

from temporalio.client import WorkflowUpdateFailedError

from domain.events import EventKind
from domain.messages import Assign, Claim, Release
from domain.state import Snapshot
from domain.words import AttemptOutcome, Stage
from tests.workflows import moves
from tests.workflows.conftest import Start
from workflows.close_the_loop import CloseTheLoop


async def test_a_second_claim_is_refused_naming_the_owner(start: Start) -> None:
    play = await start()
    await play.claim()
    code, owner = await play.refusal(CloseTheLoop.claim, Claim(by=play.staff["second"]))
    assert (code, owner) == ("owned_by_another", str(play.staff["specialist"].id))
    assert play.count(EventKind.CLAIMED) == 1


async def test_of_four_claims_at_once_exactly_one_wins(start: Start) -> None:
    play = await start()
    people = [play.staff["specialist"].model_copy(update={"id": by.id}) for by in list(play.staff.values())[:4]]
    asks = (play.ask(CloseTheLoop.claim, Claim(by=by)) for by in people)
    answers = await asyncio.gather(*asks, return_exceptions=True)
    assert sum(isinstance(answer, Snapshot) for answer in answers) == 1
    assert sum(isinstance(answer, WorkflowUpdateFailedError) for answer in answers) == 3
    assert play.count(EventKind.CLAIMED) == 1


async def test_claimed_but_not_called_is_warned_of_after_10_minutes_and_released_after_20(start: Start) -> None:
    play = await start()
    await play.claim()
    claimed = play.first(EventKind.CLAIMED).at
    await play.later(minutes=11)
    assert play.first(EventKind.NOT_CALLED_WARNED).due == claimed + timedelta(minutes=10)
    assert (await play.snapshot()).owner == play.staff["specialist"].id
    await play.later(minutes=10)
    released = play.first(EventKind.NOT_CALLED_RELEASED)
    assert released.due == claimed + timedelta(minutes=20)
    assert released.ref == play.staff["specialist"].id
    assert (await play.snapshot()).owner is None
    await play.claim("second")
    assert (await play.seen()).alerts() == ["new_case", "claimed_not_called", "claim_released"]


async def test_a_call_in_time_stops_that_clock(start: Start) -> None:
    play = await start()
    await play.claim()
    await play.later(minutes=8)
    attempt = await moves.ring(play)
    await play.later(minutes=25)
    await moves.answers(play, attempt)
    await moves.hangs_up(play, attempt, AttemptOutcome.REACHED)
    await play.later(minutes=30)
    assert EventKind.NOT_CALLED_WARNED not in play.steps()


async def test_a_released_case_is_on_the_desk_again(start: Start) -> None:
    play = await start()
    assert await play.refused(CloseTheLoop.release, Release(by=play.staff["specialist"])) == "nobodys"
    await play.claim()
    assert await play.refused(CloseTheLoop.release, Release(by=play.staff["second"])) == "not_the_owner"
    assert (await moves.release(play)).owner is None
    assert play.row().owner_id is None
    await play.later(minutes=25)
    assert EventKind.NOT_CALLED_WARNED not in play.steps()


async def test_a_lead_gives_a_case_to_somebody_whose_clock_then_starts(start: Start) -> None:
    play = await start()
    await play.claim()
    ask = Assign(by=play.staff["specialist"], owner=play.staff["second"].id, comment=play.case)
    assert await play.refused(CloseTheLoop.assign, ask) == "not_your_role"
    await play.later(minutes=9)
    assert (await moves.assign(play, "second")).owner == play.staff["second"].id
    await play.later(minutes=9)
    assert EventKind.NOT_CALLED_WARNED not in play.steps()
    await play.later(minutes=2)
    assert play.count(EventKind.NOT_CALLED_WARNED) == 1


async def test_off_duty_returns_a_case_not_yet_reached(start: Start) -> None:
    play = await start()
    await play.claim()
    await moves.goes_off_duty(play, stand_in="second")
    assert (await play.snapshot()).owner is None
    assert play.count(EventKind.OWNER_LEFT) == 1


async def test_off_duty_names_a_stand_in_for_a_customer_already_reached(start: Start) -> None:
    play = await start()
    await play.claim()
    await play.call(AttemptOutcome.REACHED)
    await moves.goes_off_duty(play, stand_in="second")
    snapshot = await play.settled()
    assert (snapshot.owner, snapshot.stage) == (play.staff["second"].id, Stage.IN_PROGRESS)


async def test_somebody_elses_going_off_duty_changes_nothing(start: Start) -> None:
    play = await start()
    await play.claim()
    await moves.goes_off_duty(play, who="second")
    assert (await play.snapshot()).owner == play.staff["specialist"].id
    assert EventKind.OWNER_LEFT not in play.steps()
