"""The API as it is, with a fuse between its work and its answer to a POST."""

import asyncio
from unittest.mock import patch

from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import api.__main__ as api
from api.app import create_app
from api.deps import Parts
from lifetime import begin, leave
from settings import load
from tests.chaos.points import Point, planted


class DyingDoor:
    """Dies on the way out, when all is done and stored."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] < 300:
                planted().reach(Point.BEFORE_ANSWER)
            await send(message)

        is_post = scope["type"] == "http" and scope["method"] == "POST"
        await self._app(scope, receive, answer if is_post else send)


def _create_app(parts: Parts) -> FastAPI:
    app = create_app(parts)
    app.add_middleware(DyingDoor)
    return app


def main() -> None:
    """Serve until told to stop, or until a fuse burns through."""
    settings = load()
    begin(settings)
    with patch.object(api, "create_app", _create_app):
        asyncio.run(api.main(settings))


if __name__ == "__main__":
    main()
    leave()
