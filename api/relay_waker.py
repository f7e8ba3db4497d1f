"""Wakes the relay for rows that are committed: many commits, one notification."""

import asyncio
import logging
import time
from datetime import timedelta

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from db.engine import at_once

_log = logging.getLogger(__name__)
PAUSE = timedelta(milliseconds=20)
"""Between two notifications; the first goes out at once."""
_NOTIFY = text("notify inbox")


class RelayWaker:
    """One for each API process. What it fails to tell, the relay's sweep finds a second later."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._is_due = self._is_telling = False
        self._told_at = -PAUSE.total_seconds()

    async def wake(self) -> None:
        """Call it after the commit. Back when the relay has been told, or at once if that is left to somebody else."""
        self._is_due = True
        if self._is_telling:
            return
        self._is_telling = True
        try:
            while self._is_due:
                await self._tell()
        finally:
            self._is_telling = False

    async def _tell(self) -> None:
        await asyncio.sleep(self._told_at + PAUSE.total_seconds() - time.monotonic())
        self._is_due, self._told_at = False, time.monotonic()
        await run_in_threadpool(self._notify)

    def _notify(self) -> None:
        try:
            with at_once(self._engine) as connection:
                connection.execute(_NOTIFY)
        except SQLAlchemyError as error:
            _log.warning("the relay was not woken: %s", type(error).__name__)
