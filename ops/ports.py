"""Which ports a run needs, and a clear word about those that are taken."""

import errno
import random
import socket
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import timedelta

from ops.processes import PULSE, ProcessError
from settings import LOOPBACK, Settings, variable

_NOBODYS = range(20_000, 32_768)
"""Below those that Linux gives to outgoing connections: one of them may be taken between being found and being used."""
_anywhere = random.SystemRandom()
_promised: set[int] = set()
"""Nobody need listen there yet, and one system asks for several."""


@dataclass(frozen=True)
class Wanted:
    """One port, and the setting that chooses it."""

    title: str
    setting: str
    host: str
    port: int


def wanted(settings: Settings) -> list[Wanted]:
    """The ports of the servers that this run starts itself."""
    names = [("API", "api_port")]
    if not settings.temporal_address:
        names += [("Temporal", "temporal_port"), ("Temporal UI", "temporal_ui_port")]
    if settings.uses_simulator and not settings.channels_url:
        names += [("channel simulator", "simulator_port")]
    names += [("worker metrics", "worker_metrics_port"), ("relay metrics", "relay_metrics_port")]
    hosts = {"api_port": settings.host}
    found = [Wanted(title, name, hosts.get(name, LOOPBACK), getattr(settings, name)) for title, name in names]
    return [one for one in found if one.port]


def check(ports: list[Wanted], *, patience: timedelta = timedelta(0)) -> None:
    """ProcessError, naming every port that cannot be had and a free one, after waiting for an earlier run to let go."""
    deadline = time.monotonic() + patience.total_seconds()
    while taken := _taken(ports):
        if time.monotonic() >= deadline:
            raise ProcessError(_advice(taken, {one.port for one in ports}))
        time.sleep(PULSE)


def free_port() -> int:
    """A loopback port nobody listens on now, for one of many systems side by side; never the same twice."""
    while True:
        port = _anywhere.choice(_NOBODYS)
        with suppress(OSError), socket.create_server((LOOPBACK, port)):
            if port not in _promised:
                _promised.add(port)
                return port


def _taken(ports: list[Wanted]) -> list[tuple[Wanted, str]]:
    """Holds each while trying the next, so that one port wanted twice is found too."""
    taken = []
    with ExitStack() as held:
        for one in ports:
            try:
                held.enter_context(socket.create_server((one.host, one.port)))
            except OSError as error:
                taken.append((one, _reason(error)))
    return taken


def _reason(error: OSError) -> str:
    return "is taken" if error.errno == errno.EADDRINUSE else f"cannot be opened ({error.strerror})"


def _advice(taken: list[tuple[Wanted, str]], ours: set[int]) -> str:
    lines = [f"Port {one.port} ({one.title}) {reason}." for one, reason in taken]
    choice = " ".join(f"{variable(one.setting)}={_free(one, ours)}" for one, _ in taken)
    advice = "Free it or choose another" if len(taken) == 1 else "Free them or choose others"
    return "\n".join([*lines[:-1], f"{lines[-1]} {advice}: {choice} make run"])


def _free(one: Wanted, ours: set[int]) -> int:
    """The next port that is free and not yet proposed."""
    lowest = max(one.port, 1023) + 1
    port = next(port for port in range(lowest, 65536) if port not in ours and not _taken([_moved(one, port)]))
    ours.add(port)
    return port


def _moved(one: Wanted, port: int) -> Wanted:
    return Wanted(one.title, one.setting, one.host, port)
