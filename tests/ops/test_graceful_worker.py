"""A worker that is asked to stop in the middle of its work: nothing is lost, nothing is done twice, another goes on."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session, col, select
from temporalio.client import Client, WorkflowHandle

from channels.simulator.process import SimulatorProcess
from db import locks
from db.tables import Case, Timeline
from domain.events import EventKind
from domain.messages import Call, Claim
from domain.state import Snapshot
from domain.words import Outcome
from ops.temporal_server import TemporalServer
from settings import child_environment
from tests.activities.provider import Provider
from tests.api.staff_desk import Desk, desk_over, until
from workflows.close_the_loop import CloseTheLoop

ROOT = Path(__file__).parents[2]
SECRET = "whsec_bG9jYWwtcHJvdmlkZXItdGVzdC1zZWNyZXQ="
GRACE = 7.0
"""Seconds the supervisor allows; a machine that is busy with other things is given some more."""
BUSY = 20.0
LOADED = timedelta(seconds=60)
"""A worker that was just hired has first to load, beside all that other tests load."""

Handle = WorkflowHandle[CloseTheLoop, Outcome]


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    folder = tmp_path_factory.mktemp("provider")
    (folder / "secret").write_text(SECRET)
    with SimulatorProcess(
        log=folder / "log.jsonl", callback_url="http://127.0.0.1:9", secret_file=folder / "secret"
    ) as running:
        yield Provider(running.base_url)


@pytest.fixture
async def desk(engine: Engine, dev_client: Client) -> AsyncIterator[Desk]:
    desk = desk_over(engine, dev_client)
    async with desk.client:
        yield desk


@pytest.fixture
def queue() -> str:
    """A task queue of the test's own."""
    return f"graceful-{uuid4()}"


@pytest.fixture
def hire(
    database_url: str, dev_server: TemporalServer, provider: Provider, queue: str, tmp_path: Path
) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts worker processes; those that are left at the end are killed."""
    environment = child_environment(
        {
            "database_url": database_url,
            "temporal_address": dev_server.address,
            "channels_url": provider.base_url,
            "task_queue": queue,
            "worker_metrics_port": "0",
        }
    )
    hired: list[subprocess.Popen[bytes]] = []

    def hire() -> subprocess.Popen[bytes]:
        with (tmp_path / f"worker-{len(hired)}.log").open("wb") as log:
            hired.append(
                subprocess.Popen([sys.executable, "-m", "worker"], env=environment, cwd=ROOT, stdout=log, stderr=log)
            )
        return hired[-1]

    yield hire
    for process in hired:
        process.kill()
        process.wait()


Hire = Callable[[], "subprocess.Popen[bytes]"]


class Hold:
    """Keeps every projection waiting, as a slow database does: the timeline's lock is ours."""

    def __init__(self, engine: Engine) -> None:
        self._connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        self._connection.execute(text("select pg_advisory_lock(:key)"), {"key": locks.TIMELINE})

    def waiting(self) -> int:
        """How many projections wait."""
        query = "select count(*) from pg_locks where locktype = 'advisory' and objid = :key and not granted"
        return int(self._connection.execute(text(query), {"key": locks.TIMELINE}).scalar_one())

    def release(self) -> None:
        """Let them go on."""
        self._connection.execute(text("select pg_advisory_unlock(:key)"), {"key": locks.TIMELINE})
        self._connection.close()


@contextmanager
def holding(engine: Engine) -> Iterator[Hold]:
    hold = Hold(engine)
    try:
        yield hold
    finally:
        hold.release()


async def open_cases(desk: Desk, client: Client, queue: str, count: int) -> list[Handle]:
    handles = []
    for _ in range(count):
        told = desk.respond(phone=f"+7916{uuid4().int % 10**7:07}")
        handles.append(await client.start_workflow(CloseTheLoop.run, told, id=f"case-{told.case}", task_queue=queue))
    await until(lambda: all(steps(desk.engine, handle) for handle in handles), patience=LOADED)
    return handles


def case_of(handle: Handle) -> UUID:
    return UUID(handle.id.removeprefix("case-"))


