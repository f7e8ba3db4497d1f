"""A call at an agreed time: by the customer's link, or as they told the owner; warned of, broken, met."""

from datetime import timedelta

from domain.events import EventKind
from domain.messages import ScheduleCallback
from domain.words import AttemptOutcome, Stage
from tests.workflows import moves
from tests.workflows.conftest import Start
from workflows.close_the_loop import CloseTheLoop

MARGIN = timedelta(minutes=10)


async def test_a_time_chosen_by_link_before_due_takes_the_promises_place(start: Start) -> None:
    play = await start()
    time = await play.now() + timedelta(hours=3)
    await moves.chooses(play, time)
    snapshot = await play.settled()
    assert (snapshot.callback, snapshot.ready_at, snapshot.urgent_at) == (time, time - MARGIN, time)
    assert play.row().promise_moved_at
    assert play.row().promise_due == play.promised
    await play.later(hours=2)
    assert play.steps() == [EventKind.OPENED, EventKind.CALLBACK_AGREED]


async def test_a_time_chosen_after_due_leaves_the_promise_broken(start: Start) -> None:
    play = await start()
    await play.later(minutes=61)
    await moves.chooses(play, await play.now() + timedelta(hours=1))
    snapshot = await play.settled()
    assert snapshot.promise.broken_at
    assert snapshot.promise.moved_at is None


async def test_the_owner_moves_the_promise_only_when_the_customer_asked_to_be_called_later(start: Start) -> None:
    play = await start()
    await play.claim()
    assert (await moves.agree_on(play, await play.now() + timedelta(hours=2))).promise.moved_at is None
    await play.call(AttemptOutcome.ASKED_LATER)
    assert (await moves.agree_on(play, await play.now() + timedelta(hours=3))).promise.moved_at
    assert play.count(EventKind.CALLBACK_AGREED) == 2


async def test_asked_later_without_an_agreed_time_is_the_owners_turn_again(start: Start) -> None:
    play = await start()
    await play.claim()
    await play.later(minutes=5)
    await play.call(AttemptOutcome.ASKED_LATER)
    await play.later(minutes=11)
    assert play.count(EventKind.NOT_CALLED_WARNED) == 1


async def test_an_agreed_callback_is_warned_of_before_and_broken_after_its_time(start: Start) -> None:
    play = await start()
    await play.claim()
    time = await play.now() + timedelta(hours=3)
    await moves.chooses(play, time)
    await play.later(hours=2, minutes=49)
    assert EventKind.CALLBACK_WARNED not in play.steps()
    await play.later(minutes=2)
    assert play.first(EventKind.CALLBACK_WARNED).at - (time - MARGIN) < timedelta(seconds=2)
    await play.later(minutes=18)
    assert EventKind.CALLBACK_BROKEN not in play.steps()
    await play.later(minutes=2)
    assert play.first(EventKind.CALLBACK_BROKEN).due == time
    assert set((await play.snapshot()).alarms) == {EventKind.CALLBACK_BROKEN}
    assert (await play.seen()).messages() == ["request_received", "callback_agreed", "we_are_late"]


async def test_a_call_about_the_agreed_time_meets_it(start: Start) -> None:
    play = await start()
    await moves.chooses(play, await play.now() + timedelta(hours=3))
    await play.later(hours=2, minutes=55)
    await play.claim()
    await play.call(AttemptOutcome.REACHED)
    snapshot = await play.settled()
    assert (snapshot.callback, snapshot.stage, snapshot.promise.kept_at) == (None, Stage.IN_PROGRESS, None)
    await play.later(hours=1)
    assert EventKind.CALLBACK_BROKEN not in play.steps()


async def test_no_answer_at_the_agreed_time_starts_the_no_answer_ladder(start: Start) -> None:
    play = await start()
    await play.claim()
    await moves.chooses(play, await play.now() + timedelta(hours=3))
    await play.later(hours=3)
    await play.call(AttemptOutcome.NO_ANSWER)
    snapshot = await play.settled()
    assert (snapshot.callback, snapshot.tries) == (None, 1)
    assert snapshot.next_attempt


async def test_another_time_replaces_the_first_and_ends_its_alarm(start: Start) -> None:
    play = await start()
    await moves.chooses(play, await play.now() + timedelta(hours=1))
    await play.later(hours=1, minutes=11)
    assert (await play.snapshot()).alarms
    later = await play.now() + timedelta(hours=1)
    await moves.chooses(play, later)
    snapshot = await play.settled()
    assert (snapshot.callback, snapshot.alarms) == (later, {})
    await play.later(hours=1, minutes=11)
    assert play.count(EventKind.CALLBACK_BROKEN) == 2


async def test_a_time_agreed_during_the_call_survives_the_calls_end(start: Start) -> None:
    play = await start()
    await play.claim()
    attempt = await moves.ring(play)
    await moves.answers(play, attempt)
    soon = await play.now() + timedelta(minutes=5)
    await moves.agree_on(play, soon)
    await moves.hangs_up(play, attempt, AttemptOutcome.REACHED)
    assert (await play.settled()).callback == soon


async def test_times_past_or_outside_company_hours_are_refused(start: Start) -> None:
    play = await start()
    owner, now = play.staff["specialist"], await play.now()
    early = ScheduleCallback(by=owner, time=now + timedelta(hours=1))
    assert await play.refused(CloseTheLoop.schedule_callback, early) == "not_the_owner"
    await play.claim()
    past = ScheduleCallback(by=owner, time=now - timedelta(hours=1))
    assert await play.refused(CloseTheLoop.schedule_callback, past) == "in_the_past"
    unknown = ScheduleCallback(by=owner, time=now + timedelta(days=90))
    assert await play.refused(CloseTheLoop.schedule_callback, unknown) == "company_closed"
