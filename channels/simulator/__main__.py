"""`python -m channels.simulator`: the local provider, for trying things out; says `ready URL` when it listens."""

import argparse
import socket
import sys
from pathlib import Path

import uvicorn

from channels.simulator.app import build
from channels.simulator.courier import Courier
from channels.simulator.faults import Faults, HangUpProtocol
from channels.simulator.log import AppendOnlyLog
from channels.simulator.provider import Provider


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    options = _options()
    log, faults = AppendOnlyLog(options.log), Faults()
    courier = Courier(options.callback_url, options.secret_file.read_text().strip(), faults)
    listening = socket.create_server((options.host, options.port))
    config = uvicorn.Config(
        build(Provider(log, courier, faults), log, faults),
        http=HangUpProtocol,
        ws="none",
        log_level="warning",
        access_log=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=1,
    )
    # From here on connections wait in the socket's queue, so whoever reads this may connect at once.
    sys.stdout.write(f"ready http://{options.host}:{listening.getsockname()[1]}\n")
    sys.stdout.flush()
    uvicorn.Server(config).run(sockets=[listening])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="channels.simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; it asks nobody who they are")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--log", type=Path, required=True, help="append-only log, JSON lines; created when absent")
    parser.add_argument("--callback-url", required=True, help="events go to URL/calls, URL/messages, URL/inbound")
    parser.add_argument("--secret-file", type=Path, required=True, help="whsec_… secret that signs the callbacks")
    return parser.parse_args()


if __name__ == "__main__":
    main()
