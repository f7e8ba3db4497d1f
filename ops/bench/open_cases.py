"""Many open cases: memory of worker and API, lateness of the promise, and how a backlog due at once is drained."""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import text

from db.columns import now
from domain.messages import Opening
from domain.words import Role
from ops.bench import lateness, requests
from ops.bench.figures import Group, Line, below, milliseconds, quantile, short
from ops.bench.lateness import Broken
from ops.bench.machine import resident
from ops.bench.scene import Scene
from ops.bench.size import Size
from ops.bench.wire import Connection
from temporal_client import connect
from workflows.close_the_loop import CloseTheLoop

AT_ONCE = 32
GOAL = 1.0
RESERVE = 1.6
"""Opening is planned to take so many times longer than it should."""
LOOK = 0.5
PATIENCE = timedelta(minutes=5)
READS = 20
"""Requests after which the API's memory is read: a fresh process has not yet grown to its working size."""
_SEED = 3
_OPENED = text("select count(*) from timeline where kind = 'opened'")
_BROKEN = text("""
select case_id, due, recorded_at from timeline
where kind = 'promise_broken' and due between :since and :until order by recorded_at - due
""")


@dataclass(frozen=True)
class Minute:
    """A minute in which promises fell due."""

    late: Sequence[float]
    """Seconds, least first."""
    notes: tuple[str, ...]


@dataclass
class Found:
    """What one run gave."""

    memory: dict[int, tuple[float, float]] = field(default_factory=dict)
    """MiB of worker and API, by open cases."""
    lateness: dict[int, Minute] = field(default_factory=dict)
    """By open cases."""
    backlog: float = 0.0
    """Seconds from the instant due until the last row."""
    opening: float = 0.0
    """Cases opened per second."""


def measure(scene: Scene, size: Size) -> Group:
    """One system grows from none to many open cases; each time deadlines fall due in one minute."""
    found = Found()
    scene.provider()
    token = scene.person(Role.SPECIALIST).token
    worker, api = scene.worker().pid, scene.api().pid

    def weigh(cases: int) -> None:
        asyncio.run(_read(scene, token))
        found.memory[cases] = (resident(worker), resident(api))
        print(f"  {cases:,} open: worker {found.memory[cases][0]:.0f} MiB, API {found.memory[cases][1]:.0f} MiB")

    weigh(0)
    _few(scene, size, found)
    weigh(size.few_open)
    _many(scene, size, found)
    weigh(size.many_open)
    return _group(found, size)


def _few(scene: Scene, size: Size, found: Found) -> None:
    """All that are open fall due within the minute."""
    opening = min(size.few_open, 1_000) / 10  # seconds, at the least that was ever seen
    since = now() + timedelta(seconds=opening + size.notice)
    begins = requests.stored(scene, size.few_open)
    chosen = _spread(begins[: size.deadlines], since, size.minute)
    found.opening = _open(scene, [*chosen, *begins[size.deadlines :]])
    broken = _await_rows(scene, since, size.minute, size.deadlines)
    found.lateness[size.few_open] = _minute(scene, since, broken)


def _many(scene: Scene, size: Size, found: Found) -> None:
    """As many as before fall due within a minute, picked at random; then a backlog at one instant."""
    more = size.many_open - size.few_open
    since = now() + timedelta(seconds=more / found.opening * RESERVE + size.notice)
    at_once = since + timedelta(seconds=size.minute + size.notice)
    begins = requests.stored(scene, more)
    backlog = [requests.due(begin, at_once) for begin in begins[size.deadlines : size.deadlines + size.backlog]]
    mixed = _spread(begins[: size.deadlines], since, size.minute) + backlog + begins[size.deadlines + size.backlog :]
    random.Random(_SEED).shuffle(mixed)
    found.opening = _open(scene, mixed)
    if now() > since:
        raise TimeoutError("the machine has become slower: deadlines fell due while cases were still being opened")
    broken = _await_rows(scene, since, size.minute, size.deadlines)
    found.backlog = _await_rows(scene, at_once, 0, size.backlog)[-1].late
    found.lateness[size.many_open] = _minute(scene, since, broken)


def _spread(begins: Sequence[Opening], since: datetime, minute: float) -> list[Opening]:
    step = timedelta(seconds=minute / len(begins))
    return [requests.due(begin, since + step * number) for number, begin in enumerate(begins)]


