"""Plays one case step by step: people ask, facts arrive, time passes; rows and workflow are compared all the way."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select
from temporalio import activity
from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment
from temporalio.workflow import UpdateMethodMultiParam

from activities.announcements import Announce
from activities.phone import Ring, Rung
from db.recipients import Recipient
from db.tables import Case, Timeline
from domain.announcements import announcement
from domain.events import EventKind
from domain.messages import (
    Ask,
    Call,
    CallEnded,
    Claim,
    CustomerAnswered,
    Fact,
    Opening,
    Resolve,
    SurveyAnswered,
)
from domain.messages import Staff as By
from domain.state import Snapshot
from domain.words import AttemptOutcome, Outcome, Role
from workflows.close_the_loop import CloseTheLoop

A = TypeVar("A", bound=Ask)
F = TypeVar("F", bound=Fact)
PATIENCE = 5.0
"""Seconds a condition is waited for, in real time."""


@dataclass
class Outside:
    """What the case had done in the world: calls rung, people told. Stands in for the telephone and the post."""

    slow: bool = False
    """Providers take longer than a record may."""
    rung: list[UUID] = field(default_factory=list)
    hung_up: list[UUID] = field(default_factory=list)
    told: list[tuple[str, str, str]] = field(default_factory=list)
    """Event, template for the customer, alert for the staff."""

    @activity.defn(name="place_call")
    async def place_call(self, ring: Ring) -> Rung:
        self.rung.append(ring.attempt)
        return Rung()

    @activity.defn(name="reconcile_call")
    async def reconcile_call(self, ring: Ring) -> Rung:
        return Rung(outcome=AttemptOutcome.TECHNICAL, at=ring.at)

    @activity.defn(name="hang_up")
    async def hang_up(self, attempt: UUID) -> None:
        self.hung_up.append(attempt)

    def tell(self, moment: Announce, _customer: Recipient | None = None) -> bool:
        """Everybody is told at once, unless the providers are slow."""
        if not self.slow:
            self._tell(moment)
        return not self.slow

    @activity.defn(name="announce")
    async def announce(self, moment: Announce) -> None:
        self._tell(moment)

    def _tell(self, moment: Announce) -> None:
        for event in moment.events:
            told = announcement(event)
            assert told is not None
            self.told.append((event.kind, told.customer or "", told.alert or ""))

    def messages(self) -> list[str]:
        """Templates sent to the customer, in order."""
        return [customer for _, customer, _ in self.told if customer]

    def alerts(self) -> list[str]:
        """Kinds of alerts sent to staff, in order."""
        return [alert for _, _, alert in self.told if alert]


@dataclass
class Play:
    """One case being worked. `staff` holds a member of each role, and a second specialist."""

    env: WorkflowEnvironment
    engine: Engine
    handle: WorkflowHandle[CloseTheLoop, Outcome]
    opening: Opening
    staff: dict[str, By]
    outside: Outside
    _facts: int = 0

    @property
    def case(self) -> UUID:
        return self.opening.case

    @property
    def promised(self) -> datetime:
        """When the call was first promised."""
        assert self.opening.promise
        return self.opening.promise.due

    async def now(self) -> datetime:
        return await self.env.get_current_time()

    async def later(self, minutes: float = 0, *, hours: float = 0, days: float = 0) -> None:
        """Time passes, and everything due meanwhile happens."""
        await self.env.sleep(timedelta(minutes=minutes, hours=hours, days=days))

    async def ask(
        self, update: UpdateMethodMultiParam[[CloseTheLoop, A], Snapshot], ask: A, *, id: str | None = None
    ) -> Snapshot:
        return await self.handle.execute_update(update, ask, id=id or str(uuid4()))

    async def refused(self, update: UpdateMethodMultiParam[[CloseTheLoop, A], Snapshot], ask: A) -> str:
        """The code with which the case turns this down; nothing is changed by it."""
        return str((await self.refusal(update, ask))[0])

    async def refusal(self, update: UpdateMethodMultiParam[[CloseTheLoop, A], Snapshot], ask: A) -> Sequence[object]:
        """The code, and the owner where one is named."""
        before = await self.snapshot()
        with pytest.raises(WorkflowUpdateFailedError) as failure:
            await self.ask(update, ask)
        cause = failure.value.cause
        assert isinstance(cause, ApplicationError)
        assert cause.type == "Refused"
        assert await self.snapshot() == before
        return cause.details

    async def tell(self, signal: Callable[[CloseTheLoop, F], Awaitable[None]], fact: F) -> None:
        """A fact arrives, and arrives again: the repeat changes nothing."""
        await self.handle.signal(signal, fact)
        await self.handle.signal(signal, fact)
        await self.settled()

    async def settled(self) -> Snapshot:
        """The state, once it has been written to the rows and everything it sent out has been done."""
        snapshot, patience = await self.snapshot(), time.monotonic() + PATIENCE
        while not (self._written(snapshot) and await self._idle()) and time.monotonic() < patience:
            await asyncio.sleep(0.01)
            snapshot = await self.snapshot()
        self.agree(snapshot)
        return snapshot

    async def seen(self) -> Outside:
        """The world, once everything has been done that was begun."""
        await self.settled()
        return self.outside

    async def _idle(self) -> bool:
        return not (await self.handle.describe()).raw_description.pending_activities

    def _written(self, snapshot: Snapshot) -> bool:
        with Session(self.engine) as session:
            row = session.get(Case, self.case)
        return row is not None and row.seq == snapshot.seq

    def fact_id(self) -> str:
        self._facts += 1
        return f"fact-{self._facts}"

    async def snapshot(self) -> Snapshot:
        return await self.handle.query(CloseTheLoop.current)

    async def claim(self, who: str = "specialist") -> Snapshot:
        return await self.ask(CloseTheLoop.claim, Claim(by=self.staff[who]))

    async def call(self, outcome: AttemptOutcome, who: str = "specialist") -> UUID:
        """Ring, be answered or not, and hang up."""
        attempt = uuid4()
        await self.ask(CloseTheLoop.call, Call(by=self.staff[who], attempt=attempt))
        if outcome is AttemptOutcome.REACHED:
            answered = CustomerAnswered(id=self.fact_id(), at=await self.now(), attempt=attempt)
            await self.tell(CloseTheLoop.customer_answered, answered)
        ended = CallEnded(id=self.fact_id(), at=await self.now(), attempt=attempt, outcome=outcome)
        await self.tell(CloseTheLoop.call_ended, ended)
        return attempt

    async def resolve(self, who: str = "specialist", *, solved: bool = True) -> Snapshot:
        return await self.ask(CloseTheLoop.resolve, self.resolution(who, solved=solved))

    def resolution(self, who: str = "specialist", *, solved: bool = True) -> Resolve:
        return Resolve(by=self.staff[who], cause="setup", text=uuid4(), solved=solved, one_conversation=True)

    async def answer(self, *, solved: bool | None = True, next_case: UUID | None = None) -> None:
        fact = SurveyAnswered(id=self.fact_id(), at=await self.now(), solved=solved, next_case=next_case)
        await self.tell(CloseTheLoop.survey_answered, fact)

    async def outcome(self) -> Outcome:
        """How it ended; then rows and workflow are compared once more."""
        outcome = await self.handle.result()
        self.agree(await self.snapshot())
        return outcome

    # Rows

    def row(self) -> Case:
        with Session(self.engine) as session:
            return session.get_one(Case, self.case)

    def timeline(self) -> list[Timeline]:
        with Session(self.engine) as session:
            return list(session.exec(select(Timeline).where(Timeline.case_id == self.case).order_by(col(Timeline.seq))))

    def steps(self) -> list[str]:
        """The kinds of the timeline's rows, in order."""
        return [row.kind for row in self.timeline()]

    def count(self, kind: EventKind) -> int:
        return self.steps().count(kind)

    def first(self, kind: EventKind) -> Timeline:
        return next(row for row in self.timeline() if row.kind == kind)

    def agree(self, snapshot: Snapshot) -> None:
        """Rows and workflow never disagree, and the timeline has no gap."""
        assert Snapshot.model_validate(self.row().snapshot) == snapshot
        assert [row.seq for row in self.timeline()] == list(range(1, snapshot.seq + 1))


ROLES = {
    "specialist": Role.SPECIALIST,
    "second": Role.SPECIALIST,
    "second_line": Role.SECOND_LINE,
    "lead": Role.LEAD,
    "manager": Role.MANAGER,
}
