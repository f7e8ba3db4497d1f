"""What a staff command costs its person, and what a straight loop costs in history and in Temporal's actions."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass, field
from urllib.request import urlopen
from uuid import uuid4

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHistory

from domain.words import Role
from ops.bench import bare, bare_worker, requests
from ops.bench.bare import Bare
from ops.bench.driving import Loop, UnhurriedDriver
from ops.bench.figures import Group, Line, Verdict, below, milliseconds, quantile, short
from ops.bench.scene import Person, Scene
from ops.bench.size import Size
from ops.bench.wire import Answer, Connection, Json
from settings import LOOPBACK
from temporal_client import connect
from workflows.close_the_loop import CloseTheLoop

EVENTS_GOAL, ACTIONS_GOAL = 80, 20
_ACTION = re.compile(r'^action\{[^}]*action_type="(\w+)"[^}]*\} (\d+)', re.MULTILINE)
GROUPS = {
    "WORKFLOW_TASK": "workflow tasks",
    "ACTIVITY_TASK": "activities",
    "WORKFLOW_EXECUTION_UPDATE": "updates",
    "WORKFLOW_EXECUTION_SIGNALED": "signals",
    "TIMER": "timers",
    "WORKFLOW_EXECUTION": "start and end",
}
"""Which events belong together; the first beginning that fits."""
BUYS = {
    "workflow tasks": "the workflow decides",
    "activities": "rows written, calls placed, people told",
    "updates": "what staff asked, each refused or done",
    "signals": "facts from outside",
    "timers": "deadlines that fire by themselves",
    "start and end": "the case itself",
}


@dataclass
class Trips:
    """Round trips in seconds, by what was asked."""

    taken: dict[str, list[float]] = field(default_factory=dict)

    async def time(self, what: str, asked: Awaitable[object]) -> None:
        """How long until it is answered."""
        began = time.perf_counter()
        await asked
        self.taken.setdefault(what, []).append(time.perf_counter() - began)

    def shown(self, what: str) -> str:
        """p50 and p99."""
        return f"{milliseconds(quantile(self.taken[what], 0.5))}, {milliseconds(quantile(self.taken[what], 0.99))}"

    def ratio(self, what: str, beside: str) -> str:
        """Of the medians."""
        return short(quantile(self.taken[what], 0.5) / quantile(self.taken[beside], 0.5))


@dataclass(frozen=True)
class Cost:
    """Of one closed workflow."""

    events: Counter[str]
    size: int
    actions: Counter[str]

    @property
    def total(self) -> int:
        """Events in all."""
        return self.events.total()

    def shown(self) -> str:
        """In one cell."""
        return f"{self.total} events, {self.size:,} bytes, {self.actions.total()} actions"

    def counted(self) -> str:
        """Actions by type."""
        return ", ".join(f"{kind} {number}" for kind, number in self.actions.most_common())

    def parts(self) -> str:
        """What each group of events buys."""
        counted = Counter[str]()
        for kind, number in self.events.items():
            counted[_group_of(kind)] += number
        return ", ".join(f"{name} {number} ({BUYS[name]})" for name, number in counted.most_common())


def measure(scene: Scene, size: Size) -> Group:
    """One command after another, ours and bare in turns; then one straight loop of each kind."""
    scene.provider()
    bare.metadata.create_all(scene.engine)
    scene.worker()
    scene.api()
    scene.module("ops.bench.bare_worker")
    person = scene.person(Role.SPECIALIST)
    trips = asyncio.run(_trips(scene, person, size))
    costs = asyncio.run(_costs(scene, person, size))
    return _group(trips, costs)


async def _trips(scene: Scene, person: Person, size: Size) -> Trips:
    client, trips = await connect(scene.settings), Trips()
    async with Connection(scene.settings.api_port, {"Authorization": f"Bearer {person.token}"}) as desk:
        for begin in requests.stored(scene, size.commands):
            await client.start_workflow(
                CloseTheLoop.run, begin, id=f"case-{begin.case}", task_queue=scene.settings.task_queue
            )
            await _until_read(desk, f"/cases/{begin.case}")
            await _worked(trips, desk, f"/cases/{begin.case}")
            await _bare(trips, client)
    shown = ", ".join(f"{what} {trips.shown(what)}" for what in trips.taken)
    print(f"  p50, p99: {shown}", flush=True)
    return trips


async def _worked(trips: Trips, desk: Connection, case: str) -> None:
    solution: Json = {"cause": "setup", "text": "Set up anew.", "solved": True, "one_conversation": True}
    await trips.time("claim", _done(desk, f"{case}/claim", {}))
    await trips.time("log a call", _done(desk, f"{case}/attempts", {"outcome": "reached"}))
    await trips.time("resolve", _done(desk, f"{case}/resolution", solution))


async def _bare(trips: Trips, client: Client) -> None:
    case = uuid4()
    handle = await client.start_workflow(Bare.run, case, id=f"bare-{case}", task_queue=bare_worker.QUEUE)
    await handle.execute_update(Bare.claim)
    await trips.time("bare update", handle.execute_update(Bare.claim))
    await handle.signal(Bare.call_ended)
    await handle.execute_update(Bare.call)
    await trips.time("bare update with a row", handle.execute_update(Bare.resolve))
    await handle.signal(Bare.survey_answered)


async def _done(desk: Connection, path: str, body: Json) -> None:
    answer = await desk.post(path, body, {"Idempotency-Key": str(uuid4())})
    assert answer.status == 200, answer.body


async def _until_read(desk: Connection, path: str) -> Answer:
    while (answer := await desk.get(path)).status != 200:
        await asyncio.sleep(0.02)
    return answer


async def _costs(scene: Scene, person: Person, size: Size) -> dict[str, Cost]:
    driver = UnhurriedDriver(await connect(scene.settings), person.staff, scene.settings.task_queue)
    first, second = requests.stored(scene, 2)
    plays: dict[str, Loop] = {
        "by telephone": lambda: driver.by_telephone(first),
        "logged by hand": lambda: driver.by_hand(second),
        "bare": driver.bare,
    }
    await asyncio.sleep(size.metrics_lag)
    costs = {}
    for name, play in plays.items():
        before = actions(scene.temporal_metrics)
        history = await driver.client.get_workflow_handle(await play()).fetch_history()
        await asyncio.sleep(size.metrics_lag)
        spent = actions(scene.temporal_metrics) - before
        costs[name] = Cost(kinds(history), sum(event.ByteSize() for event in history.events), spent)
    return costs


def actions(port: int) -> Counter[str]:
    """Temporal's own count so far, by type, of a server that shows its metrics on this port."""
    with urlopen(f"http://{LOOPBACK}:{port}/metrics", timeout=5) as page:
        found = _ACTION.findall(page.read().decode())
    counted = Counter[str]()
    for kind, number in found:
        counted[kind] += int(number)
    return counted


