"""The Temporal dev server from a wheel as our own child, with its data in a file or in memory."""

import asyncio
import signal
import sysconfig
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

from google.protobuf.duration_pb2 import Duration
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.workflowservice.v1 import UpdateNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError

from ops.processes import Program
from ops.server import Server
from settings import LOOPBACK

NAMESPACE = "default"
# Without the write-ahead log every commit waits for the disk, and all is three times slower.
PRAGMAS = ("--sqlite-pragma", "journal_mode=wal", "--sqlite-pragma", "synchronous=normal")
# One partition: the same throughput, and the slowest starts are more than twice as fast. Eager: an activity begins on
# the worker that asked for it, without a way through a queue. Polls: a shard looks into its queues at most twenty times
# a second, and there is but one shard here, so that every task would wait up to 50 ms, and many of them longer.
DYNAMIC: Mapping[str, str] = MappingProxyType(
    {
        "matching.numTaskqueueReadPartitions": "1",
        "matching.numTaskqueueWritePartitions": "1",
        "system.enableActivityEagerExecution": "true",
        "history.transferProcessorMaxPollRPS": "1000",
        "history.timerProcessorMaxPollRPS": "1000",
        "history.visibilityProcessorMaxPollRPS": "1000",
    }
)


class TemporalServer(Server):
    """One dev server on the loopback. As a context manager it runs inside the block."""

    def __init__(
        self,
        *,
        port: int,
        log: Path,
        ui_port: int | None = None,
        db_file: Path | None = None,
        retention: timedelta | None = None,
    ) -> None:
        """No `ui_port`: no web UI. No `db_file`: all is forgotten at the end. `retention`: of closed histories."""
        self.address = f"{LOOPBACK}:{port}"
        self._retention = retention
        program = Program(
            name="temporal",
            command=_command(port, ui_port, db_file),
            log=log,
            ready=self.ready,
            stop_signal=signal.SIGINT,
            death_signal=signal.SIGINT,
            alarming=None,  # it logs an error whenever a client leaves
        )
        super().__init__(program)

    def ready(self) -> bool:
        """Whether the namespace can be used now; sets its retention on the way. Not inside a running event loop."""
        try:
            asyncio.run(self._use())
        except (RuntimeError, RPCError):
            return False
        return True

    async def _use(self) -> None:
        client = await Client.connect(self.address)
        request = UpdateNamespaceRequest(namespace=NAMESPACE)
        if self._retention:
            duration = Duration(seconds=int(self._retention.total_seconds()))
            request.config.CopyFrom(NamespaceConfig(workflow_execution_retention_ttl=duration))
        await client.workflow_service.update_namespace(request, timeout=timedelta(seconds=2))


def _command(port: int, ui_port: int | None, db_file: Path | None) -> tuple[str, ...]:
    binary = str(Path(sysconfig.get_path("scripts")) / "temporal")
    page = ("--ui-port", str(ui_port), "--ui-disable-news-fetch") if ui_port else ("--headless",)
    data = ("--db-filename", str(db_file), *PRAGMAS) if db_file else ()
    dynamic = [part for key, value in DYNAMIC.items() for part in ("--dynamic-config-value", f"{key}={value}")]
    start = (binary, "server", "start-dev", "--ip", LOOPBACK, "--port", str(port), "--log-level", "error")
    return (*start, *page, *data, *dynamic)
