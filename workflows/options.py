"""Named time limits and retries of activities; each use says in one line what it is for."""

from datetime import timedelta

from temporalio.common import RetryPolicy
from temporalio.workflow import ActivityConfig

HANGING_UP = timedelta(minutes=1)
"""So long the end of a call that we hung up may take to be told to us."""


def database(summary: str) -> ActivityConfig:
    """Rows and workflow must agree, so this is tried for ever; until it succeeds it fails visibly."""
    return ActivityConfig(
        summary=summary,
        start_to_close_timeout=timedelta(seconds=10),
        retry_policy=RetryPolicy(
            initial_interval=timedelta(milliseconds=200), backoff_coefficient=2, maximum_interval=timedelta(seconds=5)
        ),
    )


def messages(summary: str) -> ActivityConfig:
    """A message may wait for a provider that is away, or for the morning; an older one is worse than none."""
    return ActivityConfig(
        summary=summary,
        start_to_close_timeout=timedelta(minutes=1),
        schedule_to_close_timeout=timedelta(hours=36),
        retry_policy=RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1)),
    )


def calls(summary: str) -> ActivityConfig:
    """The specialist holds the receiver: a call that cannot be placed soon is given back to them."""
    return ActivityConfig(
        summary=summary,
        start_to_close_timeout=timedelta(seconds=30),
        schedule_to_close_timeout=timedelta(minutes=3),
        retry_policy=RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=10)),
    )
