"""For the operator: alive, and ready or why not."""

from datetime import datetime, timedelta
from typing import Literal

from fastapi import APIRouter, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from api.deps import PartsDep
from db import health
from db.columns import now
from temporal_answers import is_there

router = APIRouter(tags=["operations"])
INBOX_LIMIT = timedelta(minutes=2)
Verdict = Literal["ok", "failing"]


class Alive(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Ready(BaseModel):
    """What everything depends on."""

    status: Verdict
    failing: list[Literal["database", "temporal", "inbox"]] = Field(description="What to look at.")
    inbox_waiting: int | None = Field(description="Facts on their way to their cases; null: unknown.")
    inbox_oldest_seconds: float | None = Field(description="`inbox` fails when the oldest waits over two minutes.")


@router.get("/healthz")
async def healthz() -> Alive:
    """The process is alive; nothing else is looked at."""
    return Alive()


@router.get(
    "/readyz", responses={503: {"model": Ready, "description": "Something it needs is failing; `failing` says what."}}
)
async def readyz(parts: PartsDep, answer: Response) -> Ready:
    """Whether database, Temporal and the way from the inbox to the cases work. Webhooks are taken in either way."""
    ready = await run_in_threadpool(_ready, parts.engine, now())
    if not await is_there(parts.temporal, patience=health.PATIENCE):
        ready = ready.model_copy(update={"status": "failing", "failing": [*ready.failing, "temporal"]})
    answer.status_code = 200 if ready.status == "ok" else 503
    return ready


def _ready(engine: Engine, at: datetime) -> Ready:
    try:
        inbox = health.inbox(engine)
    except SQLAlchemyError:
        return Ready(status="failing", failing=["database"], inbox_waiting=None, inbox_oldest_seconds=None)
    age = at - inbox.oldest if inbox.oldest else timedelta(0)
    late = age > INBOX_LIMIT
    return Ready(
        status="failing" if late else "ok",
        failing=["inbox"] if late else [],
        inbox_waiting=inbox.waiting,
        inbox_oldest_seconds=age.total_seconds(),
    )
