"""The one way to connect to Temporal: data converter, telemetry, target."""

from dataclasses import replace
from functools import cache

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DataConverter, DefaultFailureConverterWithEncodedAttributes
from temporalio.runtime import LoggingConfig, PrometheusConfig, Runtime, TelemetryConfig, TelemetryFilter
from temporalio.service import GrpcCompression, TLSConfig

from payload_codec import EncryptedPayloads
from settings import Settings


def data_converter(settings: Settings) -> DataConverter:
    """How every payload is written and read: as JSON, encrypted when there are keys, and then failures' texts too."""
    ring = settings.payload_ring
    if not ring.keys:
        return pydantic_data_converter
    decrypting = replace(pydantic_data_converter, payload_codec=EncryptedPayloads(ring))
    if ring.writes is None:
        return decrypting
    return replace(decrypting, failure_converter_class=DefaultFailureConverterWithEncodedAttributes)


PLAIN = GrpcCompression.NONE
"""Messages are small and the server is near: to pack them costs both sides more than to send them."""


async def connect(settings: Settings, *, metrics_address: str | None = None) -> Client:
    """Connect now; RuntimeError when Temporal does not answer. Prometheus metrics on `metrics_address` (host:port)."""
    return await _connect(settings, metrics_address, lazy=False)


async def connect_lazily(settings: Settings, *, metrics_address: str | None = None) -> Client:
    """Connect at the first call, for processes that must boot while Temporal is away; a worker needs `connect`."""
    return await _connect(settings, metrics_address, lazy=True)


async def _connect(settings: Settings, metrics_address: str | None, *, lazy: bool) -> Client:
    return await Client.connect(
        settings.temporal_target,
        namespace=settings.temporal_namespace,
        data_converter=data_converter(settings),
        api_key=settings.temporal_api_key.get_secret_value() if settings.temporal_api_key else None,
        tls=_tls(settings),
        runtime=_runtime(metrics_address),
        grpc_compression=PLAIN,
        lazy=lazy,
    )


def _tls(settings: Settings) -> TLSConfig | bool:
    """SystemExit, naming the file, when one of its files cannot be read."""
    files = (settings.temporal_tls_ca, settings.temporal_tls_cert, settings.temporal_tls_key)
    if not any((*files, settings.temporal_tls_server_name)):
        return settings.temporal_tls or settings.temporal_api_key is not None
    try:
        ca, certificate, key = (file.read_bytes() if file else None for file in files)
    except OSError as error:
        raise SystemExit(f"Temporal's TLS cannot be set up: {error}") from None
    domain = settings.temporal_tls_server_name
    return TLSConfig(server_root_ca_cert=ca, client_cert=certificate, client_private_key=key, domain=domain)


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
