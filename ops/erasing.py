"""How an erasure that was asked for gets its workflow."""

from datetime import timedelta
from uuid import UUID

from sqlmodel import Session
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from activities.erasure import Erase
from db.erasure import whom_of
from db.proof import Erasure
from temporal_answers import answer
from workflows.erasure import ErasePeople


def asked(session: Session, erasure_id: UUID) -> Erase:
    """What its workflow is told: ids, from which it could be asked for again in a restored database."""
    whom = whom_of(session.get_one(Erasure, erasure_id))
    return Erase(erasure=erasure_id, customers=tuple(whom.customers), responses=tuple(whom.responses))


async def start(
    client: Client,
    erase: Erase,
    *,
    task_queue: str,
    patience: timedelta,
    reuse: WorkflowIDReusePolicy = WorkflowIDReusePolicy.REJECT_DUPLICATE,
) -> str:
    """Start it: `started`, also when it runs already, or `already_closed` when it ran and may not be reused."""
    try:
        await answer(
            client.start_workflow(
                ErasePeople.run,
                erase,
                id=f"erasure-{erase.erasure}",
                task_queue=task_queue,
                id_reuse_policy=reuse,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                static_summary=f"{len(erase.customers)} people, {len(erase.responses)} single responses",
                rpc_timeout=patience,
            )
        )
    except WorkflowAlreadyStartedError:
        return "already_closed"
    return "started"
