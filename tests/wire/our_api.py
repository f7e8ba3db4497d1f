"""Our real API on a loopback port of this process, and everything that was sent to it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import httpx2
import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.app import create_app
from api.deps import Parts
from ops.ports import free_port
from settings import Settings
from tests import loopback

HOST = "127.0.0.1"


@dataclass
class Sent:
    """One request, byte for byte, and how it was answered."""

    method: str
    target: str
    """Path and query."""
    headers: dict[str, str]
    body: bytes = b""
    status: int = 0
    answer: bytes = b""


@dataclass
class OurApi:
    """`url` is public as far as providers are concerned."""

    url: str
    settings: Settings
    sent: list[Sent] = field(default_factory=list)

    def at(self, ending: str) -> list[Sent]:
        """What was sent to a path that ends so."""
        return [one for one in self.sent if one.target.partition("?")[0].endswith(ending)]

    def send(self, one: Sent) -> int:
        """Send it, perhaps changed, once more; the status of our answer."""
        kept = {name: value for name, value in one.headers.items() if name not in ("host", "content-length")}
        headers = [(name.encode(), value.encode("latin-1")) for name, value in kept.items()]
        url = f"{self.url}{one.target}"
        return loopback.request(one.method, url, headers=headers, content=one.body, timeout=30).status_code


class _Noting:
    """Keeps each request on its way in."""

    def __init__(self, app: ASGIApp, ours: OurApi) -> None:
        self._app, self._ours = app, ours

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        query = scope["query_string"].decode()
        target = f"{scope['path']}?{query}" if query else str(scope["path"])
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        one = Sent(scope["method"], target, headers)

        async def hear() -> Message:
            message = await receive()
            one.body += message.get("body", b"")
            return message

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                one.status = message["status"]
            one.answer += message.get("body", b"")
            await send(message)

        await self._app(scope, hear, answer)
        self._ours.sent.append(one)


@contextmanager
def serving(parts: Parts) -> Iterator[OurApi]:
    """The API while the block lasts; its settings' public address becomes the one it listens on."""
    port = free_port()
    settings = parts.settings.model_copy(update={"public_url": f"http://{HOST}:{port}"})
    ours = OurApi(settings.public_url, settings)
    app = create_app(replace(parts, settings=settings))
    config = uvicorn.Config(_Noting(app, ours), host=HOST, port=port, log_level="warning", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        _await(ours.url)
        yield ours
    finally:
        server.should_exit = True
        thread.join(timeout=20)


def _await(url: str) -> None:
    transport = httpx2.HTTPTransport(retries=8)
    with httpx2.Client(transport=transport, trust_env=False) as client:
        assert client.get(f"{url}/healthz").is_success
