"""`python -m ops.bench.provider PORT`: takes everything on at once, and nothing follows."""

import asyncio
import re
import sys
from datetime import UTC, datetime

from settings import LOOPBACK

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_HEAD = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One connection, request by request."""
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = _LENGTH.search(head)
            await reader.readexactly(int(length.group(1)) if length else 0)
            writer.write(_answer(head))
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


def _answer(head: bytes) -> bytes:
    method, path, _ = head.split(b" ", 2)
    if method == b"GET":
        return _HEAD % (b"200 OK", 2, b"[]")
    when = b"placed_at" if path == b"/calls" else b"accepted_at"
    body = b'{"provider_id": "taken", "%s": "%s"}' % (when, datetime.now(UTC).isoformat().encode())
    return _HEAD % (b"201 Created", len(body), body)


async def _main(port: int) -> None:
    server = await asyncio.start_server(_serve, LOOPBACK, port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1])))
