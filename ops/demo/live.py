"""Timelines as they happen: told by the live events, read step by step, awaited by whoever plays."""

import time
from collections import defaultdict
from contextlib import suppress
from datetime import timedelta
from threading import Condition, Event, Thread
from uuid import UUID

import httpx2

from api.shown import StepOut
from ops.demo.errors import DemoError, Unexpected
from ops.demo.screen import Screen, key_of
from ops.demo.wire import Desk

RECONNECT_SECONDS = 0.5


class Live:
    """Follows the cases of the demo; everybody else's pass by unread."""

    def __init__(self, desk: Desk, screen: Screen) -> None:
        self._desk, self._screen = desk, screen
        self._labels: dict[UUID, str] = {}
        self._steps: defaultdict[UUID, list[StepOut]] = defaultdict(list)
        self._heard: defaultdict[UUID, set[int]] = defaultdict(set)
        self._news = Condition()
        self._connected, self._stopped = Event(), Event()
        self._behind: int | None = None

    def start(self, patience: timedelta) -> None:
        """Listen from now on. DemoError when there are no live events in time."""
        Thread(target=self._listen, name="live", daemon=True).start()
        if not self._connected.wait(patience.total_seconds()):
            raise DemoError("The live events (GET /events) do not answer.")

    def stop(self) -> None:
        """Listen no more; whoever waits is told."""
        self._stopped.set()
        with self._news:
            self._news.notify_all()

    def follow(self, case: UUID, label: str) -> None:
        """Show this case's steps from now on, those it already has as well."""
        with self._news:
            self._labels[case] = label
        self._read(case)

    def wait(self, case: UUID, wanted: str, *, count: int = 1, patience: timedelta) -> StepOut:
        """The `count`th step of this name, or of this kind. Unexpected when it does not happen in time."""
        deadline = time.monotonic() + patience.total_seconds()
        with self._news:
            while True:
                found = [step for step in self._steps[case] if wanted in (step.kind, key_of(step))]
                if len(found) >= count:
                    return found[count - 1]
                left = deadline - time.monotonic()
                if self._stopped.is_set():
                    raise DemoError("stopped")
                if left <= 0:
                    raise Unexpected(self._waited_in_vain(case, wanted, patience))
                self._news.wait(left)

    def heard(self, case: UUID) -> frozenset[int]:
        """The numbers of the steps that live events told of."""
        with self._news:
            return frozenset(self._heard[case])

    def _waited_in_vain(self, case: UUID, wanted: str, patience: timedelta) -> str:
        last = key_of(self._steps[case][-1]) if self._steps[case] else "nothing"
        return f"waited {patience.total_seconds():.0f} s in vain for `{wanted}`; the last step was `{last}`"

    def _listen(self) -> None:
        while not self._stopped.is_set():
            with suppress(httpx2.HTTPError, DemoError):
                self._hear_all()
            self._stopped.wait(RECONNECT_SECONDS)

    def _hear_all(self) -> None:
        for number, change in self._desk.events(self._behind):
            self._behind = number
            self._connected.set()
            if change is None:
                continue
            with self._news:
                self._heard[change.case].add(change.seq)
                is_ours = change.case in self._labels
                is_known = any(step.seq == change.seq for step in self._steps[change.case])
            if is_ours and not is_known:
                self._read(change.case)

    def _read(self, case: UUID) -> None:
        timeline = self._desk.timeline(case).steps
        with self._news:
            last = max((step.seq for step in self._steps[case]), default=0)
            for step in (one for one in timeline if one.seq > last):
                self._steps[case].append(step)
                self._screen.step(self._labels[case], step)
            self._news.notify_all()
