"""The named paths of the workflows that keep the system: erasure and retention."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import uuid4

from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

from activities.erasure import Erase
from tests.workflows.scene import Handle, Scene, path
from worker import SANDBOX
from workflows.erasure import ErasePeople
from workflows.retention import KeepNoLonger

QUEUE = "keeping"


@dataclass
class Keeping:
    """Stands in for rows and providers: what each step finds, in turn."""

    cases_still_open: int = 0
    providers_silent: int = 0
    patience: timedelta | None = None
    """How long they want to be left alone; None: asked again soon."""
    stale: list[int] = field(default_factory=list)
    swept: list[int] = field(default_factory=list)

    @activity.defn
    async def end_cases(self, ask: Erase) -> None:
        self.cases_still_open -= 1
        if self.cases_still_open >= 0:
            raise ApplicationError("not yet", type="NotYet", next_retry_delay=self.patience)

    @activity.defn
    async def forget_copies(self, ask: Erase) -> None:
        self.providers_silent -= 1
        if self.providers_silent >= 0:
            raise ApplicationError("no answer", next_retry_delay=self.patience)

    @activity.defn
    async def empty_rows(self, ask: Erase) -> None:
        return None

    @activity.defn
    async def erase_stale(self) -> int:
        return self.stale.pop(0)

    @activity.defn
    async def sweep(self) -> int:
        return self.swept.pop(0)

    def worker(self, scene: Scene) -> Worker:
        """Works for them."""
        doing: list[Callable[..., object]] = [
            self.end_cases,
            self.forget_copies,
            self.empty_rows,
            self.erase_stale,
            self.sweep,
        ]
        workflows = [ErasePeople, KeepNoLonger]
        return Worker(scene.client, task_queue=QUEUE, workflows=workflows, activities=doing, workflow_runner=SANDBOX)


async def _erase(scene: Scene, keeping: Keeping) -> Handle:
    erase = Erase(erasure=uuid4(), customers=(uuid4(),), responses=(uuid4(), uuid4()))
    async with keeping.worker(scene):
        handle = await scene.client.start_workflow(
            ErasePeople.run, erase, id=f"erasure-{erase.erasure}", task_queue=QUEUE
        )
        await handle.result()
    return scene.client.get_workflow_handle(handle.id)


@path("ErasePeople", "end_cases", "forget_copies", "empty_rows", "tried again")
async def person_erased(scene: Scene) -> Handle:
    """Their cases take a moment to end; then providers forget, and the rows are emptied."""
    return await _erase(scene, Keeping(cases_still_open=2))


@path("ErasePeople", "empty_rows", "activity_task_failed")
async def person_erased_in_spite_of_silence(scene: Scene) -> Handle:
    """Neither the case nor the provider answers for days: the erasure goes on without them."""
    return await _erase(scene, Keeping(cases_still_open=1, providers_silent=1, patience=timedelta(days=30)))


@path("KeepNoLonger", "erase_stale", "sweep")
async def retention_night(scene: Scene) -> Handle:
    """Two batches of people and one of rows have become too old."""
    keeping = Keeping(stale=[50, 3, 0], swept=[7, 0])
    async with keeping.worker(scene):
        handle = await scene.client.start_workflow(KeepNoLonger.run, id="retention", task_queue=QUEUE)
        await handle.result()
    return scene.client.get_workflow_handle(handle.id)
