"""Waiting for what the system does of itself."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

Found = TypeVar("Found")
PATIENCE = timedelta(seconds=60)


def until(found: Callable[[], Found | None], what: str = "it", *, patience: timedelta = PATIENCE) -> Found:
    """Ask until there is an answer that is true. AssertionError when there is none in time."""
    deadline = time.monotonic() + patience.total_seconds()
    while not (answer := found()):
        assert time.monotonic() < deadline, f"{what}: not within {patience.total_seconds():.0f} s"
        time.sleep(0.05)
    return answer
