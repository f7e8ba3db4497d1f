"""Desks for the staff API's tests: one over rows alone, one over the real workflow."""

from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine
from sqlmodel import Session
from temporalio.client import Client
from temporalio.worker import Worker

from activities.cases import CaseActivities
from db.casework import Case
from domain.messages import Opening
from tests.api.staff_desk import Desk, desk_over, nowhere, until
from tests.workflows.playing import Outside
from worker import SANDBOX
from workflows.close_the_loop import CloseTheLoop

Open = Callable[..., Awaitable[UUID]]
Start = Callable[[Opening], Awaitable[UUID]]


@pytest.fixture
async def desk(engine: Engine) -> AsyncIterator[Desk]:
    """Rows only: Temporal is away."""
    desk = desk_over(engine, await nowhere())
    async with desk.client:
        yield desk


@pytest.fixture
async def live(engine: Engine, dev_client: Client) -> AsyncIterator[Desk]:
    """Over a real Temporal; cases run once there is a `crew`."""
    desk = desk_over(engine, dev_client)
    async with desk.client:
        yield desk


@pytest.fixture
def queue() -> str:
    """A task queue of the test's own."""
    return f"staff-api-{uuid4()}"


@pytest.fixture
def crew(engine: Engine, dev_client: Client, queue: str) -> Callable[[], Worker]:
    """Makes a worker, to be entered: real workflow, real rows; telephone and post stand still."""

    def made() -> Worker:
        outside = Outside()
        cases = CaseActivities(engine, b"secret", outside.tell)
        return Worker(
            dev_client,
            task_queue=queue,
            workflows=[CloseTheLoop],
            activities=[
                cases.record,
                cases.extend_calendar,
                outside.place_call,
                outside.reconcile_call,
                outside.announce,
            ],
            activity_executor=ThreadPoolExecutor(8),
            workflow_runner=SANDBOX,
            sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
        )

    return made


@pytest.fixture
async def open_case(live: Desk, crew: Callable[[], Worker], queue: str) -> AsyncIterator[Open]:
    """Opens cases as the relay does, with a worker at work; returns when the case is on the desk."""
    client: Client = live.app.state.parts.temporal

    async def opened(*, requested: datetime | None = None, **response: object) -> UUID:
        told = live.respond(requested=requested, **response)
        await client.start_workflow(CloseTheLoop.run, told, id=f"case-{told.case}", task_queue=queue)
        await until(lambda: row(live, told.case) is not None)
        return told.case

    async with crew():
        yield opened


def row(desk: Desk, case_id: UUID) -> Case | None:
    """The case's row."""
    with Session(desk.engine) as session:
        return session.get(Case, case_id)
