"""No request may bring more than so many bytes, whoever sends it and whatever it says of its length."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import answer

TOO_LARGE = "The body is larger than is accepted here. Send less."


class BodyLimit:
    """Refuses with 413 as soon as it is known: by the header, else by counting."""

    def __init__(self, app: ASGIApp, *, most: int) -> None:
        self._app, self._most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, counting what it brings."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif self._announced(scope) > self._most:
            await answer(413, "too_large", TOO_LARGE)(scope, receive, send)
        else:
            await self._app(scope, self._counting(receive), send)

    def _announced(self, scope: Scope) -> int:
        length = dict(scope["headers"]).get(b"content-length", b"0")
        return int(length) if length.isdigit() else 0

    def _counting(self, receive: Receive) -> Receive:
        brought = 0

        async def counted() -> Message:
            nonlocal brought
            message = await receive()
            brought += len(message.get("body", b""))
            if brought > self._most:
                raise HTTPException(413, TOO_LARGE)
            return message

        return counted
