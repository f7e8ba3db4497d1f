"""The time-skipping server gives an activity up when its next try would come too late, at whatever instant that is."""

import asyncio
from datetime import timedelta
from uuid import uuid4

from temporalio import activity, workflow
from temporalio.exceptions import ActivityError, ApplicationError, ApplicationErrorCategory
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

PATIENCE = timedelta(hours=1)
MILLISECONDS = 200
"""One of so many deadlines, a millisecond apart, is on a whole second: if the server schedules them as fast."""


@activity.defn
async def fail_once() -> None:
    if activity.info().attempt == 1:
        raise ApplicationError("not yet", category=ApplicationErrorCategory.BENIGN, next_retry_delay=2 * PATIENCE)


@workflow.defn
class TooLate:
    """Says how many of its activities were tried again after their deadline."""

    @workflow.run
    async def run(self) -> int:
        second = workflow.now().replace(microsecond=0)
        given = PATIENCE - (workflow.now() - second)
        tried = await asyncio.gather(*[_within(given - timedelta(milliseconds=late)) for late in range(MILLISECONDS)])
        return sum(tried)


async def _within(patience: timedelta) -> bool:
    try:
        await workflow.execute_activity(
            fail_once, schedule_to_close_timeout=patience, start_to_close_timeout=timedelta(minutes=1)
        )
    except ActivityError:
        return False
    return True


async def test_no_activity_is_tried_after_its_deadline(temporal_env: WorkflowEnvironment) -> None:
    queue = f"deadlines-{uuid4()}"
    runner = UnsandboxedWorkflowRunner()
    async with Worker(
        temporal_env.client, task_queue=queue, workflows=[TooLate], activities=[fail_once], workflow_runner=runner
    ):
        assert await temporal_env.client.execute_workflow(TooLate.run, id=queue, task_queue=queue) == 0
