"""One child process: started in its own group, logged to a file, stopped gently, never an orphan."""

import ctypes
import os
import re
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

PR_SET_PDEATHSIG = 1
KEPT_LOG_BYTES = 20 * 1024 * 1024
PULSE = 0.02
"""Seconds between two looks at a starting child."""
ALARMING = re.compile(r'\b(ERROR|CRITICAL)\b|"level": ?"(error|critical)"')


class ProcessError(Exception):
    """A child could not be started, did not become ready, or could not be stopped; the message is for people."""


@dataclass(frozen=True)
class Account:
    """The user a child runs as, when not ours."""

    uid: int
    gid: int


def _nothing() -> None:
    pass


def _at_once() -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class Program:
    """What to run and how to end it."""

    name: str
    command: tuple[str, ...]
    log: Path
    env: Mapping[str, str] | None = None
    """The whole environment; None inherits ours."""
    cwd: Path | None = None
    account: Account | None = None
    prepare: Callable[[], None] = _nothing
    """Runs before every start, also before a restart."""
    ready: Callable[[], bool] = _at_once
    """Answers at once whether the running program can be used."""
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGKILL
    """What the kernel sends the child when the thread that started it ends, for whatever reason (Linux only)."""
    alarming: re.Pattern[str] | None = ALARMING
    """Lines of its log that people should see at once."""
    patience: timedelta = timedelta(seconds=5)
    """How long a stop may take before the whole process group is killed."""


class Child:
    """A running program. Start it from the main thread: the kernel ties the child's life to the starting thread."""

    def __init__(self, program: Program) -> None:
        self.program = program
        program.prepare()
        self._process = _spawn(program)

    @property
    def pid(self) -> int:
        """Process id, which is also the id of its group."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative is the signal that ended it."""
        return self._process.poll()

    def ask_to_stop(self) -> None:
        """Send the stop signal, once, and return."""
        if self.exit_code is None:
            self._process.send_signal(self.program.stop_signal)

    def await_end(self, patience: timedelta | None = None) -> None:
        """Wait for its end; after `patience` (else the program's) kill its whole group."""
        limit = self.program.patience if patience is None else patience
        try:
            self._process.wait(limit.total_seconds())
        except subprocess.TimeoutExpired:
            self.kill()

    def stop(self) -> None:
        """Ask, wait, and kill what does not listen."""
        self.ask_to_stop()
        self.await_end()

    def kill(self) -> None:
        """End the whole group without asking."""
        self.strike()
        self._process.wait()

    def strike(self) -> None:
        """Kill the whole group and return; safe in a signal handler."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)


def await_ready(child: Child, *, patience: timedelta) -> None:
    """Return as soon as the child is ready. ProcessError, with its last words, when it ended or took too long."""
    deadline = time.monotonic() + patience.total_seconds()
    while not child.program.ready():
        if child.exit_code is not None:
            raise ProcessError(obituary(child))
        if time.monotonic() > deadline:
            raise ProcessError(f"{child.program.name} is not ready after {patience}; its log: {child.program.log}")
        time.sleep(PULSE)


def obituary(child: Child, *, lines: int = 15) -> str:
    """How a child ended, with the last lines of its log."""
    code = child.exit_code or 0
    how = f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
    words = "".join(f"\n    {line}" for line in last_lines(child.program.log, lines))
    return f"{child.program.name} ended {how}; the end of {child.program.log}:{words}"


def last_lines(log: Path, count: int) -> list[str]:
    """The end of a log, for a message to people."""
    if not log.exists():
        return []
    with log.open(errors="replace") as lines:
        return [line.rstrip() for line in deque(lines, maxlen=count)]


def _spawn(program: Program) -> subprocess.Popen[bytes]:
    account = program.account
    with _opened(program.log) as log:
        try:
            return subprocess.Popen(
                program.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=program.env,
                cwd=program.cwd,
                process_group=0,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
                umask=0o077,
                preexec_fn=_tie(program.death_signal),
            )
        except OSError as error:
            raise ProcessError(f"{program.name} cannot be started: {error}") from error


def _opened(log: Path) -> BinaryIO:
    log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if log.exists() and log.stat().st_size > KEPT_LOG_BYTES:
        log.replace(log.with_suffix(".old.log"))
    return log.open("ab")


def _tie(death_signal: signal.Signals) -> Callable[[], None] | None:
    """Runs in the child after its change of user, which would clear the wish."""
    if sys.platform != "linux":
        return None
    libc, parent = ctypes.CDLL(None), os.getpid()

    def tie() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(death_signal))
        if os.getppid() != parent:  # it died before the wish was made
            os._exit(1)

    return tie
