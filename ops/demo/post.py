"""The customers' mailboxes and telephones, as the simulator's log shows them."""

import time
from collections import defaultdict
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from threading import Condition, Event, Thread

import httpx2
from pydantic import JsonValue

from channels.simulator.log import Kind, Line
from channels.simulator.reader import links
from ops.demo.errors import DemoError, Unexpected
from ops.demo.wire import Simulator

RETRY_SECONDS = 0.5


@dataclass(frozen=True)
class Letter:
    """A message as it arrived."""

    way: str
    """mail or sms."""
    links: tuple[str, ...]


class Post:
    """Reads the log from its beginning; who is not asked for is passed over."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._letters: defaultdict[str, list[Letter]] = defaultdict(list)
        self._rung: defaultdict[str, list[str]] = defaultdict(list)
        self._read_so_far = 0
        self._news, self._stopped = Condition(), Event()

    def start(self) -> None:
        """Deliver from now on."""
        Thread(target=self._deliver, name="post", daemon=True).start()

    def stop(self) -> None:
        """Deliver no more; whoever waits is told."""
        self._stopped.set()
        with self._news:
            self._news.notify_all()

    def letter(self, addresses: Collection[str], path: str, *, known: Collection[str], patience: timedelta) -> Letter:
        """The first letter with a link to such a page that is not known yet. Unexpected when none comes in time."""
        deadline = time.monotonic() + patience.total_seconds()
        with self._news:
            while True:
                for letter in (one for address in addresses for one in self._letters[address]):
                    if any(path in link and link not in known for link in letter.links):
                        return letter
                left = deadline - time.monotonic()
                if self._stopped.is_set():
                    raise DemoError("stopped")
                if left <= 0:
                    raise Unexpected(f"no message with a link to {path}… came within {patience.total_seconds():.0f} s")
                self._news.wait(left)

    def attempts_rung(self, phone: str) -> list[str]:
        """The attempt of each call the telephone network was asked for, in order."""
        with self._news:
            return list(self._rung[phone])

    def _deliver(self) -> None:
        while not self._stopped.is_set():
            try:
                lines = self._simulator.lines(self._read_so_far)
            except (httpx2.HTTPError, DemoError):
                self._stopped.wait(RETRY_SECONDS)
                continue
            with self._news:
                for line in lines:
                    self._read_so_far = line.seq
                    self._sort(line)
                self._news.notify_all()

    def _sort(self, line: Line) -> None:
        if not line.accepted:
            return
        body = {name: _text(value) for name, value in line.body.items()}
        with suppress(KeyError):
            if line.kind is Kind.MAIL:
                self._letters[body["address"]].append(Letter("mail", tuple(links(body["text"], body["html"]))))
            elif line.kind is Kind.SMS:
                self._letters[body["phone"]].append(Letter("sms", tuple(links(body["text"]))))
            elif line.kind is Kind.CALL:
                self._rung[body["customer_phone"]].append(body["attempt_id"])


def _text(value: JsonValue) -> str:
    return value if isinstance(value, str) else ""
