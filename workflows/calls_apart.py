"""Calls go by a task queue of their own, where a provider lets an account begin only so many a second."""

from temporalio import workflow
from temporalio.worker import (
    Interceptor,
    StartActivityInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)

PLACING = "place_call"


def calls_queue(task_queue: str) -> str:
    """The queue of the calls that cases of this queue ask for."""
    return f"{task_queue}-calls"


class CallsApart(Interceptor):
    """For a worker's cases: what places a call waits in the calls' queue, whose worker keeps the pace.

    What a case decides is the same with and without it, so it may come and go while cases run.
    """

    def workflow_interceptor_class(self, _input: WorkflowInterceptorClassInput) -> type[WorkflowInboundInterceptor]:
        """How a case's errands are sent out."""
        return _Inbound


class _Inbound(WorkflowInboundInterceptor):
    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        super().init(_Outbound(outbound))


class _Outbound(WorkflowOutboundInterceptor):
    def start_activity(self, input: StartActivityInput) -> workflow.ActivityHandle[object]:
        if input.activity == PLACING:
            input.task_queue = calls_queue(workflow.info().task_queue)
        return super().start_activity(input)
