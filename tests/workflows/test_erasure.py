"""A person who is erased: their case ends wherever it stands, and tells nobody."""

import pytest

from domain.events import EventKind
from domain.words import AttemptOutcome, Outcome, Stage
from tests.workflows import moves
from tests.workflows.conftest import Start


async def test_an_open_case_ends_at_once_and_its_promise_is_not_counted(start: Start) -> None:
    play = await start()
    await play.claim()
    await moves.is_erased(play)
    assert await play.outcome() is Outcome.ERASED
    assert play.steps()[-2:] == [EventKind.ERASED, EventKind.CLOSED]
    assert play.row().promise_void
    assert (await play.seen()).messages() == ["request_received"]


async def test_a_ringing_telephone_stops(start: Start) -> None:
    play = await start()
    await play.claim()
    attempt = await moves.ring(play)
    await moves.is_erased(play)
    assert (await play.seen()).hung_up == [attempt]
    await moves.hangs_up(play, attempt, AttemptOutcome.TECHNICAL)
    assert await play.outcome() is Outcome.ERASED


async def test_a_resolved_case_asks_nothing_more_and_keeps_its_resolution(start: Start) -> None:
    play = await start()
    await play.claim()
    await play.call(AttemptOutcome.REACHED)
    await play.resolve()
    await moves.is_erased(play)
    assert await play.outcome() is Outcome.ERASED
    row = play.row()
    assert (row.stage, row.solved, row.promise_void) == (Stage.CLOSED, True, False)


@pytest.mark.parametrize("acknowledged", [False, True])
async def test_a_closed_case_keeps_its_outcome_and_its_alarms_end(start: Start, *, acknowledged: bool) -> None:
    play = await start()
    await play.claim()
    await play.call(AttemptOutcome.REACHED)
    await play.resolve()
    await play.answer(solved=False)
    if acknowledged:
        await moves.acknowledge(play)
    else:
        await moves.is_erased(play)
    assert await play.outcome() is Outcome.ANSWERED
    assert (EventKind.ERASED in play.steps()) is not acknowledged
    assert not play.row().snapshot["alarms"]
