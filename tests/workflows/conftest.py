"""A case on a server whose clock the test moves, its rows in a real PostgreSQL."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlmodel import Session
from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer, Worker

from activities.cases import CaseActivities
from db.columns import new_id
from db.openings import opening
from db.tables import Customer, Response, Staff
from domain.messages import Opening
from domain.messages import Staff as By
from domain.policy import CivilHours, CompanyHours, Policy
from domain.promise import promise_from
from ops.postgres import EmbeddedPostgres
from settings import Settings
from temporal_client import data_converter
from tests.databases import a_pool
from tests.workflows.playing import ROLES, Outside, Play
from worker import SANDBOX
from workflows.close_the_loop import CloseTheLoop

ROUND_THE_CLOCK = Policy(company=CompanyHours(always_open=True), civil=CivilHours(always_civil=True))
QUEUE = "test"

Start = Callable[..., Awaitable[Play]]


@pytest.fixture(scope="session")
def engine(migrated: EmbeddedPostgres) -> Iterator[Engine]:
    """One database for all cases, which never meet: making one takes longer than most paths."""
    with a_pool(migrated) as engine:
        yield engine


@pytest.fixture
def outside() -> Outside:
    return Outside()


@pytest.fixture
def staff(engine: Engine) -> dict[str, By]:
    """A member of each role, and a second specialist."""
    people = {name: By(id=new_id(), role=role) for name, role in ROLES.items()}
    with Session(engine) as session, session.begin():
        for name, by in people.items():
            session.add(Staff(id=by.id, name=name, role=by.role, phone="+79160000001"))
    return people


@pytest.fixture
def begin(temporal_env: WorkflowEnvironment, engine: Engine, staff: dict[str, By], outside: Outside) -> Start:
    """Opens a case for a fresh response, as the relay does, whether or not a worker runs."""

    async def begin(
        *,
        policy: Policy = ROUND_THE_CLOCK,
        customer: UUID | None = None,
        minutes_ago: float = 0,
        **response: object,
    ) -> Play:
        now = await temporal_env.get_current_time() - timedelta(minutes=minutes_ago)
        told = opened_for(engine, policy, now, customer, response)
        handle = await temporal_env.client.start_workflow(
            CloseTheLoop.run, told, id=f"case-{told.case}", task_queue=QUEUE
        )
        return Play(temporal_env, engine, handle, told, staff, outside)

    return begin


@pytest.fixture
async def start(working: Callable[[], Worker], begin: Start) -> AsyncIterator[Start]:
    """Opens cases while a worker runs; at the end rows and workflow agree, and every history replays."""
    plays: list[Play] = []

    async def start(**wanted: object) -> Play:
        play = await begin(**wanted)
        await play.settled()
        plays.append(play)
        return play

    async with working():
        yield start
        for play in plays:
            await play.settled()
            await replays(play.handle)


@pytest.fixture
def working(temporal_env: WorkflowEnvironment, engine: Engine, outside: Outside) -> Iterator[Callable[[], Worker]]:
    """Makes a worker, to be entered."""
    with ThreadPoolExecutor(4) as threads:
        yield lambda: worker_in(temporal_env, engine, outside, threads)


def worker_in(env: WorkflowEnvironment, engine: Engine, outside: Outside, threads: ThreadPoolExecutor) -> Worker:
    """A worker whose telephone and post stand still."""
    cases = CaseActivities(engine, b"secret", outside.tell)
    doing: list[Callable[..., object]] = [
        cases.record,
        cases.extend_calendar,
        outside.place_call,
        outside.reconcile_call,
        outside.hang_up,
        outside.announce,
    ]
    return Worker(
        env.client,
        task_queue=QUEUE,
        workflows=[CloseTheLoop],
        activities=doing,
        activity_executor=threads,
        workflow_runner=SANDBOX,
    )


async def replays(handle: WorkflowHandle[CloseTheLoop, object]) -> None:
    """The history leads the present code to the same commands."""
    replayer = Replayer(
        workflows=[CloseTheLoop], data_converter=data_converter(Settings(_env_file=None)), workflow_runner=SANDBOX
    )
    await replayer.replay_workflow(await handle.fetch_history())


def opened_for(
    engine: Engine, policy: Policy, now: datetime, customer: UUID | None, response: dict[str, object]
) -> Opening:
    """Stores a response, and whose it is; what its case begins with."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        if customer is None:
            person = Customer(name="Anna")
            session.add(person)
            session.flush()
            customer = person.id
        promise = promise_from(policy, requested_at=now, zone=None)
        fields: dict[str, object] = {
            "phone": "+79161234567",
            "email": "anna@example.com",
            "promise": promise.model_dump(mode="json") if promise else None,
            **response,
        }
        row = Response(
            source="generic",
            form="demo",
            external_id=str(new_id()),
            version=now,
            submitted_at=now,
            customer_id=customer,
            language="en",
            contact_requested_at=now,
        ).sqlmodel_update(fields)
        session.add(row)
        session.flush()
        return opening(session, row, {"standard": policy}, now)