def steps(engine: Engine, handle: Handle) -> list[str]:
    with Session(engine) as session:
        rows = session.exec(select(Timeline).where(Timeline.case_id == case_of(handle)).order_by(col(Timeline.seq)))
        return [row.kind for row in rows]


async def agree(engine: Engine, handle: Handle) -> Snapshot:
    """Rows and workflow agree, and the timeline has no gap."""
    snapshot = await handle.query(CloseTheLoop.current)
    with Session(engine) as session:
        assert Snapshot.model_validate(session.get_one(Case, case_of(handle)).snapshot) == snapshot
    assert len(steps(engine, handle)) == snapshot.seq
    return snapshot


async def ended(process: "subprocess.Popen[bytes]") -> int:
    async with asyncio.timeout(GRACE + BUSY):
        return await asyncio.to_thread(process.wait)


def claim(desk: Desk, handle: Handle) -> Coroutine[object, object, Snapshot]:
    return handle.execute_update(CloseTheLoop.claim, Claim(by=desk.staff["specialist"].by))


async def test_what_is_under_way_is_finished_within_the_grace(
    desk: Desk, dev_client: Client, queue: str, hire: Hire
) -> None:
    first = hire()
    (case,) = await open_cases(desk, dev_client, queue, 1)
    with holding(desk.engine) as hold:
        claimed = asyncio.create_task(claim(desk, case))
        await until(lambda: hold.waiting() == 1)
        first.send_signal(signal.SIGTERM)
        await asyncio.sleep(1)  # it is being asked to stop, not killed
        assert first.poll() is None
    assert await ended(first) == 0
    assert steps(desk.engine, case) == [EventKind.OPENED, EventKind.CLAIMED]
    hire()
    assert (await claimed).owner == desk.staff["specialist"].id
    await agree(desk.engine, case)
    assert await tries_of_the_last_activity(case) == 1


async def tries_of_the_last_activity(handle: Handle) -> int:
    started = [
        event.activity_task_started_event_attributes.attempt
        for event in (await handle.fetch_history()).events
        if event.HasField("activity_task_started_event_attributes")
    ]
    return started[-1]


async def test_what_takes_longer_is_done_once_by_another(
    desk: Desk, dev_client: Client, queue: str, hire: Hire
) -> None:
    first = hire()
    (case,) = await open_cases(desk, dev_client, queue, 1)
    with holding(desk.engine) as hold:
        claimed = asyncio.create_task(claim(desk, case))
        await until(lambda: hold.waiting() == 1)
        first.send_signal(signal.SIGTERM)
        assert await ended(first) == 0
    hire()
    assert (await claimed).owner == desk.staff["specialist"].id
    assert steps(desk.engine, case) == [EventKind.OPENED, EventKind.CLAIMED]
    await agree(desk.engine, case)


async def test_under_load_every_command_is_obeyed_once_and_every_number_rung_once(
    desk: Desk, dev_client: Client, queue: str, hire: Hire, provider: Provider
) -> None:
    first = hire()
    cases = await open_cases(desk, dev_client, queue, 6)
    attempts = {case: uuid4() for case in cases}

    async def work(case: Handle) -> None:
        await claim(desk, case)
        ask = Call(by=desk.staff["specialist"].by, attempt=attempts[case])
        await case.execute_update(CloseTheLoop.call, ask)

    working = [asyncio.create_task(work(case)) for case in cases]
    await until(lambda: any(EventKind.CLAIMED in steps(desk.engine, case) for case in cases))
    first.send_signal(signal.SIGTERM)
    second = hire()
    await asyncio.gather(*working)
    assert await ended(first) == 0
    assert second.poll() is None
    for case, attempt in attempts.items():
        await until(partial(_has_rung, provider, attempt))
        assert len(provider.asked("call", attempt_id=attempt)) == 1
        assert steps(desk.engine, case)[:3] == [EventKind.OPENED, EventKind.CLAIMED, EventKind.CALL_STARTED]
        await agree(desk.engine, case)


def _has_rung(provider: Provider, attempt: UUID) -> bool:
    return bool(provider.accepted("call", attempt_id=attempt))
