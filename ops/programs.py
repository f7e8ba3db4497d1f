"""Our own processes as `make run` starts them."""

import http.client
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from ops.processes import Program
from settings import Settings, child_environment

CALLBACK_PATH = "/webhooks/local"
"""The channel's events are posted below it."""
DIRECT = build_opener(ProxyHandler({}))
"""Our own servers are on this machine, whatever proxy leads elsewhere."""


def simulator(settings: Settings) -> Program:
    """The phone network, mailboxes and customers of a system without accounts anywhere."""
    secret = settings.data_dir / "channel.secret"
    command = ("channels.simulator", "--port", str(settings.simulator_port))
    files = ("--log", str(settings.data_dir / "outbox.jsonl"), "--secret-file", str(secret))
    callback = ("--callback-url", f"{api_address(settings)}{CALLBACK_PATH}")
    return Program(
        name="simulator",
        command=(sys.executable, "-m", *command, *files, *callback),
        log=log_of(settings, "simulator"),
        prepare=lambda: _write_secret(secret, settings.channel_callback_secret.get_secret_value()),
        ready=lambda: answers(f"{settings.channels_target}/outbox"),
    )


def worker(settings: Settings, environment: dict[str, str]) -> Program:
    """Runs workflows and activities; drains before it ends."""
    return _ours(settings, environment, "worker", "worker", patience=timedelta(seconds=7))


def relay(settings: Settings, environment: dict[str, str]) -> Program:
    """Carries inbox rows to workflows."""
    return _ours(settings, environment, "relay", "ops.relay", patience=timedelta(seconds=3))


def api(settings: Settings, environment: dict[str, str]) -> Program:
    """API, pages and webhooks."""
    program = _ours(settings, environment, "api", "api", patience=timedelta(seconds=4))
    return replace(program, ready=lambda: answers(f"{api_address(settings)}/healthz"))


def environment(settings: Settings, *, database_url: str) -> dict[str, str]:
    """What our processes must know about the servers of this run."""
    changes = {
        "database_url": database_url,
        "temporal_address": settings.temporal_target,
        "channels_url": settings.channels_target,
        "data_dir": str(settings.data_dir),
    }
    return {**child_environment(changes), "PYTHONUNBUFFERED": "1"}


def api_address(settings: Settings) -> str:
    """Where this machine reaches the API."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host
    return f"http://{host}:{settings.api_port}"


def log_of(settings: Settings, name: str) -> Path:
    """The log file of one process."""
    return settings.data_dir / "logs" / f"{name}.log"


def answers(url: str) -> bool:
    """Whether a GET is answered with 200."""
    try:
        with DIRECT.open(url, timeout=2) as response:
            return bool(response.status == 200)
    except (URLError, OSError, http.client.HTTPException):
        return False


def _ours(settings: Settings, environment: dict[str, str], name: str, module: str, *, patience: timedelta) -> Program:
    return Program(
        name=name,
        command=(sys.executable, "-m", "ops.launch", module),
        log=log_of(settings, name),
        env=environment,
        patience=patience,
    )


def _write_secret(path: Path, secret: str) -> None:
    path.touch(mode=0o600)
    path.write_text(secret)
