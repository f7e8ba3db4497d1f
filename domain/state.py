"""What a case knows: plain values, changed only by `asks`, `facts` and `agenda`."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from domain.promise import Promise
from domain.words import AttemptOutcome, Outcome, Stage


class PromiseState(BaseModel):
    """The callback promise: the original stays on record for ever; what becomes of it is decided once."""

    original: Promise | None = None
    warned: int = 0
    """How many of the warnings are behind us."""
    kept_at: datetime | None = None
    kept_by_log: bool = False
    """Kept by a hand-logged attempt, which reports show apart."""
    broken_at: datetime | None = None
    """The due time of a broken promise."""
    moved_at: datetime | None = None
    """The customer agreed on another time before the promise was due."""
    void: bool = False
    """Not counted: withdrawn by the customer before due, or no usable number."""

    @property
    def due(self) -> datetime | None:
        """The instant the promise falls due; None when none could be given."""
        return self.original.due if self.original else None

    @property
    def open(self) -> bool:
        """Still to be kept, and not yet broken."""
        return self.original is not None and not (self.kept_at or self.broken_at or self.moved_at or self.void)


class Attempt(BaseModel):
    """One try to reach the customer."""

    id: UUID
    by: UUID
    started_at: datetime
    logged: bool = False
    inbound: bool = False
    """The customer rang us, and we took it."""
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: AttemptOutcome | None = None
    asked_after: datetime | None = None
    """No end of it was heard for long: when the provider was last asked."""


class Callback(BaseModel):
    """An agreed time to call."""

    time: datetime
    agreed_at: datetime | None = None
    warned: bool = False
    broken: bool = False


class Deadline(BaseModel):
    """A callback deadline set by a lead."""

    due: datetime
    missed: bool = False


class Review(BaseModel):
    """One question to second line."""

    id: UUID
    asked_at: datetime
    due: datetime
    rung: int = 0
    """0: second line's turn; 1: it was reminded; 2: its lead was told; 3: so were the owner and the customer."""
    forwarded: bool = False
    asked_back: bool = False
    answered_at: datetime | None = None

    @property
    def waiting(self) -> bool:
        """Second line, or a third party behind it, has to act."""
        return self.answered_at is None and not self.asked_back


def answer_to_tell(reviews: Iterable[Review], attempts: Iterable[Attempt]) -> datetime | None:
    """Since when an answer of second line lies with us: nobody has rung the customer since and spoken with them."""
    spoke = max((one.started_at for one in attempts if one.outcome is AttemptOutcome.REACHED), default=None)
    answered = (one.answered_at for one in reviews if one.answered_at)
    return min((at for at in answered if spoke is None or at > spoke), default=None)


class Alarm(BaseModel):
    """An alert that repeats at widening intervals until a lead or manager acknowledges it, or its cause ends."""

    seq: int
    """The event that raised it."""
    due: datetime
    repeats: int = 0
    next_at: datetime


class Snapshot(BaseModel):
    """The state of a case as shown to people and written to its row."""

    case: UUID
    seq: int
    stage: Stage
    outcome: Outcome | None
    owner: UUID | None
    promise: PromiseState
    number_usable: bool
    callback: datetime | None
    deadline: datetime | None
    next_attempt: datetime | None
    tries: int
    attempts: list[Attempt]
    reviews: list[Review]
    alarms: dict[str, Alarm]
    reached_at: datetime | None
    first_attempt_at: datetime | None
    resolved_at: datetime | None
    cause: str | None
    solved: bool | None
    one_conversation: bool | None
    closed_at: datetime | None
    next_case: UUID | None
    goal_missed: bool
    urgent_at: datetime | None
    """What orders the queue: the instant by which somebody has to act."""
    ready_at: datetime | None
    """From when the case is to be worked; None: at once."""
    waiting_for: str | None
    """The next deadline's step."""
    waiting_until: datetime | None