def _open(scene: Scene, begins: Sequence[Opening]) -> float:
    """Start them and wait until all are open: how many a second."""
    before, began = _opened(scene), time.monotonic()
    asyncio.run(_start(scene, begins))
    while _opened(scene) < before + len(begins):
        time.sleep(LOOK)
    rate = len(begins) / (time.monotonic() - began)
    print(f"  {len(begins):,} more cases opened, {short(rate)}/s", flush=True)
    return rate


async def _start(scene: Scene, begins: Sequence[Opening]) -> None:
    client, waiting = await connect(scene.settings), list(reversed(begins))

    async def starter() -> None:
        while waiting:
            begin = waiting.pop()
            queue = scene.settings.task_queue
            await client.start_workflow(CloseTheLoop.run, begin, id=f"case-{begin.case}", task_queue=queue)

    await asyncio.gather(*(starter() for _ in range(AT_ONCE)))


def _await_rows(scene: Scene, since: datetime, minute: float, number: int) -> Sequence[Broken]:
    """The promises that fall due then, once all their rows are written."""
    until = since + timedelta(seconds=minute)
    broken = _broken(scene, since, until)
    while len(broken) < number:
        if now() > until + PATIENCE:
            raise TimeoutError(f"only {len(broken)} of {number} deadlines were written")
        time.sleep(LOOK)
        broken = _broken(scene, since, until)
    return broken


def _minute(scene: Scene, since: datetime, broken: Sequence[Broken]) -> Minute:
    """What the rows and histories of a minute's deadlines tell."""
    where = asyncio.run(_where(scene, broken))
    notes = (*lateness.shown(where), f"latest of each second, in 0.1 s: {lateness.by_second(broken, since)}")
    print("\n".join(f"  {note}" for note in notes), flush=True)
    return Minute([one.late for one in broken], notes)


async def _where(scene: Scene, broken: Sequence[Broken]) -> list[lateness.Way]:
    return await lateness.ways(await connect(scene.settings), broken)


def _broken(scene: Scene, since: datetime, until: datetime) -> list[Broken]:
    """Least late first."""
    with scene.engine.connect() as connection:
        rows = connection.execute(_BROKEN, {"since": since, "until": until})
        return [Broken(*row) for row in rows]


def _opened(scene: Scene) -> int:
    with scene.engine.connect() as connection:
        return int(connection.execute(_OPENED).scalar_one())


async def _read(scene: Scene, token: str) -> None:
    async with Connection(scene.settings.api_port, {"Authorization": f"Bearer {token}"}) as desk:
        for _ in range(READS):
            assert (await desk.get("/cases?limit=100")).status == 200


def _group(found: Found, size: Size) -> Group:
    lines = [_late_line(cases, late, size) for cases, late in found.lateness.items()]
    each = f"{short(size.backlog / found.backlog)}/s"
    lines.append(Line(f"backlog of {size.backlog:,} due at once", f"drained in {found.backlog:.1f} s ({each})"))
    for cases, (worker, api) in found.memory.items():
        none = found.memory[0]
        shown, empty = f"worker {worker:.0f}, API {api:.0f} MiB", f"none open: {none[0]:.0f}, {none[1]:.0f} MiB"
        lines.append(Line(f"memory, {cases:,} open", shown, empty if cases else "–"))
    notes = (
        f"Lateness: recorded_at of the row of the broken promise minus its due time; {size.deadlines:,} fall due "
        f"evenly within {size.minute:.0f} s, picked at random among all that are open, so most of many are out of the "
        "worker's cache. Each raises an alarm, tells the customer and alerts one person.",
        f"The cases were opened at {short(found.opening)}/s. Memory is resident, of one worker and one API process.",
    )
    return Group("Many open cases", lines, notes)


def _late_line(cases: int, minute: Minute, size: Size) -> Line:
    late = minute.late
    middle, slow = quantile(late, 0.5), quantile(late, 0.99)
    return Line(
        what=f"promise late by, p50 and p99, {cases:,} open",
        ours=f"{milliseconds(middle)}, {milliseconds(slow)} (most {milliseconds(late[-1])})",
        goal=f"p99 < {milliseconds(GOAL)}",
        verdict=below(slow, GOAL),
        notes=(f"{size.deadlines:,} deadlines in {size.minute:.0f} s", *minute.notes),
    )
