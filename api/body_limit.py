"""No request may bring more than so many bytes, nor take longer to bring them, whoever sends it."""

import asyncio
from datetime import timedelta

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import answer

TOO_LARGE = "The body is larger than is accepted here. Send less."
TOO_SLOW = "The body did not arrive in time. Send it again over a better connection."


class BodyLimit:
    """Refuses with 413 what is too large, by its header or else by counting; with 408 what is too slow."""

    def __init__(self, app: ASGIApp, *, most: int, patience: timedelta) -> None:
        self._app, self._most, self._patience = app, most, patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with an eye on what it brings and when."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif self._announced(scope) > self._most:
            await answer(413, "too_large", TOO_LARGE)(scope, receive, send)
        else:
            body = _Body(receive, send, most=self._most, patience=self._patience)
            await self._app(scope, body.receive, body.send)

    def _announced(self, scope: Scope) -> int:
        length = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        return int(length) if length.isdigit() else 0


class _Body:
    """One request's body on its way in; once it is whole, or the answer has begun, nothing is watched any more."""

    def __init__(self, receive: Receive, send: Send, *, most: int, patience: timedelta) -> None:
        self._receive, self._send, self._left = receive, send, most
        self._deadline = asyncio.get_running_loop().time() + patience.total_seconds()
        self._whole = self._answered = False

    async def receive(self) -> Message:
        """The next part. HTTPException 413 and 408."""
        if self._whole or self._answered:
            return await self._receive()
        message = await self._in_time()
        self._whole = not message.get("more_body", False)
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise HTTPException(413, TOO_LARGE)
        return message

    async def send(self, message: Message) -> None:
        """Part of the answer."""
        self._answered = True
        await self._send(message)

    async def _in_time(self) -> Message:
        try:
            async with asyncio.timeout_at(self._deadline):
                return await self._receive()
        except TimeoutError:
            if self._answered:
                return {"type": "http.disconnect"}
            # What is still to come must not be waited for: the connection ends with the answer.
            raise HTTPException(408, TOO_SLOW, headers={"Connection": "close"}) from None
