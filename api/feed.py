"""The live feed: one reader of the timeline a process, and a bounded queue for each listener."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

import psycopg
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from db import tail
from db.casework import Timeline
from db.engine import listening
from domain.policy import Frozen

SLOW_POLL = timedelta(seconds=2)
"""Reads even when no notification came: one may be lost with its connection."""
RETRY = timedelta(seconds=1)
PATIENCE = timedelta(seconds=5)
"""A browser whose stream is refused does not come back by itself: a process that has just started lets it wait."""
ALIVE = timedelta(seconds=15)
"""A listener hears something at least so often: a browser can tell a connection that is dead from one that is quiet."""
BACKLOG = 1000
"""So many changes may wait for a slow listener; then it is dropped, and comes back for what it missed."""
log = logging.getLogger(__name__)


class Change(Frozen):
    """A case has changed. Ids and codes only: details are read from the case."""

    id: int
    case: UUID
    seq: int
    kind: str
    at: datetime


class Subscription:
    """One listener's changes from the moment it subscribed."""

    def __init__(self, start: int) -> None:
        self.start = start
        """The newest change before it; older ones are read from the database."""
        self._queue: asyncio.Queue[Change | None] = asyncio.Queue(BACKLOG)

    def offer(self, change: Change) -> bool:
        """False when the listener is too slow."""
        with suppress(asyncio.QueueFull):
            self._queue.put_nowait(change)
            return True
        return False

    def end(self) -> None:
        """No more changes: what waits is dropped."""
        while not self._queue.empty():
            self._queue.get_nowait()
        self._queue.put_nowait(None)

    async def changes(self) -> AsyncIterator[Change | None]:
        """Changes as they come, and None whenever none has come for `ALIVE`, until the subscription ends."""
        while True:
            try:
                async with asyncio.timeout(ALIVE.total_seconds()):
                    change = await self._queue.get()
            except TimeoutError:
                yield None
                continue
            if change is None:
                return
            yield change


class Feed:
    """Tails the timeline and tells every subscription. Lives on one event loop."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._ready = asyncio.Event()
        self._last = 0
        self._closed = False
        self._subscriptions: set[Subscription] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def position(self) -> int:
        """The newest change it knows; what is read now is at least as new."""
        return self._last

    @property
    def ready(self) -> bool:
        """Whether it knows where the timeline ends, so that listeners can join."""
        return self._ready.is_set()

    async def is_soon_ready(self) -> bool:
        """The same, after a moment to find out."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._ready.wait(), PATIENCE.total_seconds())
        return self.ready

    def subscribe(self) -> Subscription:
        """Join from here. `unsubscribe` when done."""
        subscription = Subscription(self._last)
        if self._closed:
            subscription.end()
        else:
            self._subscriptions.add(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Leave."""
        self._subscriptions.discard(subscription)

    @property
    def listeners(self) -> int:
        """How many are listening."""
        return len(self._subscriptions)

    async def run(self) -> None:
        """Read until cancelled; when the database is away, go on as soon as it is back."""
        self._loop = asyncio.get_running_loop()
        while True:
            try:
                await self._follow()
            except (psycopg.Error, SQLAlchemyError) as error:
                log.warning("the feed lost the database: %s", type(error).__name__)
                await asyncio.sleep(RETRY.total_seconds())

    def close(self) -> None:
        """End every subscription, and all to come. May be called from a signal handler or another thread."""
        if self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._end_all)

    async def since(self, last: int, *, upto: int) -> AsyncIterator[Change]:
        """What was missed, from the database."""
        while last < upto:
            rows = await run_in_threadpool(tail.after, self.engine, last, upto=upto)
            if not rows:
                return
            for change in map(_change, rows):
                yield change
                last = change.id

    async def _follow(self) -> None:
        async with listening(self.engine, "timeline") as connection:
            await self._find_the_end()
            while True:
                await self._tell_news()
                async for _ in connection.notifies(timeout=SLOW_POLL.total_seconds(), stop_after=1):
                    pass

    async def _find_the_end(self) -> None:
        if not self.ready:
            self._last = await run_in_threadpool(tail.position, self.engine)
            self._ready.set()

    async def _tell_news(self) -> None:
        while rows := await run_in_threadpool(tail.after, self.engine, self._last):
            self._tell(rows)

    def _tell(self, rows: Sequence[Timeline]) -> None:
        for change in map(_change, rows):
            self._last = change.id
            for subscription in [one for one in self._subscriptions if not one.offer(change)]:
                subscription.end()
                self.unsubscribe(subscription)

    def _end_all(self) -> None:
        self._closed = True
        for subscription in self._subscriptions:
            subscription.end()
        self._subscriptions.clear()


def _change(row: Timeline) -> Change:
    assert row.id is not None
    return Change(id=row.id, case=row.case_id, seq=row.seq, kind=row.kind, at=row.at)
