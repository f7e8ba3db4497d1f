"""The front door of a provider of ours: real HTTP, and every way a request can go wrong."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Protocol, Self

from tests.wire.faults import Fault, Mode


@dataclass(frozen=True)
class Incoming:
    """A request, read whole."""

    method: str
    target: str
    """Path and query."""
    headers: Mapping[str, str]
    """By name in small letters."""
    body: str


@dataclass(frozen=True)
class Answer:
    """What is answered."""

    status: int
    content: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


class House(Protocol):
    """What is behind the door."""

    def expect(self, incoming: Incoming) -> Fault | None:
        """Note the request; the fault that is planned for it."""

    def answer(self, incoming: Incoming) -> Answer:
        """Act on it."""

    def too_many(self, fault: Fault) -> Answer:
        """The answer to whoever asks too often."""


class Door:
    """A loopback port; as a context manager it is open inside the block, and lets go of whoever hangs at its end."""

    def __init__(self, house: House) -> None:
        self.house, self.closing = house, Event()
        self._http = _Listening(self)
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> Self:
        Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()


class _Listening(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, door: Door) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.door = door


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Listening

    def do_GET(self) -> None:
        self._take()

    def do_POST(self) -> None:
        self._take()

    def do_DELETE(self) -> None:
        self._take()

    def log_message(self, format: str, *args: object) -> None:
        """The house keeps what it is asked."""

    def _take(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", "0"))).decode()
        incoming, house = Incoming(self.command, self.path, headers, body), self.server.door.house
        with suppress(ConnectionError):
            self._deal(incoming, house, house.expect(incoming))

    def _deal(self, incoming: Incoming, house: House, fault: Fault | None) -> None:
        if fault is None:
            self._say(house.answer(incoming))
            return
        if fault.acts:
            house.answer(incoming)
        self._misbehave(house, fault)

    def _misbehave(self, house: House, fault: Fault) -> None:
        match fault.mode:
            case Mode.HANG_BEFORE | Mode.HANG_AFTER:
                self.server.door.closing.wait(60)
                self.close_connection = True
            case Mode.DROP_BEFORE | Mode.DROP_AFTER:
                self.close_connection = True
            case Mode.UNAVAILABLE_BEFORE | Mode.UNAVAILABLE_AFTER:
                self._say(Answer(503, '{"message": "Service unavailable"}'))
            case Mode.TOO_MANY:
                self._say(house.too_many(fault))

    def _say(self, answer: Answer) -> None:
        content = answer.content.encode()
        told = {"Content-Type": "application/json", "Content-Length": str(len(content)), **answer.headers}
        self.send_response(answer.status)
        for name, value in told.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
