"""No usable number: the customer is asked, and the promise counts from the number's arrival."""

from datetime import timedelta
from uuid import uuid4

from domain.events import EventKind
from domain.messages import Call, ScheduleCallback
from domain.words import AttemptOutcome, Outcome
from tests.workflows import moves
from tests.workflows.conftest import Start
from tests.workflows.playing import Play
from workflows.close_the_loop import CloseTheLoop


async def numberless(start: Start) -> Play:
    return await start(phone=None, promise=None)


async def test_without_a_number_the_customer_is_asked_and_nothing_is_promised(start: Start) -> None:
    play = await numberless(start)
    assert play.steps() == [EventKind.OPENED, EventKind.NUMBER_NEEDED]
    assert play.row().promise_void
    await play.claim()
    by, attempt = play.staff["specialist"], uuid4()
    assert await play.refused(CloseTheLoop.call, Call(by=by, attempt=attempt)) == "no_number"
    soon = ScheduleCallback(by=by, time=await play.now() + timedelta(hours=1))
    assert await play.refused(CloseTheLoop.schedule_callback, soon) == "no_number"
    await play.later(hours=2)
    assert not {EventKind.PROMISE_WARNED, EventKind.PROMISE_BROKEN, EventKind.NOT_CALLED_WARNED} & set(play.steps())


async def test_a_number_given_is_promised_a_call_within_the_hour_of_its_arrival(start: Start) -> None:
    play = await numberless(start)
    await play.later(hours=3)
    await moves.gives_number(play)
    arrived = play.first(EventKind.NUMBER_GIVEN).at
    assert play.row().promise_due == arrived + timedelta(hours=1)
    await play.claim()
    await play.call(AttemptOutcome.REACHED)
    await play.resolve()
    await play.answer()
    assert await play.outcome() is Outcome.ANSWERED
    assert play.row().promise_kept_at
    assert not play.row().promise_void


async def test_the_promise_on_a_number_given_can_break(start: Start) -> None:
    play = await numberless(start)
    await moves.gives_number(play)
    due = play.row().promise_due
    await play.later(minutes=61)
    assert play.count(EventKind.PROMISE_WARNED) == 3
    assert play.first(EventKind.PROMISE_BROKEN).due == due


async def test_a_number_that_turns_out_invalid_is_asked_for_again(start: Start) -> None:
    play = await start()
    await play.claim()
    await play.call(AttemptOutcome.INVALID)
    snapshot = await play.settled()
    assert (snapshot.number_usable, snapshot.promise.void, snapshot.urgent_at) == (False, True, None)
    await moves.gives_number(play)
    snapshot = await play.settled()
    assert (snapshot.number_usable, snapshot.promise.void) == (True, False)
    await play.later(minutes=11)
    assert play.count(EventKind.NOT_CALLED_WARNED) == 1, "its owner's clock starts anew"


async def test_another_number_does_not_mend_a_broken_promise(start: Start) -> None:
    play = await start()
    await play.later(minutes=61)
    await play.claim()
    await play.call(AttemptOutcome.INVALID)
    broken = play.row().promise_broken_at
    await moves.gives_number(play)
    assert (play.row().promise_broken_at, play.row().promise_due) == (broken, broken)


async def test_another_number_does_not_promise_anew_what_was_kept(start: Start) -> None:
    play = await start()
    await play.claim()
    await play.call(AttemptOutcome.REACHED)
    kept = play.row().promise_kept_at
    await play.call(AttemptOutcome.INVALID)
    await moves.gives_number(play)
    await play.later(hours=2)
    assert play.row().promise_kept_at == kept
    assert EventKind.PROMISE_BROKEN not in play.steps()


async def test_a_number_given_when_there_is_one_changes_nothing(start: Start) -> None:
    play = await start()
    before = await play.settled()
    await moves.gives_number(play)
    assert await play.settled() == before


async def test_a_number_is_waited_for_a_week(start: Start) -> None:
    play = await numberless(start)
    await play.later(days=6)
    assert (await play.snapshot()).outcome is None
    await play.later(days=2)
    assert await play.outcome() is Outcome.UNREACHABLE
