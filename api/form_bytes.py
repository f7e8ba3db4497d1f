"""Forms are UTF-8: also from senders who do not percent-encode, and whatever charset the sender names."""

import re
from urllib.parse import unquote_to_bytes

from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import answer

FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data"
NOT_UTF_8 = "The form is not in UTF-8. Send it from the page itself, or encode it as UTF-8."
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")


class FormBytes:
    """Percent-encodes what was not, since the reader behind it takes raw bytes for Latin-1; 400 for other encodings."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; only forms are read."""
        kind, told = parse_options_header(_content_type(scope))
        if kind == PARTS.encode() and not _is_utf_8(told.get(b"charset", b"utf-8")):
            await answer(400, "bad_request", NOT_UTF_8)(scope, receive, send)
            return
        if kind == FORM.encode():
            receive = _encoded(receive)
        await self._app(scope, receive, send)


def _content_type(scope: Scope) -> str:
    return Headers(scope=scope).get("content-type", "") if scope["type"] == "http" else ""


def _is_utf_8(charset: bytes) -> bool:
    """The reader behind would decode by any codec of Python's: some let through what is no text, some take seconds."""
    return charset.lower() in (b"utf-8", b"utf8", b"us-ascii")


def _encoded(receive: Receive) -> Receive:
    told = False

    async def encoded() -> Message:
        nonlocal told
        if told:
            return await receive()
        body = await _whole(receive)
        told = True
        if body is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": _escaped(body), "more_body": False}

    return encoded


async def _whole(receive: Receive) -> bytes | None:
    """The body, which is bounded by then; None when its sender went away."""
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(body)


def _escaped(body: bytes) -> bytes:
    try:
        unquote_to_bytes(body).decode("utf-8")
    except UnicodeDecodeError:
        raise HTTPException(400, NOT_UTF_8) from None
    return _BEYOND_ASCII.sub(lambda byte: b"%%%02X" % byte[0][0], body)
