"""The second baseline of loops: what Temporal itself asks of a loop, and nothing of what we do in it."""

import asyncio
from datetime import timedelta
from uuid import UUID

from temporalio import workflow

from ops.bench.bare import BareActivities, Step


@workflow.defn
class Shaped:
    """The updates, signals and activities of a loop by telephone or by hand, each activity one row."""

    @workflow.init
    def __init__(self, case: UUID) -> None:
        self.case, self.over = case, False
        self._unwritten = ["opened"]
        self._in_order = asyncio.Lock()
        self._placing: asyncio.Task[None] | None = None

    @workflow.run
    async def run(self, _case: UUID) -> str:
        await self._write_down()
        await workflow.wait_condition(lambda: self.over, timeout=timedelta(days=1))
        await workflow.wait_condition(workflow.all_handlers_finished)
        return "answered"

    @workflow.update
    async def claim(self) -> str:
        """A row."""
        return await self._note("claimed")

    @workflow.update
    async def call(self) -> str:
        """A row; then the call is placed, which nobody waits for."""
        told = await self._note("call_started")
        self._placing = asyncio.create_task(self._write("placed"))
        return told

    @workflow.signal
    async def customer_answered(self) -> None:
        """Written with the end of the call."""

    @workflow.signal
    async def call_ended(self) -> None:
        """A row."""
        await self._note("reached")

    @workflow.update
    async def log_attempt(self) -> str:
        """A row."""
        return await self._note("reached")

    @workflow.update
    async def resolve(self) -> str:
        """A row."""
        return await self._note("resolved")

    @workflow.signal
    async def survey_answered(self) -> None:
        """The last row."""
        await self._note("closed")
        self.over = True

    async def _note(self, kind: str) -> str:
        self._unwritten.append(kind)
        await self._write_down()
        return kind

    async def _write_down(self) -> None:
        """What happened in one task is one row."""
        if kinds := self._unwritten:
            self._unwritten = []
            async with self._in_order:
                await self._write(" ".join(kinds))

    async def _write(self, kind: str) -> None:
        await workflow.execute_activity_method(
            BareActivities.note, Step(self.case, kind), start_to_close_timeout=timedelta(seconds=10)
        )
