"""A room of Slack behind its incoming webhook, on a loopback port."""

import json
import re
from http import HTTPStatus
from threading import Lock
from typing import Self
from uuid import UUID

from tests.wire.door import Answer, Door, Incoming
from tests.wire.faults import Fault, Faults

HOOK, SECRET = "hook", "secretpartofslackshook"
_CASE = re.compile(r"/cases/([0-9a-f-]{36})")


class SlackLike:
    """Serves inside the block. Faults are planned for the route `HOOK`, `of` a case's id."""

    def __init__(self) -> None:
        self.faults, self.posts, self.said = Faults(), list[str](), list[str]()
        self._lock, self._door = Lock(), Door(self)
        self.url = f"{self._door.url}/services/T000/B000/{SECRET}"

    def __enter__(self) -> Self:
        self._door.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._door.__exit__()

    def asked_about(self, case: UUID) -> int:
        """How many POSTs there were about a case, whatever became of them."""
        return sum(str(case) in words for words in self.posts)

    def said_about(self, case: UUID) -> int:
        """How often the room has read of it."""
        return sum(str(case) in words for words in self.said)

    def expect(self, incoming: Incoming) -> Fault | None:
        """Every POST counts."""
        with self._lock:
            self.posts.append(_words(incoming))
        return self.faults.take(HOOK, *_CASE.findall(_words(incoming)))

    def answer(self, incoming: Incoming) -> Answer:
        """Say it in the room; whoever does not know the address is told so."""
        if not incoming.target.endswith(SECRET):
            return Answer(HTTPStatus.FORBIDDEN, "invalid_token")
        with self._lock:
            self.said.append(_words(incoming))
        return Answer(HTTPStatus.OK, "ok")

    def too_many(self, fault: Fault) -> Answer:
        """With a Retry-After."""
        wait = {"Retry-After": str(int(fault.retry_after.total_seconds()))}
        return Answer(HTTPStatus.TOO_MANY_REQUESTS, "rate_limited", wait)


def _words(incoming: Incoming) -> str:
    return str(json.loads(incoming.body)["text"])
