"""What is on record when all is over: rows, live workflows, and the provider's log."""

import asyncio
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Engine
from sqlmodel import Session, SQLModel, col, func, select
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle, WorkflowQueryFailedError
from temporalio.service import RPCError
from temporalio.worker import Replayer

from channels.simulator.log import Kind, Line
from db.casework import Attempt, Case, Review, Timeline
from db.intake import Inbox, Response
from db.outreach import SETTLED, Alert, Message
from domain.state import Snapshot
from tests.chaos.disruptions import Done
from tests.chaos.night import Sleeper
from tests.chaos.scripts import Script
from worker import SANDBOX
from workflows.close_the_loop import CloseTheLoop

AT_ONCE = 8
Table = TypeVar("Table", bound=SQLModel)


@dataclass(frozen=True)
class Live:
    """A case as its workflow knows it."""

    snapshot: Snapshot | None
    """None when it cannot be asked."""
    status: str
    outcome: str | None
    """The result of one that has completed."""
    no_replay: str | None = None
    """Why its history does not lead the present code to the same commands, if so."""


@dataclass(frozen=True)
class Played:
    """A loop after it was played."""

    script: Script
    phone: str
    cases: Sequence[UUID]
    failure: str | None
    """Why it could not be played to its end."""


@dataclass(frozen=True)
class Rows:
    """Everything in the tables."""

    responses: Sequence[Response]
    cases: Mapping[UUID, Case]
    timelines: Mapping[UUID, Sequence[Timeline]]
    """The steps of each case, in order."""
    attempts: Sequence[Attempt]
    reviews: Sequence[Review]
    messages: Sequence[Message]
    alerts: Sequence[Alert]
    inbox: Sequence[Inbox]


def rows_of(engine: Engine) -> Rows:
    """All of them as they are at one instant."""
    with Session(engine.execution_options(isolation_level="REPEATABLE READ"), expire_on_commit=False) as session:

        def every(table: type[Table]) -> Sequence[Table]:
            return session.exec(select(table)).all()

        timelines = defaultdict[UUID, list[Timeline]](list)
        for step in session.exec(select(Timeline).order_by(col(Timeline.case_id), col(Timeline.seq))):
            timelines[step.case_id].append(step)
        return Rows(
            responses=every(Response),
            cases={case.id: case for case in every(Case)},
            timelines=timelines,
            attempts=every(Attempt),
            reviews=every(Review),
            messages=every(Message),
            alerts=every(Alert),
            inbox=every(Inbox),
        )


@dataclass(frozen=True)
class Evidence:
    """Everything the invariants are judged by."""

    accepted: frozenset[UUID]
    """Responses that asked for contact and were answered with a 2xx."""
    played: Sequence[Played]
    rows: Rows
    live: Mapping[UUID, Live]
    workflows: int
    """How many workflows there are in all."""
    heard: Mapping[UUID, frozenset[int]]
    """The steps of each case that the live events told of."""
    lines: Sequence[Line]
    """The provider's log."""
    disruptions: Sequence[Done]
    sleepers: Sequence[Sleeper] = ()
    down: datetime | None = None
    up: datetime | None = None
    tally: Mapping[str, int] = field(default_factory=dict)

    def lines_of(self, kind: Kind) -> list[Line]:
        """What the provider accepted of this kind."""
        return [line for line in self.lines if line.kind is kind and line.accepted]


def unsettled(engine: Engine) -> tuple[int, int, int]:
    """How many facts, cases and messages are still under way."""
    with Session(engine) as session:
        facts = session.scalar(select(func.count()).select_from(Inbox).where(col(Inbox.done_at).is_(None)))
        cases = session.scalar(select(func.count()).select_from(Case).where(col(Case.closed_at).is_(None)))
        waiting = select(func.count()).select_from(Message).where(col(Message.state).not_in(SETTLED))
        messages = session.scalar(waiting)
    return facts or 0, cases or 0, messages or 0


def log_lines(data: Path) -> list[Line]:
    """The provider's whole log."""
    return [Line.model_validate_json(line) for line in (data / "outbox.jsonl").read_text().splitlines()]


async def lives(client: Client, cases: Sequence[UUID], patience: timedelta) -> dict[UUID, Live]:
    """Each case as its workflow tells; those that are about to complete are waited for within `patience`."""
    few = asyncio.Semaphore(AT_ONCE)

    async def in_turn(case: UUID) -> Live:
        async with few:
            return await _live(client, case, patience)

    return dict(zip(cases, await asyncio.gather(*map(in_turn, cases)), strict=True))


async def _live(client: Client, case: UUID, patience: timedelta) -> Live:
    handle = client.get_workflow_handle(f"case-{case}", result_type=str)
    deadline = asyncio.get_running_loop().time() + patience.total_seconds()
    while True:
        status = (await handle.describe()).status
        if status is not WorkflowExecutionStatus.RUNNING or asyncio.get_running_loop().time() > deadline:
            break
        await asyncio.sleep(0.5)
    assert status is not None
    outcome = await handle.result() if status is WorkflowExecutionStatus.COMPLETED else None
    replayer = Replayer(
        workflows=[CloseTheLoop], workflow_runner=SANDBOX, data_converter=client.config()["data_converter"]
    )
    replayed = await replayer.replay_workflow(await handle.fetch_history(), raise_on_replay_failure=False)
    return Live(await _snapshot(handle), status.name, outcome, _why(replayed.replay_failure))


async def _snapshot(handle: WorkflowHandle[object, str]) -> Snapshot | None:
    try:
        snapshot: Snapshot = await handle.query("snapshot", result_type=Snapshot)
    except (WorkflowQueryFailedError, RPCError):
        return None
    return snapshot


def _why(failure: Exception | None) -> str | None:
    """The SDK's sentence, without its structures."""
    if failure is None:
        return None
    found = re.search(r"\[TMPRL\d+\][^\"]*", str(failure))
    return found.group() if found else str(failure)


async def workflow_count(client: Client) -> int:
    """How many workflows there are, open and closed."""
    return (await client.count_workflows()).count
