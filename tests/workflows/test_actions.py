"""What the straight path costs in Temporal's actions, by the server's own metric: it is what a cloud would bill."""

import asyncio
import re
import time
import urllib.request
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from temporalio.testing import WorkflowEnvironment

from domain.messages import SurveyAnswered
from domain.words import Outcome
from ops.ports import free_port
from ops.temporal_server import TemporalServer
from settings import Settings
from temporal_client import connect
from tests.workflows.conftest import Start
from tests.workflows.playing import PATIENCE, Play
from tests.workflows.test_history_size import calm, reach_by_telephone, reach_otherwise
from workflows.close_the_loop import CloseTheLoop

LOGGED, PLACED = 15, 20
"""Budgets in actions."""
SETTLE = 2.5
"""Seconds: the server's counters lag behind, by less than this."""
ACTION = re.compile(r'^action\{[^}]*action_type="(\w+)"[^}]*namespace="default"[^}]*\} (\d+)', re.MULTILINE)
"""Without those of the server's own workflows."""


@dataclass(frozen=True)
class Meter:
    """A server that counts, and that nobody else uses."""

    server: TemporalServer
    port: int

    def counted(self) -> Counter[str]:
        """Actions since the server began, by type."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=PATIENCE) as page:
            found = ACTION.findall(page.read().decode())
        actions = Counter[str]()
        for kind, number in found:
            actions[kind] += int(number)
        return actions

    async def at_last(self, wanted: str, number: int) -> Counter[str]:
        """Once this type has reached its number and nothing has been added for a while."""
        patience = time.monotonic() + 4 * PATIENCE
        before, since = self.counted(), time.monotonic()
        while time.monotonic() < patience:
            await asyncio.sleep(0.25)
            after = self.counted()
            if after != before:
                before, since = after, time.monotonic()
            if before[wanted] >= number and time.monotonic() - since > SETTLE:
                return before
        raise AssertionError(f"{wanted} never came to {number}: {before}")


@pytest.fixture(scope="module")
def meter(short_folder: Path) -> Iterator[Meter]:
    server, port = TemporalServer(port=free_port(), log=short_folder / "metered.log"), free_port()
    server.program = replace(server.program, command=(*server.program.command, "--metrics-port", str(port)))
    with server:
        yield Meter(server, port)


@pytest.fixture
async def temporal_env(meter: Meter) -> WorkflowEnvironment:
    client = await connect(Settings(_env_file=None, temporal_address=meter.server.address))
    return WorkflowEnvironment.from_client(client)


async def straight(play: Play, reach: Callable[[Play], Awaitable[None]]) -> None:
    """Each step waits until nothing of the one before is under way."""
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


@pytest.mark.parametrize(("reach", "budget"), [(reach_otherwise, LOGGED), (reach_by_telephone, PLACED)])
async def test_the_straight_path_keeps_within_its_budget_of_actions(
    start: Start, meter: Meter, reach: Callable[[Play], Awaitable[None]], budget: int
) -> None:
    before = meter.counted()
    play = await start()
    await straight(play, reach)
    events = (await play.handle.fetch_history()).events
    activities = sum(event.HasField("activity_task_scheduled_event_attributes") for event in events)
    scheduled = "command_ScheduleActivityTask"
    spent = await meter.at_last(scheduled, before[scheduled] + activities) - before
    spent.pop("grpc_QueryWorkflow", None)  # asked by the test, not by the path
    print(f"straight path: {spent.total()} actions, {dict(spent)}")  # noqa: T201 – the number is what one wants to know
    assert spent["grpc_StartWorkflowExecution"] == 1, "the metric counts what it is believed to count"
    assert spent.total() <= budget
