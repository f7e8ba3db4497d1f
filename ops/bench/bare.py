"""The baseline of loops and commands: a workflow of a fixed shape that knows nothing of calls and promises.

Three updates, two signals, three activities that insert one row each by SQLAlchemy Core, and three timers, each armed
in one workflow task and cancelled in a later one, as a case that goes well does with its deadlines.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

from sqlalchemy import Column, Engine, MetaData, String, Table, Uuid, insert
from temporalio import activity, workflow

metadata = MetaData()
ROWS = Table(
    "bench_step", metadata, Column("id", Uuid, primary_key=True), Column("case_id", Uuid), Column("kind", String)
)
STAGES = (
    ("opened", "call_ended", timedelta(hours=1)),
    ("reached", "resolve", timedelta(days=1)),
    ("resolved", "survey_answered", timedelta(days=7)),
)
"""What is written down, what is awaited then, and for how long."""


@dataclass
class Step:
    """What an activity writes down."""

    case: UUID
    kind: str


class BareActivities:
    """Writes PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @activity.defn
    def note(self, step: Step) -> None:
        """One row."""
        with self.engine.begin() as connection:
            connection.execute(insert(ROWS).values(id=uuid4(), case_id=step.case, kind=step.kind))


@workflow.defn
class Bare:
    """Opened, reached, resolved, answered; an update that follows a row is answered when the row is there."""

    def __init__(self) -> None:
        self.heard: set[str] = set()
        self.written: set[str] = set()

    @workflow.run
    async def run(self, case: UUID) -> str:
        for row, awaited, wait in STAGES:
            await workflow.execute_activity_method(
                BareActivities.note, Step(case, row), start_to_close_timeout=timedelta(seconds=10)
            )
            self.written.add(row)
            await workflow.wait_condition(partial(self._has_heard, awaited), timeout=wait)
        return "answered"

    @workflow.update
    async def claim(self) -> str:
        """Once it is opened."""
        return await self._written("opened")

    @workflow.signal
    async def call_ended(self) -> None:
        """The first timer is cancelled."""
        self.heard.add("call_ended")

    @workflow.update
    async def call(self) -> str:
        """Once it is reached."""
        return await self._written("reached")

    @workflow.update
    async def resolve(self) -> str:
        """The second timer is cancelled."""
        self.heard.add("resolve")
        return await self._written("resolved")

    @workflow.signal
    async def survey_answered(self) -> None:
        """The third timer is cancelled."""
        self.heard.add("survey_answered")

    def _has_heard(self, what: str) -> bool:
        return what in self.heard

    async def _written(self, row: str) -> str:
        await workflow.wait_condition(lambda: row in self.written)
        return row
