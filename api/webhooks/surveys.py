"""Responses from survey platforms: each delivery upserts its response, and may be what asks for contact."""

from collections.abc import Callable, Coroutine
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field
from starlette.background import BackgroundTask

from api.deps import Parts, parts_of, present
from api.intake import Received, deliver
from api.problems import Problem, responses
from api.webhooks import raw
from surveys.errors import NotAResponse
from surveys.generic import EXAMPLE as GENERIC_EXAMPLE
from surveys.sources import SOURCES, Source


class Straight(APIRoute):
    """A route that is only documented by FastAPI: deliveries come in bursts, and to solve what it takes costs a lot."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[None, None, Response]]:
        """The function itself, told the source."""

        async def handle(request: Request) -> Response:
            return await receive_response(request.path_params["source"], request)

        return handle


router = APIRouter(tags=["webhooks"], route_class=Straight)

BODY = {
    "requestBody": {
        "required": True,
        "description": "The platform's own JSON, signed as the platform signs; the example is the generic one.",
        "content": {"application/json": {"schema": {"type": "object"}, "example": GENERIC_EXAMPLE}},
    }
}


class ResponseReceived(BaseModel):
    """The delivery is stored; its response keeps this id in all its deliveries."""

    id: UUID | None = Field(description="The response's id, also the id of its case; null for a platform's trial.")


@router.post(
    "/webhooks/surveys/{source}",
    status_code=202,
    response_model=ResponseReceived,
    responses={200: {"model": ResponseReceived, "description": "Known already"}, **responses(404, *raw.PROBLEMS)},
    openapi_extra=BODY,
)
async def receive_response(source: str, request: Request) -> Response:
    """Store one delivery of a response; when it is the first that asks for contact, a case is on its way.

    202 when it told something new, 200 when it is a repeat; in both cases it is durably stored.
    """
    platform = SOURCES.get(source)
    if platform is None:
        raise Problem(404, "unknown_source", f"Send it to one of: {', '.join(SOURCES)}.")
    parts = parts_of(request)
    body = await raw.read(request, limit=parts.settings.body_limit)
    received = await run_in_threadpool(_take, platform, request, body, parts, present(request))
    if received is None:
        return _answer(200, None)
    then = BackgroundTask(request.app.state.relay_waker.wake) if received.opened else None
    return _answer(202 if received.changed else 200, received.id, then)


def _answer(status: int, response: UUID | None, then: BackgroundTask | None = None) -> Response:
    body = ResponseReceived(id=response).model_dump_json()
    return Response(body, status, media_type="application/json", background=then)


def _take(platform: Source, request: Request, body: bytes, parts: Parts, now: datetime) -> Received | None:
    """None for a platform's trial, which is no response."""
    secrets = [secret.get_secret_value() for secret in parts.settings.secrets_of(platform.name)]
    with raw.refusals(platform.name):
        window = parts.settings.replay_window
        raw.verified(platform.verify, request, body, secrets=secrets, window=window, now=now)
        try:
            response = platform.parse(request.headers, body, parts.forms, now)
        except NotAResponse:
            return None
    return deliver(response, parts=parts, now=now)
