"""The erasure's workflow: nothing that does not end can keep the rows from being emptied."""

from datetime import timedelta
from uuid import uuid4

import pytest
from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.erasure import Erase
from worker import SANDBOX
from workflows.erasure import UNTIL_CASES_END, UNTIL_PROVIDERS_ANSWER, ErasePeople

LATER = timedelta(hours=6)
TOO_OFTEN = 2 * UNTIL_PROVIDERS_ANSWER // LATER
"""An erasure that has not gone on by then sees the step done after all, and the test fails rather than hangs."""


class Outside:
    """Fails where it is told to, for longer than anybody waits; notes each step that was done."""

    def __init__(self, stuck: str) -> None:
        self.stuck, self.done = stuck, list[str]()

    @activity.defn
    async def end_cases(self, _: Erase) -> None:
        self._step("end_cases")

    @activity.defn
    async def forget_copies(self, _: Erase) -> None:
        self._step("forget_copies")

    @activity.defn
    async def empty_rows(self, _: Erase) -> None:
        self._step("empty_rows")

    def _step(self, name: str) -> None:
        if name == self.stuck and activity.info().attempt < TOO_OFTEN:
            raise ApplicationError("not yet", next_retry_delay=LATER)
        self.done.append(name)


@pytest.mark.parametrize(
    ("stuck", "done", "patience"),
    [
        ("", ["end_cases", "forget_copies", "empty_rows"], timedelta(0)),
        ("end_cases", ["forget_copies", "empty_rows"], UNTIL_CASES_END),
        ("forget_copies", ["end_cases", "empty_rows"], UNTIL_PROVIDERS_ANSWER),
    ],
)
async def test_rows_are_emptied_at_last(
    temporal_env: WorkflowEnvironment, stuck: str, done: list[str], patience: timedelta
) -> None:
    outside, queue, erase = Outside(stuck), f"erasure-{uuid4()}", Erase(erasure=uuid4())
    steps, start = [outside.end_cases, outside.forget_copies, outside.empty_rows], temporal_env.client.start_workflow
    async with Worker(
        temporal_env.client, task_queue=queue, workflows=[ErasePeople], activities=steps, workflow_runner=SANDBOX
    ):
        handle = await start(ErasePeople.run, erase, id=queue, task_queue=queue)
        await handle.result()
    lived = await handle.describe()
    assert outside.done == done
    assert lived.close_time is not None
    assert patience - HARDLY_ANY <= lived.close_time - lived.start_time < patience + HARDLY_ANY


HARDLY_ANY = LATER + timedelta(hours=1)
"""A try that would come too late is not waited for."""
