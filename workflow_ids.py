"""What the workflow of a case is called in Temporal, and which of them run."""

from datetime import timedelta
from uuid import UUID

from temporalio.client import Client, WorkflowHandle

RUNNING_CASES = "WorkflowType = 'CloseTheLoop' AND ExecutionStatus = 'Running'"
_CASE = "case-"


def of_case(case_id: UUID) -> str:
    """The id of a case's workflow."""
    return f"{_CASE}{case_id}"


def handle_of(client: Client, case_id: UUID) -> WorkflowHandle[object, object]:
    """The workflow of a case, running or closed."""
    return client.get_workflow_handle(of_case(case_id))


async def running_cases(client: Client, *, rpc_timeout: timedelta | None = None) -> set[UUID]:
    """All cases that run; Temporal lists them about a second late. `rpc_timeout` is for each page of the list."""
    listed = client.list_workflows(RUNNING_CASES, rpc_timeout=rpc_timeout)
    return {UUID(one.id.removeprefix(_CASE)) async for one in listed}
