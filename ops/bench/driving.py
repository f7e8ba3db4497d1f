"""Plays whole loops straight through Temporal, as the API and the relay would drive them."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import uuid4

from temporalio.client import Client, WorkflowHandle

from db.columns import now
from domain.messages import (
    Call,
    CallEnded,
    Claim,
    CustomerAnswered,
    LogAttempt,
    Opening,
    Resolve,
    Staff,
    SurveyAnswered,
)
from domain.words import AttemptOutcome
from ops.bench import bare_worker
from ops.bench.bare import Bare
from ops.bench.shaped import Shaped
from workflows.close_the_loop import CloseTheLoop

PULSE = 0.05
RING = 0.2
"""Seconds for which the telephone rings: an answer that overtakes its call would be doubted."""
Loop = Callable[[], Awaitable[str]]
"""Plays one to its end; the workflow's id."""


class Driver:
    """Plays one step after the other, each as soon as the one before is answered."""

    def __init__(self, client: Client, by: Staff, queue: str) -> None:
        """All cases are worked by the same specialist."""
        self.client, self.by, self.queue = client, by, queue

    async def rest(self, _workflow: str) -> None:
        """Between two steps; none here."""

    async def by_telephone(self, begin: Opening) -> str:
        """Claim, call, answered, ended, resolve, final survey."""
        return await self._whole(begin, self._ring)

    async def by_hand(self, begin: Opening) -> str:
        """Claim, a call made by other means, resolve, final survey."""
        return await self._whole(begin, self._log)

    async def bare(self) -> str:
        """The same driving of the bare workflow: 3 updates, 2 signals."""
        case = uuid4()
        handle = await self.client.start_workflow(Bare.run, case, id=f"bare-{case}", task_queue=bare_worker.QUEUE)
        await self.rest(handle.id)
        await handle.execute_update(Bare.claim)
        await self.rest(handle.id)
        await asyncio.sleep(RING)
        await handle.signal(Bare.call_ended)
        await handle.execute_update(Bare.call)
        await self.rest(handle.id)
        await handle.execute_update(Bare.resolve)
        await self.rest(handle.id)
        await handle.signal(Bare.survey_answered)
        await handle.result()
        return handle.id

    async def shape_by_telephone(self) -> str:
        """The driving of a loop by telephone, of the workflow that has nothing but its shape."""
        return await self._shape(_ring_mere_shape)

    async def shape_by_hand(self) -> str:
        """The same of a loop by hand."""
        return await self._shape(_log_mere_shape)

    async def _shape(self, reach: Callable[[WorkflowHandle[Shaped, str]], Awaitable[None]]) -> str:
        case = uuid4()
        handle = await self.client.start_workflow(Shaped.run, case, id=f"bare-{case}", task_queue=bare_worker.QUEUE)
        await handle.execute_update(Shaped.claim)
        await reach(handle)
        await handle.execute_update(Shaped.resolve)
        await handle.signal(Shaped.survey_answered)
        await handle.result()
        return handle.id

    async def _whole(self, begin: Opening, reach: Callable[[str], Awaitable[None]]) -> str:
        identity = f"case-{begin.case}"
        handle = await self.client.start_workflow(CloseTheLoop.run, begin, id=identity, task_queue=self.queue)
        await self.rest(identity)
        await handle.execute_update(CloseTheLoop.claim, Claim(by=self.by))
        await self.rest(identity)
        await reach(identity)
        await self.rest(identity)
        solution = Resolve(by=self.by, cause="setup", text=uuid4(), solved=True, one_conversation=True)
        await handle.execute_update(CloseTheLoop.resolve, solution)
        await self.rest(identity)
        answered = SurveyAnswered(id=f"survey:{begin.case}", at=now(), solved=True)
        await handle.signal(CloseTheLoop.survey_answered, answered)
        await handle.result()
        return identity

    async def _ring(self, identity: str) -> None:
        handle, attempt = self.client.get_workflow_handle(identity), uuid4()
        await handle.execute_update(CloseTheLoop.call, Call(by=self.by, attempt=attempt))
        await self.rest(identity)
        await asyncio.sleep(RING)
        picked_up = CustomerAnswered(id=f"{attempt}:2", at=now(), attempt=attempt)
        await handle.signal(CloseTheLoop.customer_answered, picked_up)
        await self.rest(identity)
        hung_up = CallEnded(id=f"{attempt}:3", at=now(), attempt=attempt, outcome=AttemptOutcome.REACHED)
        await handle.signal(CloseTheLoop.call_ended, hung_up)

    async def _log(self, identity: str) -> None:
        handle = self.client.get_workflow_handle(identity)
        logged = LogAttempt(by=self.by, attempt=uuid4(), outcome=AttemptOutcome.REACHED)
        await handle.execute_update(CloseTheLoop.log_attempt, logged)


async def _ring_mere_shape(handle: WorkflowHandle[Shaped, str]) -> None:
    await handle.execute_update(Shaped.call)
    await asyncio.sleep(RING)
    await handle.signal(Shaped.customer_answered)
    await handle.signal(Shaped.call_ended)


async def _log_mere_shape(handle: WorkflowHandle[Shaped, str]) -> None:
    await handle.execute_update(Shaped.log_attempt)


class UnhurriedDriver(Driver):
    """Lets the workflow finish what it has begun before the next step, as life does."""

    async def rest(self, workflow: str) -> None:
        """Until it only waits."""
        handle = self.client.get_workflow_handle(workflow)
        busy = True
        while busy:
            await asyncio.sleep(PULSE)
            told = (await handle.describe()).raw_description
            busy = bool(told.pending_activities) or told.HasField("pending_workflow_task")
