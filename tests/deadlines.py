"""Deadlines the time-skipping server keeps: it takes one on a whole second for none, and tries for ten years."""

from datetime import timedelta

import temporalio.client
from temporalio import workflow
from temporalio.worker import (
    Interceptor,
    StartActivityInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)

ASIDE = timedelta(microseconds=1)
"""Its clock counts in milliseconds, so a deadline that is later by this is never on a whole second."""


class OffTheSecond(temporalio.client.Interceptor, Interceptor):
    """For a client and its workers: each `schedule_to_close_timeout` of an activity is longer by `ASIDE`."""

    def workflow_interceptor_class(self, _input: WorkflowInterceptorClassInput) -> type[WorkflowInboundInterceptor]:
        return _Inbound


class _Inbound(WorkflowInboundInterceptor):
    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        super().init(_Outbound(outbound))


class _Outbound(WorkflowOutboundInterceptor):
    def start_activity(self, input: StartActivityInput) -> workflow.ActivityHandle[object]:
        if input.schedule_to_close_timeout is not None:
            input.schedule_to_close_timeout += ASIDE
        return super().start_activity(input)
