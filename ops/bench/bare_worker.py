"""`python -m ops.bench.bare_worker`: runs the bare workflows with the settings of our own worker."""

import asyncio
import signal
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

from temporalio.worker import Worker

from db.engine import engine_for
from lifetime import leave
from ops.bench.bare import Bare, BareActivities
from ops.bench.shaped import Shaped
from settings import Settings, load
from temporal_client import connect
from worker import ACTIVITY_THREADS, SANDBOX, WORKFLOW_TASKS

QUEUE = "bare"


async def main(settings: Settings) -> None:
    """Work until told to stop."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    assert settings.database_url is not None
    activities = BareActivities(engine_for(settings.database_url.get_secret_value(), pool_size=ACTIVITY_THREADS))
    async with Worker(
        await connect(settings),
        task_queue=QUEUE,
        workflows=[Bare, Shaped],
        activities=[activities.note],
        activity_executor=ThreadPoolExecutor(ACTIVITY_THREADS),
        max_concurrent_activities=ACTIVITY_THREADS,
        max_concurrent_workflow_tasks=WORKFLOW_TASKS,
        workflow_runner=replace(SANDBOX, restrictions=SANDBOX.restrictions.with_passthrough_modules("ops")),
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
    ):
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(main(load()))
    leave()
