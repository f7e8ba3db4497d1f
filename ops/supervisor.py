"""Keeps programs running: starts them in order, restarts what dies, gives up on what cannot live, stops in reverse."""

import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

from ops.log_follower import LogFollower
from ops.processes import Child, ProcessError, Program, obituary

SHORT_LIFE = timedelta(seconds=5)
"""A program that ends within it ended at once."""
SHORT_LIVES_ALLOWED = 2
FIRST_PAUSE = timedelta(seconds=0.5)
LONGEST_PAUSE = timedelta(seconds=10)
PULSE = 0.1


class Interrupted(Exception):
    """Somebody asked to stop."""


@dataclass
class Watch:
    """One program under supervision."""

    program: Program
    child: Child
    follower: LogFollower
    started: float = field(default_factory=time.monotonic)
    short_lives: int = 0
    ends: int = 0
    again_at: float | None = None

    @property
    def lived_shortly(self) -> bool:
        """Whether its last life was a short one."""
        return time.monotonic() - self.started < SHORT_LIFE.total_seconds()


class Supervisor:
    """Use it from the main thread: children end with the thread that started them."""

    def __init__(self, say: Callable[[str], None]) -> None:
        """`say` gets one line for people about everything unusual."""
        self._say = say
        self._watches: list[Watch] = []
        self._asked = threading.Event()

    @property
    def pids(self) -> dict[str, int]:
        """Process id of every program that runs."""
        return {watch.program.name: watch.child.pid for watch in self._watches if watch.child.exit_code is None}

    def obey_signals(self) -> None:
        """From now on SIGINT, SIGTERM and SIGHUP ask to stop; a second one kills what is still stopping."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def start(self, program: Program) -> None:
        """Start and watch it from now on."""
        follower = LogFollower(program.log, program.alarming)
        self._watches.append(Watch(program, Child(program), follower))

    def start_and_await(self, program: Program, *, patience: timedelta) -> None:
        """Start it and return when it is ready. ProcessError after `patience`."""
        self.start(program)
        self.await_that(program.ready, patience=patience, complaint=f"{program.name} is not ready; see {program.log}")

    def await_that(self, happened: Callable[[], bool], *, patience: timedelta, complaint: str) -> None:
        """Wait while watching. ProcessError(complaint) after `patience`, Interrupted when asked to stop."""
        deadline = time.monotonic() + patience.total_seconds()
        while True:
            self._look()
            if happened():
                return
            if time.monotonic() > deadline:
                raise ProcessError(complaint)
            if self._asked.wait(PULSE):
                raise Interrupted

    def interrupt_if_asked(self) -> None:
        """Interrupted when somebody asked to stop in the meantime."""
        if self._asked.is_set():
            raise Interrupted

    def watch(self) -> None:
        """Watch until asked to stop. ProcessError when a program cannot live."""
        with suppress(Interrupted):
            while True:
                self._look()
                if self._asked.wait(PULSE):
                    raise Interrupted

    def stop(self) -> None:
        """Stop everything, last started first."""
        self._asked.set()
        for watch in reversed(self._watches):
            watch.child.stop()

    def _on_signal(self, *_: object) -> None:
        if self._asked.is_set():
            for watch in self._watches:
                watch.child.strike()
        self._asked.set()

    def _look(self) -> None:
        for watch in self._watches:
            for line in watch.follower.alarming_lines():
                self._say(f"{watch.program.name}: {line}")
            if watch.again_at is not None:
                self._restart_when_due(watch)
            elif watch.child.exit_code is not None:
                self._mourn(watch)

    def _mourn(self, watch: Watch) -> None:
        watch.short_lives = watch.short_lives + 1 if watch.lived_shortly else 0
        watch.ends = watch.ends + 1 if watch.lived_shortly else 1
        if watch.short_lives > SHORT_LIVES_ALLOWED:
            raise ProcessError(f"{watch.program.name} cannot be kept running. {obituary(watch.child)}")
        pause = min(FIRST_PAUSE * 2 ** (watch.ends - 1), LONGEST_PAUSE)
        watch.again_at = time.monotonic() + pause.total_seconds()
        self._say(f"{obituary(watch.child, lines=5)}\n  starting it again in {pause.total_seconds():g} s")

    def _restart_when_due(self, watch: Watch) -> None:
        if watch.again_at is None or time.monotonic() < watch.again_at:
            return
        watch.again_at = None
        watch.started = time.monotonic()
        watch.child = Child(watch.program)
