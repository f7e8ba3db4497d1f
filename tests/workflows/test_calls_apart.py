"""Where calls have a pace, they wait in a queue of their own and nothing else does; cases under way do not notice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Engine
from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner, Worker

from activities.phone import PhoneActivities
from channels.local import LocalChannels
from settings import Settings
from temporal_client import data_converter
from tests.histories.archive import kept
from tests.workflows.paths import PATHS
from tests.workflows.scene import NamedPath
from worker import SANDBOX, calls_worker_for, worker_for
from workflows.calls_apart import PLACING, CallsApart, calls_queue
from workflows.close_the_loop import CloseTheLoop

SOON = timedelta(seconds=30)
WITH_CALLS = [path for path in PATHS.values() if "call" in path.shows]


@activity.defn(name="place_call")
def place() -> str:
    return activity.info().task_queue


@activity.defn(name="hang_up")
def stop() -> str:
    return activity.info().task_queue


@workflow.defn
class TwoErrands:
    """Asks for a call, and for its end."""

    @workflow.run
    async def run(self) -> list[str]:
        return [
            await workflow.execute_activity(errand, result_type=str, start_to_close_timeout=SOON)
            for errand in ("place_call", "hang_up")
        ]


def test_what_places_a_call_is_called_so() -> None:
    definition = activity._Definition.must_from_callable(PhoneActivities.place_call)
    assert definition.name == PLACING


async def test_only_calls_go_by_the_calls_queue(dev_client: Client) -> None:
    queue = f"apart-{uuid4()}"
    with ThreadPoolExecutor(1) as threads:
        cases = Worker(
            dev_client,
            task_queue=queue,
            workflows=[TwoErrands],
            activities=[place, stop],
            activity_executor=threads,
            workflow_runner=UnsandboxedWorkflowRunner(),
            interceptors=[CallsApart()],
        )
        calls = Worker(dev_client, task_queue=calls_queue(queue), activities=[place], activity_executor=threads)
        async with cases, calls:
            queues = await dev_client.execute_workflow(TwoErrands.run, id=queue, task_queue=queue)
    assert queues == [calls_queue(queue), queue]


@pytest.mark.parametrize(("telephony", "apart"), [("twilio", True), ("local", False)])
async def test_calls_have_a_pace_where_twilio_rings(
    dev_client: Client, engine: Engine, telephony: str, apart: bool
) -> None:
    settings = Settings.model_validate(
        {
            "telephony": telephony,
            "twilio_account_sid": "AC" + "0" * 32,
            "twilio_auth_token": "token",
            "twilio_calls_per_second": 3,
        }
    )
    with LocalChannels(settings.channels_target) as channels:
        cases = worker_for(dev_client, engine, channels, settings)
        calls = calls_worker_for(dev_client, engine, channels.voice, settings)
    assert any(isinstance(one, CallsApart) for one in cases.config()["interceptors"]) is apart
    assert calls.task_queue == calls_queue(cases.task_queue)
    assert calls.config()["max_task_queue_activities_per_second"] == 3


@pytest.mark.parametrize("path", WITH_CALLS, ids=lambda path: path.name)
async def test_cases_under_way_go_on_with_it(path: NamedPath) -> None:
    replayer = Replayer(
        workflows=[CloseTheLoop],
        data_converter=data_converter(Settings(_env_file=None)),
        workflow_runner=SANDBOX,
        interceptors=[CallsApart()],
    )
    await replayer.replay_workflow(kept(path))
