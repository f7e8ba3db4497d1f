"""Telling an absent Temporal from one that refuses: the first is waited for, the second is an answer."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import TypeVar

from temporalio.api.errordetails.v1 import NamespaceNotFoundFailure
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
    }
)
T = TypeVar("T")


class TemporalAwayError(Exception):
    """Temporal cannot be reached, or cannot answer now."""


async def answer(asked: Awaitable[T]) -> T:
    """What Temporal answers. TemporalAwayError when it does not; RPCError when it refuses."""
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            return await asked
    except RPCError as error:
        if error.status in _AWAY or _lacks_namespace(error):
            raise TemporalAwayError from error
        raise
    except (RuntimeError, TimeoutError) as error:  # a lazy client that cannot connect raises RuntimeError
        raise TemporalAwayError from error


def _lacks_namespace(error: RPCError) -> bool:
    """A missing namespace is NOT_FOUND too, and must not pass for a closed case."""
    return any(detail.Is(NamespaceNotFoundFailure.DESCRIPTOR) for detail in error.grpc_status.details)
