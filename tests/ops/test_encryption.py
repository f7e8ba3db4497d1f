"""A case on a real server that has nothing to read: encrypted, switched on under way, with a key that is missing."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Engine
from temporalio import activity, workflow
from temporalio.api.enums.v1 import EventType
from temporalio.api.failure.v1 import Failure
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle, WorkflowHistory, WorkflowUpdateFailedError
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError
from temporalio.worker import Replayer, Worker

from activities.cases import CaseActivities
from db.columns import now
from domain.messages import Claim, CustomerWithdrew, Release
from domain.words import Outcome
from ops.temporal_server import TemporalServer
from temporal_client import connect, data_converter
from tests.api.staff_desk import Desk, desk_over
from tests.ops.payload_keys_of import NEW, OLD, OTHER, payloads_in, settings_with
from tests.workflows.playing import Outside
from worker import SANDBOX
from workflows.close_the_loop import CloseTheLoop

SECRET = "Anna told us her number"
Case = WorkflowHandle[CloseTheLoop, Outcome]
With = Callable[..., Awaitable[Client]]


@workflow.defn(sandboxed=False)
class Blurt:
    """Fails with what an activity blurted out."""

    @workflow.run
    async def run(self) -> None:
        once = RetryPolicy(maximum_attempts=1)
        await workflow.execute_activity(blurt, start_to_close_timeout=timedelta(seconds=5), retry_policy=once)


@activity.defn
async def blurt() -> None:
    raise ApplicationError(SECRET, SECRET)


@pytest.fixture
def client_with(dev_server: TemporalServer) -> With:
    """A client with these keys; without any it reads what the server really stores."""

    async def made(*keys: str) -> Client:
        return await connect(settings_with(*keys, temporal_address=dev_server.address))

    return made


@pytest.fixture
async def desk(engine: Engine, client_with: With) -> AsyncIterator[Desk]:
    """The rows a case needs."""
    desk = desk_over(engine, await client_with())
    async with desk.client:
        yield desk


def crew(desk: Desk, client: Client) -> Worker:
    """A worker whose telephone and post stand still, on a queue of the test's own."""
    outside = Outside()
    cases = CaseActivities(desk.engine, b"secret", outside.tell)
    doing: list[Callable[..., object]] = [
        cases.record,
        cases.extend_calendar,
        outside.place_call,
        outside.reconcile_call,
        outside.announce,
    ]
    return Worker(
        client,
        task_queue=str(desk.staff["admin"].id),
        workflows=[CloseTheLoop],
        activities=doing,
        activity_executor=ThreadPoolExecutor(4),
        workflow_runner=SANDBOX,
    )


async def begun(desk: Desk, client: Client) -> Case:
    told = desk.respond()
    return await client.start_workflow(
        CloseTheLoop.run,
        told,
        id=f"case-{told.case}",
        task_queue=str(desk.staff["admin"].id),
        static_summary="Promise due soon",
        task_timeout=timedelta(seconds=1),  # so long a second failed task is waited for
    )


def through(client: Client, case: Case) -> Case:
    return client.get_workflow_handle_for(CloseTheLoop.run, case.id)


async def withdraw(case: Case) -> Outcome:
    await case.signal(CloseTheLoop.customer_withdrew, CustomerWithdrew(id="w", at=now()))
    return await case.result()


async def raw(case: Case, plain: Client) -> WorkflowHistory:
    return await plain.get_workflow_handle(case.id).fetch_history()


def key_ids(history: WorkflowHistory) -> set[str]:
    """The keys of all payloads; an empty word for one that anybody can read."""
    found = (payload for event in history.events for payload in payloads_in(event))
    return {payload.metadata.get("encryption-key-id", b"").decode() for payload in found}


def replayer(*keys: str) -> Replayer:
    converter = data_converter(settings_with(*keys))
    return Replayer(workflows=[CloseTheLoop], data_converter=converter, workflow_runner=SANDBOX)


