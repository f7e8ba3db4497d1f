"""The relay's process delivers outgoing webhooks, whether or not Temporal is there."""

import asyncio
import subprocess
import sys

from sqlalchemy import Engine

from ops.ports import free_port
from settings import child_environment
from tests.activities.scene import Scene
from tests.http_receiver import Receiver
from tests.ops.hooks import deliveries, endpoint_at, types_of, verified
from tests.ops.relay_rows import until


async def test_the_relay_delivers_while_temporal_is_away(engine: Engine, database_url: str) -> None:
    environment = child_environment(
        {"database_url": database_url, "temporal_address": f"127.0.0.1:{free_port()}", "relay_metrics_port": "0"}
    )
    relay = subprocess.Popen([sys.executable, "-m", "ops.relay"], env=environment, stderr=subprocess.DEVNULL)
    try:
        with Receiver() as server:
            endpoint_at(engine, server.url, "case.*")
            await asyncio.to_thread(lambda: Scene(engine).withdraw())
            await until(lambda: [row.state for row in deliveries(engine)] == ["delivered"] * 2)
            assert types_of(server.taken) == ["case.opened", "case.withdrawn"]
            assert [verified(taken)["type"] for taken in server.taken] == types_of(server.taken)
    finally:
        relay.terminate()
        ended = await asyncio.to_thread(relay.wait, 15)
    assert ended == 0
