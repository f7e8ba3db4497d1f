"""`python -m tests.browser.house READY`: API, worker, relay and local provider in one process.

Quicker to start than `make run`, whose parts are processes of their own. READY is written once they are reached, and
holds the address.
"""

import asyncio
import socket
import sys
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from api.__main__ import parts_from, server_of
from api.app import create_app
from channels.simulator.app import build
from channels.simulator.courier import Courier
from channels.simulator.faults import Faults
from channels.simulator.log import AppendOnlyLog
from channels.simulator.provider import Provider
from lifetime import begin
from ops.programs import CALLBACK_PATH
from ops.relay import Relay
from providers import providers
from settings import LOOPBACK, Settings, load
from temporal_client import connect
from worker import worker_for


async def main(settings: Settings, ready: Path) -> None:
    """Serve until killed."""
    with socket.create_server((LOOPBACK, 0)) as ours, socket.create_server((LOOPBACK, 0)) as theirs:
        settings = settings.model_copy(update={"public_url": _address(ours), "channels_url": _address(theirs)})
        parts, client = await parts_from(settings), await connect(settings)
        api = server_of(create_app(parts), host=LOOPBACK, port=0)
        provider = uvicorn.Server(uvicorn.Config(_provider(settings), ws="none", log_config=None, access_log=False))
        relay = Relay(parts.engine, client, parts.policies, task_queue=settings.task_queue)
        with providers(settings) as channels:
            async with worker_for(client, parts.engine, channels, settings), asyncio.TaskGroup() as at_work:
                at_work.create_task(api.serve(sockets=[ours]))
                at_work.create_task(provider.serve(sockets=[theirs]))
                at_work.create_task(relay.run(asyncio.Event()))
                _tell(ready, settings)


def _provider(settings: Settings) -> ASGIApp:
    log, faults = AppendOnlyLog(settings.data_dir / "outbox.jsonl"), Faults()
    secret = settings.channel_callback_secret.get_secret_value()
    courier = Courier(f"{settings.public_url}{CALLBACK_PATH}", secret, faults)
    return build(Provider(log, courier, faults), log, faults)


def _tell(ready: Path, settings: Settings) -> None:
    written = ready.with_suffix(".part")
    written.write_text(f"{settings.public_url}\n{settings.channels_target}\n")
    written.rename(ready)


def _address(listening: socket.socket) -> str:
    return f"http://{LOOPBACK}:{listening.getsockname()[1]}"


if __name__ == "__main__":
    settings = load()
    begin(settings)
    asyncio.run(main(settings, Path(sys.argv[1])))
