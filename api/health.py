"""For the operator: alive, ready, and how many of what."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal

from fastapi import APIRouter, Response
from fastapi.concurrency import run_in_threadpool
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from pydantic import BaseModel, Field
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from temporalio.client import Client
from temporalio.service import RPCError

from api.deps import PartsDep
from api.problems import responses
from db import health
from db.columns import now

router = APIRouter(tags=["operations"])
INBOX_LIMIT = timedelta(minutes=2)
PATIENCE = timedelta(seconds=3)
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
    if not await _temporal_answers(parts.temporal):
        ready = ready.model_copy(update={"status": "failing", "failing": [*ready.failing, "temporal"]})
    answer.status_code = 200 if ready.status == "ok" else 503
    return ready


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}, "description": "Prometheus"}, **responses(503)},
)
def metrics(parts: PartsDep) -> Response:
    """Numbers for Prometheus, as of now; no labels with ids."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Numbers(parts.engine))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


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


async def _temporal_answers(client: Client) -> bool:
    try:
        return await client.service_client.check_health(timeout=PATIENCE)
    except (RPCError, RuntimeError):  # RuntimeError: the lazy client's first connection failed
        return False


class _Numbers(Collector):
    """Read from the rows at each scrape."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def collect(self) -> Iterator[Metric]:
        """One value a name, and open cases by stage."""
        inbox, numbers = health.inbox(self._engine), health.numbers(self._engine)
        age = (now() - inbox.oldest).total_seconds() if inbox.oldest else 0.0
        yield _gauge("inbox_waiting", "Facts on their way to their cases.", inbox.waiting)
        yield _gauge("inbox_oldest_age_seconds", "How long the oldest fact has waited.", age)
        yield _gauge("alerts_unacknowledged", "Alerts that nobody has acknowledged.", numbers.alerts)
        yield _gauge("cases_overdue", "Open cases on which somebody should have acted.", numbers.overdue)
        stages = GaugeMetricFamily("closeloop_cases_open", "Cases that are not closed.", labels=["stage"])
        for stage, count in numbers.stages.items():
            stages.add_metric([stage], count)
        yield stages


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(f"closeloop_{name}", meaning, value)
