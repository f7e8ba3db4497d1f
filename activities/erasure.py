"""An erasure's steps: cases ended, providers asked to forget, rows emptied; and what is older than it may be kept."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import Engine
from sqlmodel import Session
from temporalio import activity
from temporalio.exceptions import ApplicationError

from channels.erasing import CopyKeeper, Kept, KeptForGood
from channels.errors import Refused, RefusedReason
from db import copies, erasure, retention
from db.columns import now
from db.copies import Copy
from db.erasure import Asking
from db.proof import Origin
from domain.policy import Frozen

FORGOTTEN, KEPT = copies.FORGOTTEN, copies.KEPT


class Erase(Frozen):
    """One erasure to carry out. The ids tell whose data, also after a database older than the erasure was restored."""

    erasure: UUID
    customers: tuple[UUID, ...] = ()
    responses: tuple[UUID, ...] = ()


@dataclass(frozen=True)
class Periods:
    """How long what is kept."""

    personal_data: timedelta
    commands: timedelta
    inbox: timedelta


class ErasureActivities:
    """Each step reads what is left to do, so it may be killed anywhere and done again."""

    def __init__(self, engine: Engine, keepers: Mapping[Kept, CopyKeeper], *, secret: bytes, periods: Periods) -> None:
        """`keepers`: who holds copies of what; copies of a kind without a keeper are on record as kept."""
        self.engine, self.keepers, self.secret, self.periods = engine, keepers, secret, periods

    @activity.defn
    def end_cases(self, ask: Erase) -> None:
        """Tell the cases; ends when all of them, and the messages on their way, have ended. Each is told once."""
        with Session(self.engine) as session, session.begin():
            left = erasure.end_cases(session, ask.erasure)
        if left:
            raise ApplicationError("cases or messages have not ended yet", type="NotYet")

    @activity.defn
    def forget_copies(self, ask: Erase) -> None:
        """Ask every provider to delete its copies. What is deleted is not asked again; deleting twice is harmless."""
        with Session(self.engine) as session:
            addresses = copies.addresses_of(session, ask.erasure)
            left = copies.left(session, ask.erasure)
        if addresses:
            self._forget_person(ask.erasure, addresses)
        for copy in left:
            result = self._forget(copy)
            with Session(self.engine) as session, session.begin():
                copies.settle(session, ask.erasure, copy, result)

    @activity.defn
    def empty_rows(self, ask: Erase) -> None:
        """Empty all rows and write the proof, in one transaction. Done before, nothing changes."""
        with Session(self.engine) as session, session.begin():
            copies.give_up(session, ask.erasure)
            erasure.finish(session, ask.erasure, at=now())

    @activity.defn
    def erase_stale(self) -> int:
        """Ask for the erasure of one batch of what is older than it may be kept: how many people and responses.

        Done twice, it takes the next batch.
        """
        at = now()
        asking = Asking(Origin.RETENTION, at, self.secret)
        with Session(self.engine) as session, session.begin():
            whom = retention.stale(session, before=at - self.periods.personal_data)
            if whom.customers or whom.responses:
                erasure.ask(session, whom, asking)
        return len(whom.customers) + len(whom.responses)

    @activity.defn
    def sweep(self) -> int:
        """Delete a batch of kept replies, done inbox rows, old reservations: how many. Twice deletes two batches."""
        at = now()
        with Session(self.engine) as session, session.begin():
            return retention.sweep(
                session, commands_before=at - self.periods.commands, inbox_before=at - self.periods.inbox, at=at
            )

    def _forget_person(self, erasure_id: UUID, addresses: Sequence[str]) -> None:
        results = [_outcome(partial(keeper.forget_person, addresses)) for keeper in _each(self.keepers)]
        with Session(self.engine) as session, session.begin():
            for result in results:
                copies.count(session, erasure_id, copies.PERSON, result)

    def _forget(self, copy: Copy) -> str:
        kind = Kept(copy.channel)
        keeper = self.keepers.get(kind)
        return _outcome(partial(keeper.forget, kind, copy.provider_id)) if keeper else KEPT


def _outcome(forget: Callable[[], None]) -> str:
    """What became of it. Anything but a clear answer propagates, and the step is tried again."""
    try:
        forget()
    except KeptForGood:
        return KEPT
    except Refused as refused:
        if refused.reason is not RefusedReason.NOT_FOUND:
            raise
    return FORGOTTEN


def _each(keepers: Mapping[Kept, CopyKeeper]) -> list[CopyKeeper]:
    """A provider that keeps copies of several kinds is asked about a person once."""
    return list({id(keeper): keeper for keeper in keepers.values()}.values())
