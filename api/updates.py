"""How an ask reaches its case's workflow, and what its failures mean to the person who asked."""

from datetime import timedelta
from uuid import UUID

from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError

from api.problems import Problem
from domain.messages import Ask, name_of
from domain.state import Snapshot
from temporal_answers import TemporalAwayError, answer, is_over
from workflow_ids import handle_of

PATIENCE = timedelta(seconds=10)
"""How long a person waits; a retry with the same Idempotency-Key attaches to the running update."""
REFUSED = "Refused"
COMPLETED_FIRST = "AcceptedUpdateCompletedWorkflow"


class Refusal(Exception):
    """The case refused: nothing has changed. `owner` is set when somebody else has it."""

    def __init__(self, code: str, message: str, owner: UUID | None = None) -> None:
        super().__init__(code)
        self.code, self.message, self.owner = code, message, owner


async def execute(client: Client, case_id: UUID, ask: Ask, *, update_id: UUID) -> Snapshot:
    """Ask the case and await its rows. Raises `Refusal`, or a 503 `Problem` when no answer came in time."""
    update = handle_of(client, case_id).execute_update(
        name_of(type(ask)), ask, id=str(update_id), result_type=Snapshot, rpc_timeout=PATIENCE
    )
    try:
        snapshot: Snapshot = await answer(update, patience=PATIENCE)
    except WorkflowUpdateFailedError as error:
        raise _refusal(error) from error
    except TemporalAwayError as error:
        raise unavailable() from error
    except RPCError as error:
        raise (closed() if is_over(error) else error) from error
    return snapshot


def unavailable() -> Problem:
    """Temporal or the worker did not answer in time."""
    detail = (
        "The case did not answer in time. Repeat the request with the same Idempotency-Key: it is carried out once."
    )
    return Problem(503, "workflow_unavailable", detail, headers={"Retry-After": "2"})


def closed() -> Refusal:
    """The workflow has ended."""
    return Refusal("closed", "This case is closed. Refresh to see how it ended.")


def _refusal(error: WorkflowUpdateFailedError) -> Exception:
    cause = error.cause
    if not isinstance(cause, ApplicationError):
        return error
    if cause.type == COMPLETED_FIRST:
        return closed()
    if cause.type != REFUSED:
        return error
    code, owner = cause.details[0], cause.details[1]
    return Refusal(str(code), cause.message, UUID(str(owner)) if owner else None)
