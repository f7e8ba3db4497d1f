"""Facts that arrive while no worker runs: the case opens first, then hears them."""

from collections.abc import Callable

from temporalio.worker import Worker

from domain.events import EventKind
from domain.messages import CustomerWithdrew, ResponseAmended
from domain.words import Outcome
from tests.workflows.conftest import Start, replays
from workflows.close_the_loop import CloseTheLoop


async def test_a_fact_waiting_before_the_first_step_comes_after_the_opening(
    begin: Start, working: Callable[[], Worker]
) -> None:
    play = await begin()
    await play.handle.signal(CloseTheLoop.response_amended, ResponseAmended(id="a", at=await play.now()))
    await play.handle.signal(CloseTheLoop.customer_withdrew, CustomerWithdrew(id="b", at=await play.now()))
    async with working():
        assert await play.outcome() is Outcome.WITHDRAWN
    assert play.steps() == [
        EventKind.OPENED,
        EventKind.RESPONSE_AMENDED,
        EventKind.WITHDRAWN,
        EventKind.CLOSED,
    ]
    await replays(play.handle)
