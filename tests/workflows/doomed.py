"""A worker in a process of its own that is killed, as by kill -9, while it places a call.

Arguments: address of Temporal, database URL.
"""

import asyncio
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor

from temporalio import activity
from temporalio.worker import Worker

from activities.cases import CaseActivities
from activities.phone import Ring, Rung
from db.engine import engine_for
from settings import Settings
from temporal_client import connect
from tests.workflows.playing import Outside
from worker import SANDBOX
from workflows.close_the_loop import CloseTheLoop


class Deadly(Outside):
    """Whoever rings here dies of it."""

    @activity.defn(name="place_call")
    async def place_call(self, ring: Ring) -> Rung:
        os.kill(os.getpid(), signal.SIGKILL)
        return Rung()


async def main(address: str, database_url: str) -> None:
    client = await connect(Settings(_env_file=None, temporal_address=address))
    outside = Deadly()
    cases = CaseActivities(engine_for(database_url), b"secret", outside.tell)
    await Worker(
        client,
        task_queue="test",
        workflows=[CloseTheLoop],
        activities=[cases.record, outside.place_call],
        activity_executor=ThreadPoolExecutor(2),
        workflow_runner=SANDBOX,
    ).run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
