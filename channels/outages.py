"""Says in the log when a way out fails and when it works again: once each, however much waits for it."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from threading import Lock
from typing import TypeVar

from channels.errors import ChannelError, Refused, RefusedReason

T = TypeVar("T")
SAID_ONCE_IN = timedelta(minutes=1)
"""One that fails now and then, as a provider with too much to do, is not worth two lines each time."""


class Outages:
    """Watches ways by their names; thread-safe."""

    def __init__(self, log: logging.Logger, *, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` counts seconds."""
        self._log, self._clock = log, clock
        self._down: set[str] = set()
        self._said_at: dict[str, float] = {}
        self._watching = Lock()

    def watched(self, name: str, send: Callable[[], T]) -> T:
        """Send; what it raises goes on. That one recipient cannot be reached is no outage."""
        try:
            sent = send()
        except ChannelError as error:
            if not isinstance(error, Refused) or error.reason is RefusedReason.CONFIG:
                self._fails(name, error)
            raise
        self._works(name)
        return sent

    def _fails(self, name: str, error: ChannelError) -> None:
        with self._watching:
            at, said_at = self._clock(), self._said_at.get(name)
            if name in self._down or (said_at is not None and at - said_at < SAID_ONCE_IN.total_seconds()):
                return
            self._down.add(name)
            self._said_at[name] = at
        self._log.warning("%s fails: %s, %s", name, type(error).__name__, error)

    def _works(self, name: str) -> None:
        if name not in self._down:
            return
        with self._watching:
            was_down = name in self._down
            self._down.discard(name)
        if was_down:
            self._log.warning("%s works again", name)
