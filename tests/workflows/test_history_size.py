"""What the straight path costs in history, on the real server: the one that skips time writes more of its own."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from domain.messages import CallEnded, CustomerAnswered, SurveyAnswered
from domain.words import AttemptOutcome, Outcome
from tests.workflows import moves
from tests.workflows.conftest import Start
from tests.workflows.playing import PATIENCE, Play
from workflows.close_the_loop import CloseTheLoop

LOGGED, PLACED = 60, 80
"""Budgets in events, when each step waits for the one before. A call by the provider has a POST and two facts more."""


@pytest.fixture
async def temporal_env(dev_client: Client) -> WorkflowEnvironment:
    return WorkflowEnvironment.from_client(dev_client)


async def calm(play: Play) -> None:
    """Wait until nothing is under way, as between the steps of people; not by a query, which costs a workflow task."""
    patience = time.monotonic() + PATIENCE
    while time.monotonic() < patience:
        described = (await play.handle.describe()).raw_description
        if not described.pending_activities and not described.HasField("pending_workflow_task"):
            return
        await asyncio.sleep(0.02)
    raise AssertionError("still busy")


async def reach_by_telephone(play: Play) -> None:
    attempt = await moves.ring(play)
    await calm(play)
    at = await play.now()
    await play.handle.signal(CloseTheLoop.customer_answered, CustomerAnswered(id="answered", at=at, attempt=attempt))
    await calm(play)
    ended = CallEnded(id="ended", at=at, attempt=attempt, outcome=AttemptOutcome.REACHED)
    await play.handle.signal(CloseTheLoop.call_ended, ended)


async def reach_otherwise(play: Play) -> None:
    await moves.log(play, AttemptOutcome.REACHED)


@pytest.mark.parametrize(("reach", "budget"), [(reach_otherwise, LOGGED), (reach_by_telephone, PLACED)])
async def test_the_straight_path_keeps_within_its_budget_of_events(
    start: Start, reach: Callable[[Play], Awaitable[None]], budget: int
) -> None:
    play = await start()
    await calm(play)
    await play.claim()
    await calm(play)
    await reach(play)
    await calm(play)
    await play.resolve()
    await calm(play)
    answered = SurveyAnswered(id="survey", at=await play.now(), solved=True)
    await play.handle.signal(CloseTheLoop.survey_answered, answered)
    assert await play.handle.result() is Outcome.ANSWERED
    events = (await play.handle.fetch_history()).events
    print(f"straight path: {len(events)} events")  # noqa: T201 – the number is what one wants to know
    assert len(events) <= budget
