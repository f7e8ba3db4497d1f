"""Cases laid to sleep before all goes dark: who sleeps, until when, and what must happen at that instant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Barrier, BrokenBarrierError, Condition, Event
from uuid import UUID

from ops.demo.errors import Unexpected


@dataclass(frozen=True)
class Sleeper:
    """A case for which nobody does anything, so that a deadline falls due."""

    case: UUID
    due: datetime
    step: str
    """The kind of event that must carry it."""


class Night:
    """Players lay cases to sleep and wait for the day."""

    def __init__(self, sleepers: int, patience: timedelta) -> None:
        self._count, self._patience = sleepers, patience
        self._ready = Barrier(sleepers, timeout=patience.total_seconds())
        self._sleepers: list[Sleeper] = []
        self._news, self._day = Condition(), Event()
        self.down: datetime | None = None
        """When everything was killed."""
        self.up: datetime | None = None
        """When everything was started again."""

    @property
    def sleepers(self) -> Sequence[Sleeper]:
        """All so far."""
        with self._news:
            return tuple(self._sleepers)

    def gather(self) -> None:
        """Wait for all others who are to sleep: their clocks start together."""
        try:
            self._ready.wait()
        except BrokenBarrierError:
            raise Unexpected("not everybody could be made ready for the night") from None

    def sleep(self, sleeper: Sleeper) -> None:
        """Lay this case to sleep, and wait for the day."""
        with self._news:
            self._sleepers.append(sleeper)
            self._news.notify_all()
        if not self._day.wait(self._patience.total_seconds()):
            raise Unexpected("the night did not end")

    def await_sleepers(self) -> datetime:
        """Wait until all sleep; when the last of them falls due."""
        with self._news:
            if not self._news.wait_for(lambda: len(self._sleepers) == self._count, self._patience.total_seconds()):
                raise Unexpected(f"only {len(self._sleepers)} of {self._count} cases could be laid to sleep")
            return max(sleeper.due for sleeper in self._sleepers)

    def end(self) -> None:
        """It is day: the players go on."""
        self._day.set()
