"""Makes rows and workflows of cases agree, when each store was restored to an instant of its own."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Engine
from sqlmodel import Session
from temporalio.client import Client
from temporalio.common import WorkflowIDReusePolicy
from temporalio.service import RPCError, RPCStatusCode

from db import reconcile
from db.columns import now
from db.engine import committed
from db.intake import Response
from db.openings import opening
from domain.messages import Opening
from domain.policy import Policy
from ops.case_runs import Run, run_of
from temporal_answers import answer
from workflow_ids import handle_of, of_case, running_cases
from workflows.close_the_loop import CloseTheLoop

AT_ONCE = 8
LISTING = timedelta(minutes=10)
"""How long Temporal may take to list tens of thousands of workflows."""
T = TypeVar("T")


class Verdict(StrEnum):
    """What is to be done with one case."""

    REBUILD = "rebuild"
    """Its workflow is newer: its rows are written from the history."""
    RESUME = "resume"
    """Its rows are newer, or its workflow is gone: a new run goes on from the rows."""
    START = "start"
    """It was asked for, and neither has it: the relay starts it."""
    END = "end"
    """It runs, but its response is gone, or it is closed on record: it is terminated."""
    AGREED = "agreed"


@dataclass(frozen=True)
class Finding:
    """One case, and what is to be done with it."""

    case: UUID
    verdict: Verdict
    rows: reconcile.Rows
    run: Run | None

    def __str__(self) -> str:
        state = f"{'runs' if self.run.running else 'ended'} at {self.run.seq}" if self.run else "none"
        rows = f"at {self.rows.seq}" if self.rows.opened else "none"
        return f"{self.verdict:<8} {of_case(self.case)}  rows: {rows}; workflow: {state}"


def judge(rows: reconcile.Rows, run: Run | None) -> Verdict:
    """Whoever knows more is right; and where both know what the other does not, the rows are: people saw them."""
    if run is None:
        return _without_a_run(rows)
    if not rows.response:
        return Verdict.END if run.running else Verdict.AGREED
    if {(seq, event) for seq, event in rows.events if seq > run.base} - run.events:
        ended = Verdict.END if run.running else Verdict.AGREED
        return Verdict.RESUME if rows.alive else ended
    if run.events - rows.events:
        return Verdict.REBUILD
    return Verdict.AGREED if run.running or not rows.alive else Verdict.RESUME


def _without_a_run(rows: reconcile.Rows) -> Verdict:
    if rows.opened:
        return Verdict.RESUME if rows.alive else Verdict.AGREED
    return Verdict.START if rows.requested else Verdict.AGREED


class Reconciler:
    """Compares, and mends. It may run beside everything else, be killed, and be repeated."""

    def __init__(self, engine: Engine, client: Client, policies: Mapping[str, Policy], *, task_queue: str) -> None:
        """`client` may be lazy; whatever it cannot reach raises TemporalAwayError."""
        self._engine, self._client = engine, client
        self._policies, self._task_queue = policies, task_queue

    async def find(self) -> list[Finding]:
        """Every case on which the two disagree."""
        wanted = await self._in_database(reconcile.wanted)
        cases = wanted | await answer(running_cases(self._client), patience=LISTING)
        places = asyncio.Semaphore(AT_ONCE)

        async def looked_at(case_id: UUID) -> Finding:
            async with places:
                return await self._look_at(case_id)

        found = await asyncio.gather(*(looked_at(case_id) for case_id in sorted(cases)))
        return [finding for finding in found if finding.verdict is not Verdict.AGREED]

    async def mend(self, finding: Finding) -> None:
        """Do what the finding says."""
        case, run = finding.case, finding.run
        if finding.verdict is Verdict.REBUILD and run:
            await self._in_database(lambda session: reconcile.rebuild(session.connection(), case, run.records))
        elif finding.verdict is Verdict.RESUME:
            await self._resume(finding)
        elif finding.verdict is Verdict.START:
            await self._in_database(lambda session: reconcile.request_again(session, case))
        elif finding.verdict is Verdict.END:
            await self._terminate(case, "reconciled: closed on record, or its response is gone")

    async def _look_at(self, case_id: UUID) -> Finding:
        """The rows first: what a workflow records stands in its history before it stands in the rows."""
        rows = await self._in_database(lambda session: reconcile.rows_of(session, case_id))
        run = await run_of(self._client, case_id)
        return Finding(case_id, judge(rows, run), rows, run)

    async def _resume(self, finding: Finding) -> None:
        if finding.run and finding.run.running:
            await self._terminate(finding.case, "reconciled: its rows are newer, a new run goes on from them")
        begin = await self._in_database(lambda session: self._opening(session, finding.case))
        start = self._client.start_workflow(
            CloseTheLoop.run,
            begin,
            id=of_case(finding.case),
            task_queue=self._task_queue,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            static_summary="Goes on from its rows",
        )
        await answer(start)
        await self._in_database(lambda session: reconcile.deliver_again(session, finding.case))

    def _opening(self, session: Session, case_id: UUID) -> Opening:
        begin = opening(session, session.get_one(Response, case_id), self._policies, now())
        return begin.model_copy(update={"resumed": reconcile.resumption(session, case_id)})

    async def _terminate(self, case_id: UUID, reason: str) -> None:
        try:
            await answer(handle_of(self._client, case_id).terminate(reason=reason))
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:  # it has just ended by itself
                raise

    async def _in_database(self, work: Callable[[Session], T]) -> T:
        return await asyncio.to_thread(committed, self._engine, work)
