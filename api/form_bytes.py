"""Forms from senders who do not percent-encode: bytes beyond ASCII are UTF-8, as browsers mean them."""

import re
from urllib.parse import unquote_to_bytes

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FORM = "application/x-www-form-urlencoded"
NOT_UTF_8 = "The form is not in UTF-8. Send it from the page itself, or encode it as UTF-8."
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")


class FormBytes:
    """Percent-encodes what was not, since the reader behind it takes raw bytes for Latin-1; 400 for other encodings."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; only forms are read."""
        if scope["type"] == "http" and _is_form(scope):
            receive = _encoded(receive)
        await self._app(scope, receive, send)


def _is_form(scope: Scope) -> bool:
    return Headers(scope=scope).get("content-type", "").partition(";")[0].strip().lower() == FORM


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