async def test_the_server_has_nothing_to_read(desk: Desk, client_with: With) -> None:
    client, plain = await client_with(NEW), await client_with()
    async with crew(desk, client):
        case = await begun(desk, client)
        await case.execute_update(CloseTheLoop.claim, Claim(by=desk.staff["specialist"].by))
        assert await withdraw(case) is Outcome.WITHDRAWN
    history = await raw(case, plain)
    assert key_ids(history) == {"new"}
    text = history.to_json()
    told = (str(desk.staff["specialist"].id), "requested_at", "standard", "Promise due", "withdrawn", "claimed")
    assert [word for word in told if word in text] == []
    await replayer(NEW).replay_workflow(await case.fetch_history())


async def test_a_refusal_says_as_much_as_without_encryption(desk: Desk, client_with: With) -> None:
    client = await client_with(NEW)
    owner, other = desk.staff["specialist"].by, desk.staff["other"].by
    async with crew(desk, client):
        case = await begun(desk, client)
        await case.execute_update(CloseTheLoop.claim, Claim(by=owner))
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await case.execute_update(CloseTheLoop.claim, Claim(by=other))
        await withdraw(case)
    cause = refused.value.cause
    assert isinstance(cause, ApplicationError)
    assert (cause.type, tuple(cause.details)) == ("Refused", ("owned_by_another", str(owner.id)))
    assert cause.message.startswith("Somebody else already has this case")


async def test_failures_are_encrypted_too(client_with: With) -> None:
    client, plain, queue = await client_with(NEW), await client_with(), str(uuid4())
    async with Worker(client, task_queue=queue, workflows=[Blurt], activities=[blurt]):
        handle = await client.start_workflow(Blurt.run, id=queue, task_queue=queue)
        with pytest.raises(WorkflowFailureError) as failed:
            await handle.result()
    assert isinstance(failed.value.cause, ActivityError)
    assert SECRET in str(failed.value.cause.cause)
    history = await plain.get_workflow_handle(queue).fetch_history()
    assert SECRET not in history.to_json()
    assert "Encoded failure" in history.to_json()
    assert "blurt()" not in history.to_json(), "not even the stack"
    assert key_ids(history) == {"new"}


async def test_a_case_that_began_in_the_clear_goes_on_encrypted_and_with_a_newer_key(
    desk: Desk, client_with: With
) -> None:
    plain, first, second = await client_with(), await client_with(OLD), await client_with(NEW, OLD)
    by = desk.staff["specialist"].by
    async with crew(desk, plain):
        case = await begun(desk, plain)
        await case.execute_update(CloseTheLoop.claim, Claim(by=by))
    async with crew(desk, first):
        await through(first, case).query(CloseTheLoop.current)
        await through(first, case).execute_update(CloseTheLoop.release, Release(by=by))
    async with crew(desk, second):
        assert await withdraw(through(second, case)) is Outcome.WITHDRAWN
    history = await raw(case, plain)
    assert key_ids(history) == {"", "old", "new"}
    await replayer(NEW, OLD).replay_workflow(history)
    await replayer("off", OLD, NEW).replay_workflow(history)


async def test_without_the_key_a_case_waits_and_is_not_lost(desk: Desk, client_with: With) -> None:
    lacking = await client_with(OTHER)
    case = await begun(desk, await client_with(OLD))
    async with crew(desk, lacking):
        failure = await failed_task(case)
    told_why = await lacking.data_converter.decode_failure(failure)
    assert "a payload is encrypted with key 'old'; the keys here are: other" in str(told_why)
    both = await client_with(OTHER, OLD)
    async with crew(desk, both):
        assert await withdraw(through(both, case)) is Outcome.WITHDRAWN


async def failed_task(case: Case) -> Failure:
    """Why the first failed workflow task failed, as it is stored."""
    async with asyncio.timeout(15):
        while not (failed := [event for event in (await case.fetch_history()).events if _is_failed_task(event)]):
            await asyncio.sleep(0.05)
    return failed[0].workflow_task_failed_event_attributes.failure


def _is_failed_task(event: HistoryEvent) -> bool:
    return event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
