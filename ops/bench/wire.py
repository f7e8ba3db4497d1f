"""A lean HTTP/1.1 client: the load generator must cost less than what it measures."""

import asyncio
import json
import re
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from pydantic import JsonValue

from settings import LOOPBACK

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
Json = dict[str, JsonValue]


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: bytes

    def json(self) -> Json:
        """The body as an object."""
        read = json.loads(self.body)
        assert isinstance(read, dict)
        return read


@dataclass
class Load:
    """What a round of requests gave; seconds."""

    latencies: list[float] = field(default_factory=list)
    seconds: float = 0.0
    refused: int = 0

    @property
    def rate(self) -> float:
        """Requests that were answered with 2xx, per second."""
        return (len(self.latencies) - self.refused) / self.seconds


class Connection:
    """One kept-alive connection, one request at a time; as a context manager it is open inside the block."""

    def __init__(self, port: int, headers: Mapping[str, str] | None = None) -> None:
        self._port, self._headers = port, headers or {}

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection(LOOPBACK, self._port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self._close()

    async def _close(self) -> None:
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()

    async def send(self, request: bytes) -> Answer:
        """A request as `written` makes them."""
        if self._reader.at_eof() or self._reader.exception():  # it was idle for so long that the server hung up
            await self._close()
            await self.__aenter__()
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        body = await self._reader.readexactly(int(length.group(1)) if length else 0)
        return Answer(int(head[9:12]), body)

    async def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        """A GET."""
        return await self.send(written("GET", path, {**self._headers, **(headers or {})}))

    async def post(self, path: str, body: Json, headers: Mapping[str, str] | None = None) -> Answer:
        """A POST of JSON."""
        content = {"Content-Type": "application/json"}
        return await self.send(
            written("POST", path, {**self._headers, **content, **(headers or {})}, json.dumps(body).encode())
        )


def written(method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """One request, ready to be sent any number of times."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {LOOPBACK}", *(f"{name}: {value}" for name, value in headers.items())]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


async def load(port: int, requests: Sequence[bytes], *, at_once: int) -> Load:
    """Send them all over so many connections, each as fast as it is answered."""
    waiting, found = list(reversed(requests)), Load()

    async def sender() -> None:
        async with Connection(port) as connection:
            while waiting:
                began = time.perf_counter()
                answer = await connection.send(waiting.pop())
                found.latencies.append(time.perf_counter() - began)
                found.refused += answer.status >= 300

    began = time.perf_counter()
    await asyncio.gather(*(sender() for _ in range(at_once)))
    found.seconds = time.perf_counter() - began
    return found


def seconds(port: int, requests: Sequence[bytes]) -> list[float]:
    """How long each took, sent one after another; AssertionError when one was refused."""
    found = asyncio.run(load(port, requests, at_once=1))
    assert not found.refused, "a reading was refused"
    return found.latencies


async def steadily(number: int, per_second: float, send: Callable[[int], Coroutine[None, None, None]]) -> None:
    """Begin so many, at a steady rate, whatever becomes of those before; back when all are done."""
    began, tasks = time.monotonic(), list[asyncio.Task[None]]()
    for turn in range(number):
        await asyncio.sleep(max(0.0, began + turn / per_second - time.monotonic()))
        tasks.append(asyncio.create_task(send(turn)))
    await asyncio.gather(*tasks)
