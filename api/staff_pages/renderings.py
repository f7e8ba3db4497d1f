"""What many desks are shown alike is made once; whoever asks for it meanwhile waits for it."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import TypeVar, cast

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

MOST = 64
Made = TypeVar("Made")


class Renderings:
    """Those last asked for by their key, which must name everything they depend on. Used by many threads."""

    def __init__(self) -> None:
        self._made: OrderedDict[Hashable, Future[object]] = OrderedDict()
        self._making = set[asyncio.Task[None]]()
        self._lock = Lock()

    def once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What `make` made for this key, now or for somebody else. A failure is everybody's who waits, and not kept."""
        future, ours = self._future(key)
        if ours:
            self._make(key, make, future)
        return cast(Made, future.result())

    async def soon(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """The same for the event loop: `make` has a thread, and whoever waits for it needs none."""
        future, ours = self._future(key)
        if ours:
            # Of its own: whoever asked first may go before there is a thread, and leave the others waiting for ever.
            making = asyncio.create_task(run_in_threadpool(self._make, key, make, future))
            self._making.add(making)
            making.add_done_callback(self._making.discard)
        if not future.done():
            await asyncio.shield(asyncio.wrap_future(future))  # others wait for it, too
        return cast(Made, future.result())

    def _make(self, key: Hashable, make: Callable[[], object], future: Future[object]) -> None:
        try:
            future.set_result(make())
        except BaseException as error:
            self._forget(key)
            future.set_exception(error)

    def _future(self, key: Hashable) -> tuple[Future[object], bool]:
        with self._lock:
            if key in self._made:
                self._made.move_to_end(key)
                return self._made[key], False
            future = self._made[key] = Future()
            if len(self._made) > MOST:
                self._made.popitem(last=False)
            return future, True

    def _forget(self, key: Hashable) -> None:
        with self._lock:
            self._made.pop(key, None)


def renderings_of(request: Request) -> Renderings:
    """Those of the app that serves this request."""
    kept: Renderings = request.app.state.renderings
    return kept
