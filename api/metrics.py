"""Numbers for Prometheus: from the rows as of now, from Temporal, and of the requests this process has answered."""

from collections.abc import Iterator, Mapping

from fastapi import APIRouter, Response
from fastapi.concurrency import run_in_threadpool
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from temporalio.client import Client
from temporalio.service import RPCError

from api.deps import PartsDep
from api.problems import responses
from db import health
from db.columns import now
from temporal_answers import TemporalAwayError, answer
from workflow_ids import RUNNING_CASES

router = APIRouter(tags=["operations"])
OF_THIS_PROCESS = CollectorRegistry()
REQUESTS = Histogram(
    "closeloop_http_request_seconds",
    "From a request to the first byte of its answer.",
    ["method", "route", "status"],
    buckets=(0.005, 0.02, 0.1, 0.5, 2, 10),
    registry=OF_THIS_PROCESS,
)
ProcessCollector(registry=OF_THIS_PROCESS)
SINGLE: Mapping[str, str] = {
    "inbox_waiting": "Facts on their way to their cases.",
    "inbox_oldest_age_seconds": "How long the oldest fact has waited.",
    "facts_stuck": "Facts that cannot be brought to their case for reasons of their own.",
    "alerts_unacknowledged": "Alerts that nobody has acknowledged.",
    "cases_overdue": "Open cases on which somebody should have acted.",
    "cases_alive": "Cases whose workflow ought to run.",
    "promises_due_soon": "Promises still to be kept that fall due within 15 minutes.",
    "promises_undecided": "Promises past due by a minute that are recorded neither as kept nor as broken.",
    "promises_broken_waiting": "Customers who wait although their promise was broken.",
}


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}, "description": "Prometheus"}, **responses(503)},
)
async def metrics(parts: PartsDep) -> Response:
    """Numbers for Prometheus, as of now; no labels with ids. Those of the rows are the same from every replica."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Rows(await run_in_threadpool(health.gauges, parts.engine, now())))
    registry.register(_Workflows(await _running(parts.temporal)))
    return Response(generate_latest(registry) + generate_latest(OF_THIS_PROCESS), media_type=CONTENT_TYPE_LATEST)


async def _running(client: Client) -> int | None:
    """None when Temporal does not answer."""
    asked = client.count_workflows(RUNNING_CASES, rpc_timeout=health.PATIENCE)
    try:
        return (await answer(asked, patience=health.PATIENCE)).count
    except (TemporalAwayError, RPCError):
        return None


class _Rows(Collector):
    """What the rows say."""

    def __init__(self, gauges: health.Gauges) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[Metric]:
        """One value a name; those with a label for each of its values, also where it is 0."""
        for name, meaning in SINGLE.items():
            yield GaugeMetricFamily(f"closeloop_{name}", meaning, getattr(self._gauges, name))
        yield _labelled("cases_open", "Cases that are not closed.", "stage", self._gauges.stages)
        yield _labelled("messages_unsettled", "Messages older than 15 minutes.", "state", self._gauges.messages)
        yield _labelled("promises_last_day", "Requests of the last 24 hours.", "promise", self._gauges.promises)


class _Workflows(Collector):
    """What Temporal says."""

    def __init__(self, running: int | None) -> None:
        self._running = running

    def collect(self) -> Iterator[Metric]:
        """Without an answer there is no number of workflows, rather than a wrong one."""
        yield GaugeMetricFamily("closeloop_temporal_up", "1 when Temporal answers.", float(self._running is not None))
        if self._running is not None:
            yield GaugeMetricFamily("closeloop_workflows_running", "Cases that run.", self._running)


def _labelled(name: str, meaning: str, label: str, counts: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(f"closeloop_{name}", meaning, labels=[label])
    for value, count in counts.items():
        family.add_metric([value], count)
    return family
