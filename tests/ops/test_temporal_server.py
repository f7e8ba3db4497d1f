"""The Temporal dev server: what is on disk is found again, also after a kill."""

import asyncio
import os
import signal
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client

from ops.ports import free_port
from ops.processes import ProcessError
from ops.temporal_server import TemporalServer
from settings import Settings
from temporal_client import connect, connect_lazily


def _server(folder: Path) -> TemporalServer:
    retention = timedelta(days=30)
    return TemporalServer(port=free_port(), log=folder / "log", db_file=folder / "db", retention=retention)


async def _open_a_workflow(address: str) -> None:
    client = await Client.connect(address)
    await client.start_workflow("Nobody", id="kept", task_queue="nobody")


async def _started(address: str) -> str:
    client = await Client.connect(address)
    return (await client.get_workflow_handle("kept").describe()).workflow_type


async def _retention(address: str) -> int:
    client = await Client.connect(address)
    answer = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace="default"))
    return answer.config.workflow_execution_retention_ttl.seconds


def test_open_workflows_survive_a_kill_and_a_new_start(tmp_path: Path) -> None:
    first = _server(tmp_path)
    first.start()
    asyncio.run(_open_a_workflow(first.address))
    assert first.pid
    os.kill(first.pid, signal.SIGKILL)
    first.stop()
    with _server(tmp_path) as second:
        assert asyncio.run(_started(second.address)) == "Nobody"
        assert asyncio.run(_retention(second.address)) == 30 * 24 * 3600


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    server = TemporalServer(port=free_port(), log=tmp_path / "log", db_file=tmp_path / "missing" / "db")
    with pytest.raises(ProcessError, match=r"unable to open database file|no such file"):
        server.start()


async def test_a_lazy_client_is_made_while_temporal_is_away(dev_client: Client) -> None:
    away = Settings(_env_file=None, temporal_address=f"127.0.0.1:{free_port()}")
    await connect_lazily(away)
    with pytest.raises(RuntimeError):
        await connect(away)
    assert (await dev_client.count_workflows("WorkflowId = 'nobody'")).count == 0
