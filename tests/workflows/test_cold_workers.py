"""A worker that takes a case over, cold, must write a history that the next one can replay."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from domain.words import AttemptOutcome
from tests.workflows import moves
from tests.workflows.conftest import ROUND_THE_CLOCK, Start, replays

SOON = timedelta(minutes=1)
"""A review due so soon moves the case's timer."""


@pytest.fixture
async def temporal_env(dev_client: Client) -> WorkflowEnvironment:
    return WorkflowEnvironment.from_client(dev_client)


async def test_what_is_asked_right_after_a_restart_replays(working: Callable[[], Worker], begin: Start) -> None:
    """A cold worker may see the end of a projection and the next update in one activation, a replay in two.

    So the order of our commands must not depend on whether the projection was heard of first.
    """
    async with working():
        play = await begin(policy=ROUND_THE_CLOCK.model_copy(update={"review": SOON}))
        await play.settled()
        await play.claim()
        attempt = await moves.ring(play)
        await moves.answers(play, attempt)
        await moves.hangs_up(play, attempt, AttemptOutcome.REACHED)
        await play.settled()
    async with working():
        await moves.escalate(play)
        await play.settled()
        await replays(play.handle)
