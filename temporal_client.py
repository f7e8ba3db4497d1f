"""The one way to connect to Temporal: data converter, telemetry, target."""

from functools import cache

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.runtime import LoggingConfig, PrometheusConfig, Runtime, TelemetryConfig, TelemetryFilter

from settings import Settings

DATA_CONVERTER = pydantic_data_converter
"""How every payload is written; a codec that encrypts payloads goes here: `dataclasses.replace(…, payload_codec=…)`."""


async def connect(settings: Settings, *, metrics_address: str | None = None) -> Client:
    """Connect now; RuntimeError when Temporal does not answer. Prometheus metrics on `metrics_address` (host:port)."""
    return await Client.connect(
        settings.temporal_target,
        namespace=settings.temporal_namespace,
        data_converter=DATA_CONVERTER,
        runtime=_runtime(metrics_address),
    )


async def connect_lazily(settings: Settings, *, metrics_address: str | None = None) -> Client:
    """Connect at the first call, for processes that must boot while Temporal is away; a worker needs `connect`."""
    return await Client.connect(
        settings.temporal_target,
        namespace=settings.temporal_namespace,
        data_converter=DATA_CONVERTER,
        runtime=_runtime(metrics_address),
        lazy=True,
    )


@cache
def _runtime(metrics_address: str | None) -> Runtime:
    """One runtime a process. Core logs thousands of retries while the server is away, so only errors pass."""
    logging = LoggingConfig(filter=TelemetryFilter(core_level="ERROR", other_level="ERROR"))
    return Runtime(telemetry=TelemetryConfig(logging=logging, metrics=_metrics(metrics_address)))


def _metrics(address: str | None) -> PrometheusConfig | None:
    if not address:
        return None
    return PrometheusConfig(
        bind_address=address, counters_total_suffix=True, unit_suffix=True, durations_as_seconds=True
    )
