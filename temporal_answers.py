"""Telling an absent Temporal from one that refuses: the first is waited for, the second is an answer."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import TypeVar

from temporalio.api.errordetails.v1 import NamespaceNotFoundFailure
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client, RPCTimeoutOrCancelledError
from temporalio.service import RPCError, RPCStatusCode

PATIENCE = timedelta(seconds=10)
"""Longer than any single request may take: connecting has no time limit of its own."""
_AWAY = frozenset(
    {
        RPCStatusCode.UNAVAILABLE,
        RPCStatusCode.DEADLINE_EXCEEDED,
        RPCStatusCode.CANCELLED,
        RPCStatusCode.RESOURCE_EXHAUSTED,
        RPCStatusCode.ABORTED,
        # Of a connection that broke under a request: whether it was carried out, nobody can tell.
        RPCStatusCode.UNKNOWN,
        # A case whose workflow task has failed several times, as when its worker was killed again and again, takes no
        # update until one succeeds.
        RPCStatusCode.FAILED_PRECONDITION,
    }
)
_CLOSING = "aborted by closing workflow"
T = TypeVar("T")


class TemporalAwayError(Exception):
    """Temporal cannot be reached, lacks our namespace, or cannot answer now."""


async def answer(asked: Awaitable[T], *, patience: timedelta = PATIENCE) -> T:
    """What Temporal answers. TemporalAwayError when it does not; RPCError when it refuses."""
    try:
        async with asyncio.timeout(patience.total_seconds()):
            return await asked
    except RPCError as error:
        if _is_away(error):
            raise TemporalAwayError from error
        raise
    except (RuntimeError, TimeoutError, RPCTimeoutOrCancelledError) as error:
        # A lazy client that cannot connect raises RuntimeError.
        raise TemporalAwayError from error


async def is_there(client: Client, *, patience: timedelta = PATIENCE) -> bool:
    """Whether Temporal answers, and has our namespace."""
    asked = DescribeNamespaceRequest(namespace=client.namespace)
    try:
        await answer(client.workflow_service.describe_namespace(asked, timeout=patience), patience=patience)
    except (TemporalAwayError, RPCError):
        return False
    return True


def is_over(error: RPCError) -> bool:
    """Whether the refusal says that the workflow has ended, or that there is none."""
    return error.status is RPCStatusCode.NOT_FOUND or _CLOSING in error.message


def _is_away(error: RPCError) -> bool:
    return (error.status in _AWAY and _CLOSING not in error.message) or _lacks_namespace(error)


def _lacks_namespace(error: RPCError) -> bool:
    """A missing namespace is NOT_FOUND too, and must not pass for a closed case."""
    return any(detail.Is(NamespaceNotFoundFailure.DESCRIPTOR) for detail in error.grpc_status.details)
