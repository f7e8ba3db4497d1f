"""The straight path: called within the hour, solved, asked, answered."""

from uuid import uuid4

from domain.events import EventKind
from domain.messages import Call, Claim, LogAttempt
from domain.words import AttemptOutcome, Outcome, Stage
from tests.workflows import moves
from tests.workflows.conftest import Start
from workflows.close_the_loop import CloseTheLoop


async def test_the_straight_loop_closes_with_its_promise_kept(start: Start) -> None:
    play = await start()
    await play.later(minutes=5)
    await play.claim()
    await play.call(AttemptOutcome.REACHED)
    assert (await play.resolve()).stage is Stage.RESOLVED
    await play.answer()
    assert await play.outcome() is Outcome.ANSWERED
    assert play.steps() == [
        EventKind.OPENED,
        EventKind.CLAIMED,
        EventKind.CALL_STARTED,
        EventKind.CUSTOMER_ANSWERED,
        EventKind.ATTEMPT_ENDED,
        EventKind.PROMISE_KEPT,
        EventKind.CUSTOMER_REACHED,
        EventKind.RESOLVED,
        EventKind.SURVEY_ANSWERED,
        EventKind.CLOSED,
    ]
    assert (await play.seen()).messages() == ["request_received", "final_survey"]
    assert len((await play.seen()).rung) == 1


async def test_a_repeated_update_id_gets_the_same_reply_and_rings_nobody_twice(start: Start) -> None:
    play = await start()
    claim = Claim(by=play.staff["specialist"])
    first = await play.ask(CloseTheLoop.claim, claim, id="tap")
    assert await play.ask(CloseTheLoop.claim, claim, id="tap") == first
    call = Call(by=play.staff["specialist"], attempt=uuid4())
    ringing = await play.ask(CloseTheLoop.call, call, id="ring")
    assert await play.ask(CloseTheLoop.call, call, id="ring") == ringing
    assert (await play.seen()).rung == [call.attempt]
    assert play.steps() == [EventKind.OPENED, EventKind.CLAIMED, EventKind.CALL_STARTED]


async def test_an_attempt_is_made_once_under_whatever_update_id(start: Start) -> None:
    play = await start()
    await play.claim()
    made = await play.call(AttemptOutcome.NO_ANSWER)
    by = play.staff["specialist"]
    assert await play.refused(CloseTheLoop.call, Call(by=by, attempt=made)) == "attempt_known"
    again = LogAttempt(by=by, attempt=made, outcome=AttemptOutcome.REACHED)
    assert await play.refused(CloseTheLoop.log_attempt, again) == "attempt_known"


async def test_a_logged_call_keeps_the_promise_and_says_that_it_was_logged(start: Start) -> None:
    play = await start()
    await play.claim()
    snapshot = await moves.log(play, AttemptOutcome.REACHED)
    assert snapshot.stage is Stage.IN_PROGRESS
    assert snapshot.promise.kept_by_log
    assert play.row().promise_kept_by_log
    assert not (await play.seen()).rung


async def test_a_claim_repeated_by_its_owner_changes_nothing(start: Start) -> None:
    play = await start()
    await play.claim()
    await play.call(AttemptOutcome.REACHED)
    before = await play.settled()
    await play.later(minutes=5)
    assert await play.claim() == before
    await play.settled()


async def test_nothing_is_resolved_before_the_customer_was_reached_nor_twice(start: Start) -> None:
    play = await start()
    await play.claim()
    assert await play.refused(CloseTheLoop.resolve, play.resolution()) == "not_reached"
    await play.call(AttemptOutcome.REACHED)
    assert await play.refused(CloseTheLoop.resolve, play.resolution("second")) == "not_the_owner"
    await play.resolve()
    assert await play.refused(CloseTheLoop.resolve, play.resolution()) == "closed"
    assert play.count(EventKind.RESOLVED) == 1
