"""Responses from survey platforms: each delivery upserts its response, and may be what asks for contact."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, BackgroundTasks, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from api.deps import NowDep, Parts, parts_of
from api.intake import Received, deliver
from api.problems import Problem, responses
from api.webhooks import raw
from surveys.errors import NotAResponse
from surveys.generic import EXAMPLE as GENERIC_EXAMPLE
from surveys.sources import SOURCES, Source

router = APIRouter(tags=["webhooks"])

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
    responses={200: {"model": ResponseReceived, "description": "Known already"}, **responses(404, *raw.PROBLEMS)},
    openapi_extra=BODY,
)
async def receive_response(
    source: str, request: Request, answer: Response, afterwards: BackgroundTasks, now: NowDep
) -> ResponseReceived:
    """Store one delivery of a response; when it is the first that asks for contact, a case is on its way.

    202 when it told something new, 200 when it is a repeat; in both cases it is durably stored.
    """
    platform = SOURCES.get(source)
    if platform is None:
        raise Problem(404, "unknown_source", f"Send it to one of: {', '.join(SOURCES)}.")
    parts = parts_of(request)
    body = await raw.read(request, limit=parts.settings.body_limit)
    received = await run_in_threadpool(_take, platform, request, body, parts, now)
    if received is None:
        answer.status_code = 200
        return ResponseReceived(id=None)
    if received.opened:
        afterwards.add_task(request.app.state.relay_waker.wake)
    answer.status_code = 202 if received.changed else 200
    return ResponseReceived(id=received.id)


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
