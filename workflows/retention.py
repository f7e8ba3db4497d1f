"""Nothing is kept longer than it may be: once a day what has become too old is erased or deleted."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.workflow import ActivityConfig

with workflow.unsafe.imports_passed_through():
    from activities.erasure import ErasureActivities

ROUNDS = 100
"""So many batches a day at most; what is left waits for tomorrow."""


def _batch(summary: str) -> ActivityConfig:
    return ActivityConfig(
        summary=summary,
        start_to_close_timeout=timedelta(minutes=1),
        retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=1)),
    )


@workflow.defn
class KeepNoLonger:
    """Started by a schedule, never twice at a time. Each batch of people becomes an erasure like any other."""

    @workflow.run
    async def run(self) -> None:
        for _ in range(ROUNDS):
            if not await workflow.execute_activity_method(ErasureActivities.erase_stale, **_batch("too old: erased")):
                break
        for _ in range(ROUNDS):
            if not await workflow.execute_activity_method(ErasureActivities.sweep, **_batch("of no more use: deleted")):
                break
