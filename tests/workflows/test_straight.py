"""The straight path: called within the hour, solved, asked, answered."""

from domain.events import EventKind
from domain.words import AttemptOutcome, Outcome, Stage
from tests.workflows.conftest import Start


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
        EventKind.PROMISE_KEPT,
        EventKind.CUSTOMER_REACHED,
        EventKind.ATTEMPT_ENDED,
        EventKind.RESOLVED,
        EventKind.SURVEY_ANSWERED,
        EventKind.CLOSED,
    ]
    assert play.outside.messages() == ["request_received", "final_survey"]
    assert len(play.outside.rung) == 1
