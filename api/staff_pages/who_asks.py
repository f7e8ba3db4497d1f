"""Who is signed in, for many open pages at the same moment: those who come during one reading share the next."""

import asyncio
from collections.abc import Sequence

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import Engine

from db import accounts
from db.accounts import SignedIn
from db.engine import at_once

Waiting = dict[str, asyncio.Future[SignedIn | None]]


class WhoAsks:
    """One reading of sessions at a time, each begun after all who share it have asked: nobody is told of the past."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: Waiting = {}
        self._reading: asyncio.Task[None] | None = None

    async def has(self, token_hash: str) -> SignedIn | None:
        """Whose session this is; None when it is unknown, or its owner has left."""
        loop = asyncio.get_running_loop()
        if token_hash not in self._waiting:
            self._waiting[token_hash] = loop.create_future()
        answer = asyncio.shield(self._waiting[token_hash])  # others may wait for it
        if self._reading is None or self._reading.done():
            self._reading = loop.create_task(self._read_on())
        return await answer

    async def _read_on(self) -> None:
        while self._waiting:
            asked, self._waiting = self._waiting, {}
            try:
                found = await run_in_threadpool(self._read, list(asked))
            except Exception as error:  # theirs who wait
                _fail(asked, error)
            else:
                _tell(asked, found)

    def _read(self, token_hashes: Sequence[str]) -> dict[str, SignedIn]:
        with at_once(self._engine) as connection:
            return accounts.all_signed_in(connection, token_hashes)


def who_asks_of(request: Request) -> WhoAsks:
    """That of the app that serves this request."""
    found: WhoAsks = request.app.state.who_asks
    return found


def _tell(asked: Waiting, found: dict[str, SignedIn]) -> None:
    for token_hash, answer in asked.items():
        answer.set_result(found.get(token_hash))


def _fail(asked: Waiting, error: Exception) -> None:
    for answer in asked.values():
        answer.set_exception(error)
