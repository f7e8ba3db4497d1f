"""Withdrawn: by the customer or in their name; no call and no message follows."""

from uuid import uuid4

from domain.events import EventKind
from domain.messages import Call, Withdraw
from domain.words import AttemptOutcome, Outcome, Stage
from tests.workflows import moves
from tests.workflows.conftest import Start
from workflows.close_the_loop import CloseTheLoop


async def test_withdrawn_by_the_customer_before_due_leaves_the_promise_uncounted(start: Start) -> None:
    play = await start()
    await play.later(minutes=20)
    await moves.customer_withdraws(play)
    assert await play.outcome() is Outcome.WITHDRAWN
    assert play.row().promise_void
    assert play.steps() == [EventKind.OPENED, EventKind.WITHDRAWN, EventKind.CLOSED]
    assert (await play.seen()).messages() == ["request_received"]
    assert (await play.seen()).alerts() == ["new_case"]


async def test_withdrawn_by_the_customer_after_due_leaves_it_broken(start: Start) -> None:
    play = await start()
    await play.later(minutes=61)
    await moves.customer_withdraws(play)
    assert await play.outcome() is Outcome.WITHDRAWN
    row = play.row()
    assert row.promise_broken_at
    assert not row.promise_void


async def test_withdrawn_while_ringing_closes_when_the_call_has_ended(start: Start) -> None:
    play = await start()
    await play.claim()
    attempt = await moves.ring(play)
    await moves.customer_withdraws(play)
    snapshot = await play.settled()
    assert (snapshot.outcome, snapshot.urgent_at) == (Outcome.WITHDRAWN, None)
    assert (await play.seen()).hung_up == [attempt]
    another = Call(by=play.staff["specialist"], attempt=uuid4())
    assert await play.refused(CloseTheLoop.call, another) == "closed"
    await moves.hangs_up(play, attempt, AttemptOutcome.NO_ANSWER)
    assert await play.outcome() is Outcome.WITHDRAWN
    assert EventKind.NEXT_ATTEMPT_PLANNED not in play.steps()
    assert play.steps()[-2:] == [EventKind.ATTEMPT_ENDED, EventKind.CLOSED]
    assert (await play.seen()).messages() == ["request_received"]


async def test_withdrawn_while_they_speak_does_not_cut_them_off(start: Start) -> None:
    play = await start()
    await play.claim()
    attempt = await moves.ring(play)
    await moves.answers(play, attempt)
    await moves.withdraw(play)
    assert not (await play.seen()).hung_up
    await moves.hangs_up(play, attempt, AttemptOutcome.REACHED)
    assert await play.outcome() is Outcome.WITHDRAWN


async def test_withdrawn_while_ringing_asks_soon_after_a_call_whose_end_is_lost(start: Start) -> None:
    play = await start()
    await play.claim()
    attempt = await moves.ring(play)
    await moves.customer_withdraws(play)
    await play.later(minutes=2)
    assert await play.outcome() is Outcome.WITHDRAWN
    assert (await play.seen()).hung_up == [attempt]
    assert play.steps()[-2:] == [EventKind.ATTEMPT_ENDED, EventKind.CLOSED]


async def test_withdrawn_during_the_final_survey_ends_the_asking_and_keeps_the_resolution(start: Start) -> None:
    play = await start()
    await play.claim()
    await play.call(AttemptOutcome.REACHED)
    await play.resolve()
    await moves.customer_withdraws(play)
    assert await play.outcome() is Outcome.NO_ANSWER
    assert play.row().resolved_at
    assert (await play.seen()).messages() == ["request_received", "final_survey"]


async def test_withdrawn_by_the_owner_is_counted_and_reported(start: Start) -> None:
    play = await start()
    stranger = Withdraw(by=play.staff["second"], reason=uuid4())
    assert await play.refused(CloseTheLoop.withdraw, stranger) == "not_the_owner"
    await play.claim()
    await moves.withdraw(play)
    assert await play.outcome() is Outcome.WITHDRAWN
    row = play.row()
    assert (row.stage, row.promise_void) == (Stage.CLOSED, False)
    assert play.first(EventKind.WITHDRAWN).by == play.staff["specialist"].id
    assert (await play.seen()).alerts() == ["new_case", "withdrawn"]


async def test_withdrawn_by_a_lead_without_owning_it(start: Start) -> None:
    play = await start()
    await moves.withdraw(play, who="lead")
    assert await play.outcome() is Outcome.WITHDRAWN
