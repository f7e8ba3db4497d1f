"""An app on a port of the loopback, in a thread."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import uvicorn
from starlette.types import ASGIApp

from settings import LOOPBACK


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """Its address, as long as the block lasts."""
    with socket.create_server((LOOPBACK, 0)) as listening:
        config = uvicorn.Config(app, lifespan="off", ws="none", log_config=None, access_log=False)
        server = uvicorn.Server(config)
        thread = Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        # Until it serves, connections wait in the socket's queue.
        yield f"http://{LOOPBACK}:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(timeout=20)
