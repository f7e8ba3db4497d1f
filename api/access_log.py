"""One line and one measure a request: the route's template, never its address: customers' links are secrets."""

import logging
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.metrics import REQUESTS

log = logging.getLogger("api.access")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class AccessLog:
    """Logs and measures method, route template, status and the time to the answer's first byte."""

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
                told = (_method(scope), _template(scope), message["status"])
                spent = time.perf_counter() - began
                REQUESTS.labels(*told).observe(spent)
                log.info("%s %s %d %.0f ms", *told, spent * 1000)
            await send(message)

        await self._app(scope, receive, send_and_log)


def _template(scope: Scope) -> str:
    return getattr(scope.get("route"), "path", "(no route)")


def _method(scope: Scope) -> str:
    """Whoever invents methods must not fill the log, or make a measure of each."""
    return scope["method"] if scope["method"] in METHODS else "(other)"
