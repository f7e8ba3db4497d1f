"""One line a request: the route's template, never its address, because customers' links are secrets."""

import logging
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("api.access")


class AccessLog:
    """Logs method, route template, status and milliseconds to the answer's first byte."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; only HTTP is logged."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()

        async def send_and_log(message: Message) -> None:
            if message["type"] == "http.response.start":
                spent = (time.perf_counter() - began) * 1000
                log.info("%s %s %d %.0f ms", scope["method"], _template(scope), message["status"], spent)
            await send(message)

        await self._app(scope, receive, send_and_log)


def _template(scope: Scope) -> str:
    return getattr(scope.get("route"), "path", "(no route)")
