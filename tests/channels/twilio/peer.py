"""A small server in Twilio's place: answers as it was told, over real sockets, and keeps what it was asked."""

import json
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlsplit

JSON = "application/json"


@dataclass(frozen=True)
class Answer:
    """What comes back."""

    status: int = 200
    body: object = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Raw:
    """What comes back, byte for byte."""

    status: int
    body: bytes


class Hang:
    """Nothing comes back until the test is over."""


class Drop:
    """The connection ends instead."""


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    fields: list[tuple[str, str]]
    authorization: str

    def all(self, name: str) -> list[str]:
        """Every value of a field."""
        return [value for key, value in self.fields if key == name]

    def one(self, name: str) -> str:
        """The only value of a field."""
        (value,) = self.all(name)
        return value


class Peer:
    """Answers the first request with the first answer it was given, and so on; then with an empty one."""

    def __init__(self, *answers: Answer | Raw | Hang | Drop) -> None:
        self.asked: list[Asked] = []
        self._answers, self._over = deque(answers), threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def count(self, method: str) -> int:
        """How many requests of this method arrived."""
        return sum(asked.method == method for asked in self.asked)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        peer = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                peer.asked.append(_read(self))
                peer._write(self, peer._answers.popleft() if peer._answers else Answer())

            do_GET = do_POST = do_DELETE = _answer

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        return Handler

    def _write(self, to: BaseHTTPRequestHandler, answer: Answer | Raw | Hang | Drop) -> None:
        if isinstance(answer, Hang):
            self._over.wait(30)
        if isinstance(answer, Hang | Drop):
            to.close_connection = True
            return
        body = answer.body if isinstance(answer, Raw) else json.dumps(answer.body).encode()
        to.send_response(answer.status)
        headers = answer.headers if isinstance(answer, Answer) else {}
        for name, value in {"Content-Type": JSON, "Content-Length": str(len(body)), **headers}.items():
            to.send_header(name, value)
        to.end_headers()
        if answer.status != 204:
            to.wfile.write(body)


def _read(request: BaseHTTPRequestHandler) -> Asked:
    parts = urlsplit(request.path)
    body = request.rfile.read(int(request.headers.get("Content-Length") or 0)).decode()
    fields = parse_qsl(parts.query, keep_blank_values=True) + parse_qsl(body, keep_blank_values=True)
    return Asked(request.command, parts.path, fields, request.headers.get("Authorization", ""))
