"""The processes of a running system, found by their parent; killed and frozen with all they have begun."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path

PROC = Path("/proc")


class Part(StrEnum):
    """What may be killed, by a word of its command line."""

    WORKER = "tests.chaos.dying_worker"
    RELAY = "tests.chaos.dying_relay"
    API = "tests.chaos.dying_api"
    TEMPORAL = "start-dev"
    POSTGRES = "/postgres"

    @property
    def called(self) -> str:
        """Its name for people."""
        return self.name.lower()


def pid_of(part: Part, run: int) -> int | None:
    """The process of this part below the run, None while there is none."""
    children = _children()
    return next((pid for pid in children.get(run, []) if part in _command(pid)), None)


def age(pid: int) -> float:
    """Seconds since its start; 0 when it has ended."""
    fields = _stat(pid)
    if fields is None:
        return 0
    started = int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started


def runs(pid: int) -> bool:
    """A zombie has ended."""
    fields = _stat(pid)
    return fields is not None and fields[0] != "Z"


def tree(root: int) -> list[int]:
    """The process and everything below it, parents first."""
    children, found = _children(), [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def kill(*pids: int) -> None:
    """SIGKILL, in this order."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@contextmanager
def frozen(root: int) -> Iterator[None]:
    """The process and everything below it stands still inside the block."""
    pids = tree(root)
    try:
        _send(pids, signal.SIGSTOP)
        yield
    finally:
        _send(pids, signal.SIGCONT)


def _send(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _children() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for pid in (int(entry.name) for entry in PROC.iterdir() if entry.name.isdecimal()):
        fields = _stat(pid)
        if fields and fields[0] != "Z":
            found.setdefault(int(fields[1]), []).append(pid)
    return found


def _stat(pid: int) -> list[str] | None:
    """The fields behind the name, which may hold anything."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(") ")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def _command(pid: int) -> str:
    try:
        return (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""
