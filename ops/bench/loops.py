"""Whole loops per second driven through Temporal, beside bare workflows; all by one client, on one server."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from statistics import median

from domain.messages import Opening
from domain.words import Role
from ops.bench import bare, requests
from ops.bench.driving import Driver, Loop
from ops.bench.figures import Group, Line, at_least, ratios, short, spread
from ops.bench.machine import cpu_seconds
from ops.bench.scene import Scene
from ops.bench.size import Size
from temporal_client import connect

AT_ONCE = 24
GOAL = 0.7
WARM_UP = 2 * AT_ONCE


@dataclass
class Rounds:
    """What the rounds of one shape gave: loops per second, and CPU seconds a loop by process."""

    rates: list[float] = field(default_factory=list)
    cpu: list[dict[str, float]] = field(default_factory=list)

    def milliseconds(self) -> str:
        """CPU a loop, by process: less noisy than the rate."""
        parts = {name: median(one[name] for one in self.cpu) * 1000 for name in self.cpu[0]}
        return ", ".join(f"{name} {short(value)}" for name, value in parts.items())

    def total(self) -> float:
        """CPU milliseconds a loop in all."""
        return median(sum(one.values()) for one in self.cpu) * 1000


def measure(scene: Scene, size: Size) -> Group:
    """Rounds of bare, by telephone, by hand and of their mere shapes take turns, on one server with both workers."""
    scene.provider()
    bare.metadata.create_all(scene.engine)
    pids = {"server": scene.temporal.pid or 0, "PostgreSQL": scene.postgres.pid or 0}
    ours = pids | {"worker": scene.worker().pid}
    theirs = pids | {"worker": scene.module("ops.bench.bare_worker").pid}
    found = asyncio.run(_rounds(scene, size, ours, theirs))
    return _group(found)


async def _rounds(scene: Scene, size: Size, ours: dict[str, int], theirs: dict[str, int]) -> dict[str, Rounds]:
    by = scene.person(Role.SPECIALIST).staff
    driver = Driver(await connect(scene.settings), by, scene.settings.task_queue)
    found = {name: Rounds() for name in ("bare", "telephone", "hand", "shape by telephone", "shape by hand")}
    await _play([driver.bare] * min(WARM_UP, size.loops))
    await _play(_loops(scene, driver.by_telephone, min(WARM_UP, size.loops)))
    for turn in range(size.rounds):
        await _round(found["bare"], [driver.bare] * size.loops, theirs)
        await _round(found["telephone"], _loops(scene, driver.by_telephone, size.loops), ours)
        await _round(found["hand"], _loops(scene, driver.by_hand, size.loops), ours)
        await _round(found["shape by telephone"], [driver.shape_by_telephone] * size.loops, theirs)
        await _round(found["shape by hand"], [driver.shape_by_hand] * size.loops, theirs)
        last = ", ".join(f"{name} {short(rounds.rates[-1])}/s" for name, rounds in found.items())
        print(f"  round {turn + 1}: {last}", flush=True)
    return found


def _loops(scene: Scene, play: Callable[[Opening], Awaitable[str]], number: int) -> list[Loop]:
    def of(begin: Opening) -> Loop:
        return lambda: play(begin)

    return [of(begin) for begin in requests.stored(scene, number)]


async def _round(rounds: Rounds, loops: Sequence[Loop], pids: dict[str, int]) -> None:
    before, cpu, began = {name: cpu_seconds(pid) for name, pid in pids.items()}, time.process_time(), time.monotonic()
    await _play(loops)
    rounds.rates.append(len(loops) / (time.monotonic() - began))
    used = {name: (cpu_seconds(pid) - before[name]) / len(loops) for name, pid in pids.items()}
    rounds.cpu.append(used | {"client": (time.process_time() - cpu) / len(loops)})


async def _play(loops: Sequence[Loop]) -> None:
    """All of them, so many at once."""
    waiting = list(loops)

    async def player() -> None:
        while waiting:
            await waiting.pop()()

    await asyncio.gather(*(player() for _ in range(AT_ONCE)))


def _group(found: dict[str, Rounds]) -> Group:
    baseline, telephone, hand, telephones_shape, hands_shape = found.values()
    lines = [
        _line("loops/s, call by telephone", telephone, baseline, goal=GOAL),
        _line("loops/s, call logged by hand", hand, baseline, goal=None),
        _line("loops/s, the mere shape of one by telephone", telephones_shape, baseline, goal=None),
        _line("loops/s, the mere shape of one by hand", hands_shape, baseline, goal=None),
        _line("loops/s, by telephone beside its mere shape", telephone, telephones_shape, goal=None),
        _line("loops/s, by hand beside its mere shape", hand, hands_shape, goal=None),
    ]
    notes = (
        f"{AT_ONCE} loops at once, driven by one client through Temporal: real PostgreSQL, dev server on a file, our "
        "worker; the provider takes everything on at once (alerts, mail and calls leave the worker over HTTP). One "
        "specialist is on duty; every further one costs an alert more a loop.",
        "bare: 3 updates, 2 signals, 3 activities of one inserted row each, 3 timers; the same worker settings.",
        "mere shape: the updates, signals and activities of such a loop, each activity one inserted row.",
        f"CPU of the bare loop: {short(baseline.total())} ms ({baseline.milliseconds()}).",
    )
    return Group("Whole loops through Temporal", lines, notes)


def _line(what: str, ours: Rounds, bare: Rounds, *, goal: float | None) -> Line:
    pairs = ratios(ours.rates, bare.rates)
    line = Line(
        what=what,
        ours=spread(ours.rates, "/s"),
        baseline=spread(bare.rates, "/s"),
        ratio=spread(pairs),
        notes=(f"CPU a loop: {short(ours.total())} ms ({ours.milliseconds()})",),
    )
    return line if goal is None else _judged(line, median(pairs), goal)


def _judged(line: Line, ratio: float, goal: float) -> Line:
    return replace(line, goal=f"≥ {goal}", verdict=at_least(ratio, goal))
