"""The workflow itself, its rows in PostgreSQL, and a clock that skips: any order of asks, facts and time."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from datetime import datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import Engine
from sqlmodel import Session
from temporalio.client import WorkflowUpdateFailedError
from temporalio.service import RPCError, RPCStatusCode

from db.tables import Staff
from domain.events import Event, EventKind
from domain.messages import Ask, Fact
from domain.state import Snapshot
from tests.conftest import time_skipping
from tests.domain.any_order import ANYBODY, AnyOrder
from tests.workflows.conftest import QUEUE, ROUND_THE_CLOCK, opened_for, replays, worker_in
from tests.workflows.playing import Outside, Play
from workflows.close_the_loop import CloseTheLoop


class WorkflowInAnyOrder(AnyOrder):
    """One case on a server of its own: awaiting a result moves the clock of everybody on it."""

    engine: Engine
    policy = ROUND_THE_CLOCK

    def __init__(self) -> None:
        super().__init__()
        self._loop, self._open = asyncio.Runner(), AsyncExitStack()
        self._seen: Snapshot | None = None
        self._play = self._loop.run(self._begin())
        self.begun(self._play.opening)

    async def _begin(self) -> Play:
        env = await self._open.enter_async_context(await time_skipping())
        outside, threads = Outside(), self._open.enter_context(ThreadPoolExecutor(4))
        await self._open.enter_async_context(worker_in(env, self.engine, outside, threads))
        opening = opened_for(self.engine, self.policy, await env.get_current_time(), None, {})
        handle = await env.client.start_workflow(CloseTheLoop.run, opening, id=f"case-{opening.case}", task_queue=QUEUE)
        return Play(env, self.engine, handle, opening, {}, outside)

    def teardown(self) -> None:
        try:
            self._loop.run(replays(self._play.handle))
        finally:
            self._loop.run(self._open.aclose())
            self._loop.close()

    def ask(self, ask: Ask) -> bool:
        self._seen = None
        try:
            self._loop.run(self._play.handle.execute_update(_name(ask), ask))
        except WorkflowUpdateFailedError:
            return False
        except RPCError as error:
            self._is_closed(error)
            return False
        return True

    def tell(self, fact: Fact) -> None:
        self._seen = None
        try:
            self._loop.run(self._play.handle.signal(_name(fact), fact))
        except RPCError as error:
            self._is_closed(error)

    def _is_closed(self, error: RPCError) -> None:
        assert error.status is RPCStatusCode.NOT_FOUND
        assert self.snapshot().closed_at, "the workflow is gone, the case is not closed"

    def wait(self, time: timedelta) -> None:
        self._seen = None
        self._loop.run(self._play.env.sleep(time))

    def now(self) -> datetime:
        return self._loop.run(self._play.now())

    def snapshot(self) -> Snapshot:
        self._seen = self._seen or self._loop.run(self._play.settled())
        return self._seen

    def timeline(self) -> Sequence[Event]:
        self.snapshot()
        return [
            Event(
                seq=row.seq,
                id=row.event_id,
                kind=EventKind(row.kind),
                at=row.at,
                due=row.due,
                by=row.by,
                ref=row.ref,
                detail=row.detail,
            )
            for row in self._play.timeline()
        ]


def _name(told: Ask | Fact) -> str:
    """`MoveDeadline` is told as `move_deadline`."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in type(told).__name__)[1:]


def test_the_invariants_hold_whatever_is_asked_and_told(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        session.add_all([Staff(id=member.id, name=member.role, role=member.role) for member in ANYBODY])
    machine = type("Machine", (WorkflowInAnyOrder,), {"engine": engine})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=5,
            stateful_step_count=20,
            deadline=None,
            print_blob=True,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
