"""A server in SendGrid's place, on a real socket: it counts what it is asked, and answers, hangs or drops as told."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Self

MESSAGE_ID = "LRzXl_NHStOGhQ4kofSm_A"


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Reply:
    """What every request gets."""

    status: int = 202
    headers: dict[str, str] = field(default_factory=lambda: {"X-Message-Id": MESSAGE_ID})
    body: bytes = b""


class FaultServer:
    """`url` is where it listens; `asked` is all it has read."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.released = Event()
        self.act: Callable[[_Handler], None] = replies(Reply())
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    @contextmanager
    def running(self) -> Iterator[Self]:
        """Serve until the block ends; whoever hangs is let go."""
        thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield self
        finally:
            self.released.set()
            self._server.shutdown()
            self._server.server_close()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    """Reads a request whole, then does as told."""

    place: FaultServer

    def do_POST(self) -> None:
        """Note it, then act."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.place.asked.append(Asked(self.path, dict(self.headers.items()), body))
        self.place.act(self)

    def log_message(self, format: str, *args: object) -> None:
        """Silence."""


Act = Callable[[_Handler], None]
"""What is done with a request once it is read."""


def _handler_of(server: FaultServer) -> type[_Handler]:
    return type("_Bound", (_Handler,), {"place": server})


def replies(reply: Reply) -> Act:
    """Answer so."""

    def act(request: _Handler) -> None:
        request.send_response(reply.status)
        for name, value in {**reply.headers, "Content-Length": str(len(reply.body))}.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(reply.body)

    return act


def hangs(request: _Handler) -> None:
    """Say nothing."""
    request.place.released.wait(30)
    request.close_connection = True


def drops(request: _Handler) -> None:
    """Close without a word: whether it was accepted nobody knows."""
    request.close_connection = True
    request.connection.shutdown(socket.SHUT_RDWR)


def drops_within_the_answer(request: _Handler) -> None:
    """Accept, and close before the answer is whole."""
    request.wfile.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 10\r\n\r\nabc")
    drops(request)


def babbles(request: _Handler) -> None:
    """Answer what is no HTTP."""
    request.wfile.write(b"SMTP? no\r\n\r\n")
    drops(request)
