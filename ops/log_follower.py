"""Reads on in a growing log and picks the lines people should see at once."""

import re
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

MOST_LINES = 3
"""At one look; a flood is in the log itself."""
PAUSE = timedelta(seconds=2)
"""Between two looks."""


class LogFollower:
    """Starts at the log's present end."""

    def __init__(self, log: Path, pattern: re.Pattern[str] | None) -> None:
        self._log = log
        self._pattern = pattern
        self._position = log.stat().st_size if log.exists() else 0
        self._next_look = 0.0

    def alarming_lines(self) -> Iterator[str]:
        """The new lines that match, at most a few, and a count of the rest; nothing when asked too often."""
        if time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + PAUSE.total_seconds()
        found = [line for line in self._new_lines() if self._pattern and self._pattern.search(line)]
        yield from found[:MOST_LINES]
        if len(found) > MOST_LINES:
            yield f"… and {len(found) - MOST_LINES} more lines like these in {self._log}"

    def _new_lines(self) -> list[str]:
        if not self._log.exists():
            return []
        self._position = min(self._position, self._log.stat().st_size)
        with self._log.open("rb") as log:
            log.seek(self._position)
            whole, _, _ = log.read().rpartition(b"\n")
        self._position += len(whole) + 1 if whole else 0
        return whole.decode(errors="replace").splitlines()
