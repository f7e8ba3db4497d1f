"""Many open desks on one API process: their memory, and what a change costs when all of them fetch the queue anew."""

import asyncio
import gzip
import json
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Self
from uuid import UUID

from ops.bench.wire import Answer, Connection, load, written
from settings import LOOPBACK

FRAGMENT = "/desk/queue?rows=50"
HOLDS_BACK = 0.5
"""Seconds, as its `hx-trigger` says: the first change of a while at once, all that follow within it together."""
PATIENCE = 60.0
PAUSE = 0.6
"""Between the moment all have seen a change and the next one."""
AT_ONCE = 40
_POSITION = re.compile(rb'data-position="(\d+)"')
Change = tuple[UUID, str]
"""A case, and whose it is from now on; empty for nobody's."""


@dataclass
class OpenDesk:
    """What a browser with the desk open does: it holds the live feed, and fetches the queue when a case has changed."""

    port: int
    headers: dict[str, str]
    fetches: int = 0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _fetched: asyncio.Event = field(default_factory=asyncio.Event)
    _queue: str = ""
    _position: int = 0
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        self._pages = await Connection(self.port, self.headers).__aenter__()
        found = _POSITION.search(gzip.decompress((await self._pages.get("/desk")).body))
        assert found, "a desk without a position"
        self._position = int(found.group(1))
        self._events, self._out = await asyncio.open_connection(LOOPBACK, self.port)
        self._out.write(written("GET", f"/events?since={self._position}", self.headers))
        head = await self._events.readuntil(b"\r\n\r\n")
        assert head.split()[1] == b"200", head
        self._tasks = [asyncio.create_task(self._hear()), asyncio.create_task(self._follow())]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        self._out.close()
        await self._pages.__aexit__(None, None, None)

    async def shows(self, change: Change) -> float:
        """When it had this change; as `time.perf_counter` tells."""
        case, owner = change
        row = re.compile(rf'id="case-{case}"[^>]* data-owner="{owner}"')
        while not row.search(self._queue):
            self._fetched.clear()
            await self._fetched.wait()
        return time.perf_counter()

    async def _hear(self) -> None:
        kind = b""
        while line := await self._events.readline():
            if line.startswith(b"event:"):
                kind = line[6:].strip()
            elif line.startswith(b"data:") and kind == b"case":
                told = json.loads(line[5:])
                self._position = max(self._position, told["id"])
                self._changed.set()

    async def _follow(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            began = time.monotonic()
            answer = await self._fragment()
            assert answer.status == 200, answer.body
            self.fetches += 1
            self._queue = gzip.decompress(answer.body).decode()
            self._fetched.set()
            await asyncio.sleep(max(0.0, began + HOLDS_BACK - time.monotonic()))

    async def _fragment(self) -> Answer:
        """Asked for once more, as a browser does, when the server hung up on the idle connection at that moment."""
        asked = FRAGMENT, {"HX-Request": "true", "Feed-Position": str(self._position)}
        try:
            return await self._pages.get(*asked)
        except (ConnectionError, asyncio.IncompleteReadError):
            return await self._pages.get(*asked)


@dataclass
class Watched:
    """What so many desks gave. Seconds, MiB."""

    desks: int
    changes: int = 0
    waits: list[float] = field(default_factory=list)
    """Of each desk for each change, from the moment the command is sent."""
    fetches: int = 0
    cpu: float = 0.0
    before: float = 0.0
    opened: float = 0.0
    after: float = 0.0


@dataclass(frozen=True)
class Meter:
    """Of the API process."""

    cpu: Callable[[], float]
    memory: Callable[[], float]


async def watched(
    port: int,
    headers: Sequence[dict[str, str]],
    meter: Meter,
    changes: Sequence[tuple[Change, Callable[[], Awaitable[object]]]],
) -> Watched:
    """Open a desk with each of these headers, change case after case, and wait each time until all of them show it."""
    found = Watched(len(headers), changes=len(changes))
    await load(port, [written("GET", "/desk", one) for one in headers], at_once=min(len(headers), AT_ONCE))
    found.before = meter.memory()
    async with AsyncExitStack() as opened:
        all_desks = [await opened.enter_async_context(OpenDesk(port, one)) for one in headers]
        await asyncio.sleep(PAUSE)
        found.opened, used = meter.memory(), meter.cpu()
        for change, make in changes:
            found.waits += await _seen_by_all(all_desks, change, make)
            await asyncio.sleep(PAUSE)
        found.cpu, found.after = meter.cpu() - used, meter.memory()
        found.fetches = sum(desk.fetches for desk in all_desks)
    return found


async def _seen_by_all(desks: Sequence[OpenDesk], change: Change, make: Callable[[], Awaitable[object]]) -> list[float]:
    looking = [asyncio.create_task(desk.shows(change)) for desk in desks]
    sent = time.perf_counter()
    await make()
    seen = await asyncio.wait_for(asyncio.gather(*looking), PATIENCE)
    return [at - sent for at in seen]