def kinds(history: WorkflowHistory) -> Counter[str]:
    """Events by type, without their prefix."""
    return Counter(EventType.Name(event.event_type).removeprefix("EVENT_TYPE_") for event in history.events)


def _group_of(kind: str) -> str:
    return next(name for beginning, name in GROUPS.items() if kind.startswith(beginning))


def _group(trips: Trips, costs: dict[str, Cost]) -> Group:
    beside = "bare update with a row"
    asked = [
        Line(
            f"{what} by HTTP, p50 and p99",
            trips.shown(what),
            f"{beside}: {trips.shown(beside)}",
            trips.ratio(what, beside),
        )
        for what in ("claim", "log a call", "resolve")
    ]
    bare_line = Line("bare update, p50 and p99", trips.shown("bare update"))
    loops = [_cost_line(name, costs[name], costs["bare"]) for name in ("by telephone", "logged by hand")]
    notes = (
        "One command after another on a quiet system. A command is an HTTP request with token and Idempotency-Key, an "
        "update of the workflow, and its rows; the answer comes when the rows are true.",
        "Actions are the server's own metric; events are counted in the history. bare: 3 updates, 2 signals, 3 "
        "activities, 3 timers.",
    )
    return Group("Staff commands and the cost of a straight loop", [*asked, bare_line, *loops], notes)


def _cost_line(name: str, cost: Cost, bare: Cost) -> Line:
    good = below(cost.total, EVENTS_GOAL + 1) is below(cost.actions.total(), ACTIONS_GOAL + 1) is Verdict.MET
    return Line(
        what=f"straight loop, {name}",
        ours=cost.shown(),
        baseline=bare.shown(),
        ratio=short(cost.total / bare.total),
        goal=f"≤ {EVENTS_GOAL} events, ≤ {ACTIONS_GOAL} actions",
        verdict=Verdict.MET if good else Verdict.MISSED,
        notes=(cost.parts(), f"actions: {cost.counted()}"),
    )
