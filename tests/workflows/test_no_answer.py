"""The no-answer ladder: tried again after 15 minutes, 2 hours and a day, then left with an open door."""

from datetime import timedelta

import pytest

from domain.events import EventKind
from domain.words import AttemptOutcome, Outcome, Stage
from tests.workflows import moves
from tests.workflows.conftest import Start
from workflows.close_the_loop import CloseTheLoop

WAITS = (timedelta(minutes=15), timedelta(hours=2), timedelta(days=1))


async def test_no_answer_keeps_the_promise_and_puts_the_case_back_on_the_desk_when_the_next_attempt_is_due(
    start: Start,
) -> None:
    play = await start()
    await play.claim()
    await play.call(AttemptOutcome.NO_ANSWER)
    snapshot = await play.settled()
    assert (snapshot.stage, snapshot.tries) == (Stage.AWAITING_CALLBACK, 1)
    assert snapshot.promise.kept_at
    planned = play.first(EventKind.NEXT_ATTEMPT_PLANNED)
    assert planned.due is not None
    assert abs(planned.due - planned.at - WAITS[0]) < timedelta(seconds=1)
    assert (snapshot.ready_at, snapshot.urgent_at) == (planned.due, planned.due)
    await play.later(minutes=16)
    due = await play.settled()
    assert play.first(EventKind.NEXT_ATTEMPT_DUE).due == planned.due
    assert due.urgent_at == planned.due, "it is urgent now, not in a day"
    assert (await play.seen()).messages()[1:] == ["tried_to_reach"]


@pytest.mark.parametrize("outcome", [AttemptOutcome.BUSY, AttemptOutcome.UNAVAILABLE, AttemptOutcome.VOICEMAIL])
async def test_no_answer_then_reached_starts_the_ladder_afresh(start: Start, outcome: AttemptOutcome) -> None:
    play = await start()
    await play.claim()
    await play.call(outcome)
    await play.later(minutes=16)
    await play.call(AttemptOutcome.REACHED)
    snapshot = await play.settled()
    assert (snapshot.stage, snapshot.tries, snapshot.next_attempt) == (Stage.IN_PROGRESS, 0, None)
    await play.call(AttemptOutcome.NO_ANSWER)
    assert (await play.settled()).tries == 1


async def test_the_ladder_is_exhausted_after_four_attempts(start: Start) -> None:
    play = await start()
    for wait in (*WAITS, timedelta(0)):
        await play.claim()
        await play.call(AttemptOutcome.NO_ANSWER)
        await play.env.sleep(wait + timedelta(minutes=1) if wait else wait)
    assert await play.outcome() is Outcome.UNREACHABLE
    waits = [row.due - row.at for row in play.timeline() if row.kind == EventKind.NEXT_ATTEMPT_PLANNED if row.due]
    assert [abs(wait - wanted) < timedelta(seconds=1) for wait, wanted in zip(waits, WAITS, strict=True)] == [True] * 3
    assert (await play.seen()).messages()[-1] == "last_message"
    assert len((await play.seen()).rung) == 4


async def test_a_next_attempt_that_is_due_wants_a_call_of_its_owner(start: Start) -> None:
    play = await start()
    await play.claim()
    await play.call(AttemptOutcome.NO_ANSWER)
    await play.later(minutes=16)
    assert EventKind.NOT_CALLED_WARNED not in play.steps()
    await play.later(minutes=10)
    assert play.count(EventKind.NOT_CALLED_WARNED) == 1


async def test_a_next_attempt_that_falls_due_while_it_rings_is_already_being_made(start: Start) -> None:
    play = await start()
    await play.claim()
    await play.call(AttemptOutcome.NO_ANSWER)
    await play.later(minutes=14)
    attempt = await moves.ring(play)
    await play.later(minutes=2)
    await moves.hangs_up(play, attempt, AttemptOutcome.NO_ANSWER)
    await play.later(minutes=30)
    assert not {EventKind.NEXT_ATTEMPT_DUE, EventKind.NOT_CALLED_WARNED} & set(play.steps())
    assert (await play.settled()).owner


async def test_a_follow_up_call_climbs_the_ladder_too(start: Start) -> None:
    play = await start()
    await play.claim()
    await play.call(AttemptOutcome.REACHED)
    await play.call(AttemptOutcome.BUSY)
    snapshot = await play.settled()
    assert (snapshot.stage, snapshot.tries) == (Stage.IN_PROGRESS, 1)
    await play.later(minutes=16)
    assert play.count(EventKind.NEXT_ATTEMPT_DUE) == 1


async def test_an_answered_call_is_on_record_with_whatever_comes_next(start: Start) -> None:
    play = await start()
    await play.claim()
    attempt = await moves.ring(play)
    answered = await play.now()
    await play.tell(CloseTheLoop.customer_answered, moves.answered(play, attempt, at=answered))
    assert EventKind.CUSTOMER_ANSWERED not in play.steps()
    await play.later(minutes=3)
    await moves.agree_on(play, answered + timedelta(hours=2))
    assert play.first(EventKind.CUSTOMER_ANSWERED).at == answered
    await moves.hangs_up(play, attempt, AttemptOutcome.REACHED)
    assert play.count(EventKind.CUSTOMER_ANSWERED) == 1
    assert (await play.settled()).reached_at == answered


async def test_a_wrong_number_is_never_rung_again(start: Start) -> None:
    play = await start()
    await play.claim()
    await play.call(AttemptOutcome.WRONG_NUMBER)
    assert await play.outcome() is Outcome.WRONG_NUMBER
    assert play.row().promise_void
    assert len((await play.seen()).rung) == 1


async def test_somebody_else_who_picks_up_was_not_the_customer(start: Start) -> None:
    play = await start()
    await play.claim()
    attempt = await moves.ring(play)
    await moves.answers(play, attempt)
    await moves.hangs_up(play, attempt, AttemptOutcome.WRONG_NUMBER)
    assert await play.outcome() is Outcome.WRONG_NUMBER
    row = play.row()
    assert (row.reached_at, row.promise_kept_at, row.promise_void) == (None, None, True)


async def test_a_customer_who_refuses_on_the_phone_has_withdrawn(start: Start) -> None:
    play = await start()
    await play.claim()
    await play.call(AttemptOutcome.REFUSED)
    assert await play.outcome() is Outcome.WITHDRAWN
    assert play.row().promise_void
