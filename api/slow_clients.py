"""A connection whose request does not come to its end is closed: no client may hold one for ever."""

import asyncio
from datetime import timedelta

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MARGIN = timedelta(seconds=5)
"""So much longer than a body may take, so that a slow one is told 408 before its connection ends."""


def protocol(body_timeout: timedelta) -> type[HttpToolsProtocol]:
    """uvicorn's protocol, with a time limit from a request's first byte (or the connection) to its last."""

    class Bounded(HttpToolsProtocol):
        patience = (body_timeout + MARGIN).total_seconds()
        _end: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
            super().connection_made(transport)
            self._wait()

        def on_message_begin(self) -> None:
            self._wait()
            super().on_message_begin()

        def on_message_complete(self) -> None:
            self._wait_no_more()
            super().on_message_complete()

        def connection_lost(self, exc: Exception | None) -> None:
            self._wait_no_more()
            super().connection_lost(exc)

        def _wait(self) -> None:
            self._wait_no_more()
            self._end = self.loop.call_later(self.patience, self.transport.close)

        def _wait_no_more(self) -> None:
            if self._end:
                self._end.cancel()
                self._end = None

    return Bounded
