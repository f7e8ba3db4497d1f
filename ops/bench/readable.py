"""From a 2xx to the queue: how soon an accepted response is read on GET /cases, also after a worker was killed."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from pydantic import BaseModel

from api import cursors
from db.queue import Place
from domain.words import Role
from ops.bench import deliveries
from ops.bench.figures import Group, Line, below, milliseconds, quantile
from ops.bench.scene import Scene
from ops.bench.size import Size
from ops.bench.wire import Connection, steadily
from ops.processes import Child

PER_SECOND = 5
GOAL, GOAL_AFTER_A_KILL = 0.5, 15.0
LOOK = 0.05
"""Seconds between two looks at the queue."""
BEFORE = 2.0
"""Seconds after which the worker is killed."""
RESTART = 0.5
"""The supervisor's pause before it starts a dead process again."""
PATIENCE = 60.0
OUT_OF_ORDER = timedelta(seconds=5)


class _Case(BaseModel):
    id: UUID
    urgent_at: datetime


class _Page(BaseModel):
    cases: list[_Case]


@dataclass
class Watch:
    """What has been accepted, and when it was read; monotonic seconds."""

    accepted: dict[UUID, float] = field(default_factory=dict)
    read: dict[UUID, float] = field(default_factory=dict)
    place: Place | None = None
    """Behind it the queue is looked at: the newest promises are the last."""

    def move_on(self, lines: Sequence[tuple[UUID, datetime]]) -> None:
        """Past what is surely complete: after a kill, and by a little always, cases open out of their order."""
        if lines and self.accepted.keys() <= self.read.keys():
            complete = [line for line in lines if line[1] < lines[-1][1] - OUT_OF_ORDER]
            self.place = Place(complete[-1][1], complete[-1][0]) if complete else self.place

    @property
    def waits(self) -> list[float]:
        """Seconds from accepted to read."""
        return [self.read[case] - at for case, at in self.accepted.items()]


def measure(scene: Scene, size: Size) -> Group:
    """A steady stream of responses, undisturbed; then the same while workers are killed."""
    scene.provider()
    token = scene.person(Role.SPECIALIST).token
    worker = scene.worker()
    scene.relay()
    scene.api()
    asyncio.run(_stream(scene, token, PER_SECOND * 2))  # pools and caches are filled
    calm = asyncio.run(_stream(scene, token, int(size.readable_for * PER_SECOND)))
    print(f"  undisturbed: p99 {milliseconds(quantile(calm, 0.99))}", flush=True)
    killed = []
    for _ in range(size.kills):
        waits, worker = asyncio.run(_killed(scene, token, worker, size.shadow))
        killed += waits
        print(f"  after a kill: p99 {milliseconds(quantile(waits, 0.99))}", flush=True)
    return _group(calm, killed, size)


async def _stream(scene: Scene, token: str, number: int) -> list[float]:
    watch = Watch(place=await _end(scene, token))
    reading = asyncio.create_task(_read(scene, token, watch, number))
    await _send(scene, watch, number)
    await asyncio.wait_for(reading, PATIENCE)
    return watch.waits


async def _killed(scene: Scene, token: str, worker: Child, shadow: float) -> tuple[list[float], Child]:
    """Responses accepted from the kill on, until long after the next worker is up."""
    watch, number = Watch(place=await _end(scene, token)), int((BEFORE + shadow) * PER_SECOND)
    reading = asyncio.create_task(_read(scene, token, watch, number))
    sending = asyncio.create_task(_send(scene, watch, number))
    await asyncio.sleep(BEFORE)
    killed_at = time.monotonic()
    worker.kill()
    await asyncio.sleep(RESTART)
    following = scene.children[worker.program.name] = Child(worker.program)
    await asyncio.wait_for(asyncio.gather(sending, reading), PATIENCE)
    return [watch.read[case] - at for case, at in watch.accepted.items() if at >= killed_at], following


async def _send(scene: Scene, watch: Watch, number: int) -> None:
    requests = deliveries.signed(scene, number)

    async def send(turn: int) -> None:
        async with Connection(scene.settings.api_port) as platform:
            answer = await platform.send(requests[turn])
        assert answer.status == 202, answer.body
        watch.accepted[UUID(str(answer.json()["id"]))] = time.monotonic()

    await steadily(number, PER_SECOND, send)


async def _read(scene: Scene, token: str, watch: Watch, number: int) -> None:
    """Look behind the watch's place in the queue until all have been there."""
    async with Connection(scene.settings.api_port, {"Authorization": f"Bearer {token}"}) as desk:
        while len(watch.read) < number:
            lines = await _lines(desk, watch.place)
            at = time.monotonic()
            for case, _ in lines:
                watch.read.setdefault(case, at)
            watch.move_on(lines)
            await asyncio.sleep(LOOK)


async def _end(scene: Scene, token: str) -> Place | None:
    place = None
    async with Connection(scene.settings.api_port, {"Authorization": f"Bearer {token}"}) as desk:
        while lines := await _lines(desk, place):
            case, urgent_at = lines[-1]
            place = Place(urgent_at, case)
    return place


async def _lines(desk: Connection, place: Place | None) -> Sequence[tuple[UUID, datetime]]:
    behind = f"&cursor={cursors.written(place)}" if place else ""
    answer = await desk.get(f"/cases?limit=100{behind}")
    assert answer.status == 200, answer.body
    return [(one.id, one.urgent_at) for one in _Page.model_validate_json(answer.body).cases]


def _group(calm: Sequence[float], killed: Sequence[float], size: Size) -> Group:
    after, undisturbed = quantile(killed, 0.99), quantile(calm, 0.99)
    lines = [
        Line(
            "accepted → on GET /cases, p50 and p99",
            f"{milliseconds(quantile(calm, 0.5))}, {milliseconds(undisturbed)}",
            goal=f"p99 < {milliseconds(GOAL)}",
            verdict=below(undisturbed, GOAL),
        ),
        Line(
            f"the same after a worker kill ({size.kills} kills)",
            f"{milliseconds(quantile(killed, 0.5))}, {milliseconds(after)}",
            goal=f"p99 < {milliseconds(GOAL_AFTER_A_KILL)}",
            verdict=below(after, GOAL_AFTER_A_KILL),
        ),
    ]
    notes = (
        f"{PER_SECOND} responses a second over HTTP, {len(calm)} of them undisturbed; the queue is read every "
        f"{milliseconds(LOOK)}, on the same two cores. A killed worker (SIGKILL) is started again after "
        f"{milliseconds(RESTART)}, as the supervisor does; what was accepted in the {size.shadow:.0f} s after counts.",
    )
    return Group("Accepted and readable", lines, notes)
