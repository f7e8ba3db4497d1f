"""A world in which things fail when told to."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.announcements import Announce
from activities.phone import Ring, Rung
from domain.words import AttemptOutcome
from tests.workflows.playing import Outside

LOST = Rung(outcome=AttemptOutcome.TECHNICAL)


@dataclass
class Troubled(Outside):
    """The telephone out of order, the post failing so many times, a call whose end the provider tells."""

    out_of_order: bool = False
    failures: int = 0
    away_for: timedelta | None = None
    """How long the post says it will be away; None: try again soon."""
    found: Rung = LOST

    @activity.defn(name="place_call")
    async def place_call(self, ring: Ring) -> Rung:
        self._telephone()
        return await super().place_call(ring)

    @activity.defn(name="reconcile_call")
    async def reconcile_call(self, ring: Ring) -> Rung:
        return self.found

    @activity.defn(name="hang_up")
    async def hang_up(self, attempt: UUID) -> None:
        self._telephone()
        await super().hang_up(attempt)

    @activity.defn(name="announce")
    async def announce(self, moment: Announce) -> None:
        self.failures -= 1
        if self.failures >= 0:
            raise ApplicationError("the post is away", next_retry_delay=self.away_for)
        await super().announce(moment)

    def _telephone(self) -> None:
        if self.out_of_order:
            raise ApplicationError("out of order")
