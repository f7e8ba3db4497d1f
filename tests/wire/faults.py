"""What a provider's API can do to a request besides answering it, planned by route."""

from collections import defaultdict, deque
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from threading import Lock


class Mode(StrEnum):
    """What happens to one request; "after" means that the provider has acted on it all the same."""

    HANG_BEFORE = "hang before"
    HANG_AFTER = "hang after"
    DROP_BEFORE = "drop before"
    DROP_AFTER = "drop after"
    UNAVAILABLE_BEFORE = "503 before"
    UNAVAILABLE_AFTER = "503 after"
    TOO_MANY = "429"


ACTED_UPON = frozenset({Mode.HANG_AFTER, Mode.DROP_AFTER, Mode.UNAVAILABLE_AFTER})


@dataclass(frozen=True)
class Fault:
    """One fault to come; `retry_after` goes with a 429."""

    mode: Mode
    retry_after: timedelta = timedelta(seconds=1)

    @property
    def acts(self) -> bool:
        """Whether the request is acted upon before it goes wrong."""
        return self.mode in ACTED_UPON


class Faults:
    """The faults still to come: each request to a route, or of one person on it, takes one."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._planned: defaultdict[str, deque[Fault]] = defaultdict(deque)

    def plan(self, route: str, *faults: Fault, of: str = "") -> None:
        """The next requests to this route (`Calls`, `Messages` …) go so; `of`: only those that name this person."""
        with self._lock:
            self._planned[f"{route} {of}"].extend(faults)

    def take(self, route: str, *people: str) -> Fault | None:
        """The fault of this request, if any is planned."""
        with self._lock:
            for of in (*people, ""):
                planned = self._planned[f"{route} {of}"]
                if planned:
                    return planned.popleft()
        return None
