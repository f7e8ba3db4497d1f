"""Behind the rows: one case live from its workflow, and whether rows and workflows agree."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field
from sqlmodel import Session
from temporalio.client import Client, WorkflowExecutionDescription, WorkflowQueryFailedError
from temporalio.service import RPCError

from api.auth import Person, require
from api.commands import must_exist
from api.deps import Parts, PartsDep
from api.problems import responses
from api.updates import unavailable
from db import health
from db.casework import Case
from domain.state import Snapshot
from domain.words import Role, Stage
from temporal_answers import TemporalAwayError, answer
from workflow_ids import RUNNING_CASES, handle_of, of_case, running_cases

router = APIRouter(tags=["workflows"])
KEEPERS = (Role.LEAD, Role.MANAGER, Role.ADMIN)
Keeper = Annotated[Person, require(*KEEPERS)]
PATIENCE = timedelta(seconds=5)
SHOWN = 100


class WorkflowOut(BaseModel):
    """What a case is doing now."""

    workflow_id: str = Field(examples=["case-0198f0a2-7c1e-7d30-8a55-2f6c1b9e4d00"])
    live: bool = Field(description="False: from the rows, as the workflow is gone or does not answer.")
    status: str | None = Field(description="Temporal's word for it.", examples=["RUNNING"])
    history_length: int | None
    snapshot: Snapshot


class CountsOut(BaseModel):
    """Open cases, and the drift between rows and workflows."""

    open: dict[Stage, int]
    running: int = Field(description="Workflows that run.")
    rows_only: list[UUID] = Field(description="Open in the rows, but not running. The newest 100.")
    workflows_only: list[UUID] = Field(description="Running, but not open in the rows. The newest 100.")


@router.get("/cases/{case_id}/workflow", responses=responses(401, 403, 404, 409, 422))
async def get_workflow(case_id: UUID, _: Keeper, parts: PartsDep) -> WorkflowOut:
    """Live from the workflow: stage, what it waits for and until when; from the rows once the workflow is gone."""
    stored = await run_in_threadpool(_stored, parts, case_id)
    execution = await _described(parts.temporal, case_id)
    snapshot = await _live(parts.temporal, case_id) if execution else None
    return WorkflowOut(
        workflow_id=of_case(case_id),
        live=snapshot is not None,
        status=execution.status.name if execution and execution.status else None,
        history_length=execution.history_length if execution else None,
        snapshot=snapshot or stored,
    )


@router.get("/workflows/counts", responses=responses(401, 403, 503))
async def count_workflows(_: Keeper, parts: PartsDep) -> CountsOut:
    """Open cases by stage, and the drift: what only the rows or only Temporal takes to be open.

    Temporal lists its workflows about a second late: a drift that stays is one to look into.
    """
    try:
        running = await answer(running_cases(parts.temporal, rpc_timeout=PATIENCE))
        count = await answer(parts.temporal.count_workflows(RUNNING_CASES, rpc_timeout=PATIENCE))
    except (TemporalAwayError, RPCError) as error:
        raise unavailable() from error
    stages, alive = await run_in_threadpool(_rows, parts)
    return CountsOut(
        open=dict(stages),
        running=count.count,
        rows_only=sorted(alive - running, reverse=True)[:SHOWN],
        workflows_only=sorted(running - alive, reverse=True)[:SHOWN],
    )


def _stored(parts: Parts, case_id: UUID) -> Snapshot:
    with Session(parts.engine) as session:
        must_exist(session, case_id)
        return Snapshot.model_validate(session.get_one(Case, case_id).snapshot)


def _rows(parts: Parts) -> tuple[Mapping[Stage, int], set[UUID]]:
    with Session(parts.engine) as session:
        return health.stages(session), health.alive(session)


async def _described(client: Client, case_id: UUID) -> WorkflowExecutionDescription | None:
    try:
        return await answer(handle_of(client, case_id).describe(rpc_timeout=PATIENCE))
    except (TemporalAwayError, RPCError):
        return None


async def _live(client: Client, case_id: UUID) -> Snapshot | None:
    query = handle_of(client, case_id).query("snapshot", result_type=Snapshot, rpc_timeout=PATIENCE)
    try:
        snapshot: Snapshot = await answer(query)
    except (TemporalAwayError, RPCError, WorkflowQueryFailedError):
        return None
    return snapshot
