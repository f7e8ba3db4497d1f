"""One timer for all the deadlines of a case."""

import asyncio
from datetime import UTC, datetime

from temporalio import workflow

NEVER = datetime.max.replace(tzinfo=UTC)


class AlarmClock:
    """Rings at the nearest deadline it was wound for.

    A deadline that moves nearer costs a new timer. One that moves away costs none: the clock rings early, is looked at
    and wound again, which is cheaper than a new timer for every change.
    """

    def __init__(self) -> None:
        self.rings_at = NEVER
        self._timer: asyncio.Task[None] | None = None

    def wind(self, at: datetime, step: str) -> None:
        """Ring at `at` or before; `step` is shown beside the timer."""
        if at >= self.rings_at:
            return
        if self._timer:
            self._timer.cancel()
        self.rings_at = at
        self._timer = asyncio.create_task(self._ring(at, step))

    async def _ring(self, at: datetime, step: str) -> None:
        await workflow.sleep(at - workflow.now(), summary=step)
        self.rings_at = NEVER
