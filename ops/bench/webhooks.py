"""Webhooks accepted per second beside a bare route, relay held and relay draining, and how fast the inbox drains."""

import asyncio
import time
from dataclasses import dataclass, field
from statistics import median

from sqlalchemy import TextClause, text

from domain.words import Role
from ops.bench import bare_api, deliveries
from ops.bench.figures import Group, Line, at_least, milliseconds, quantile, ratios, short, spread
from ops.bench.machine import cpu_seconds
from ops.bench.scene import PATIENCE, Scene
from ops.bench.size import Size
from ops.bench.wire import Load, load
from ops.ports import free_port

AT_ONCE = 16
GOAL = 0.6
LOOK = 0.2
"""Seconds between two looks at the inbox."""
WARM_UP = 100
_LEFT = text("select count(*) from inbox where done_at is null")
_DONE = text("select count(*) from inbox where done_at is not null")
_SIZES = text("""
select (select avg(pg_column_size(r.*)) from response r), (select avg(pg_column_size(c.*)) from customer c),
  (select avg(pg_column_size(i.*)) from inbox i), (select avg(pg_column_size(b.*)) from bench_delivery b)
""")


@dataclass
class Rounds:
    """What the rounds of one server gave."""

    loads: list[Load] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    """CPU seconds of the server process a request."""

    @property
    def rates(self) -> list[float]:
        return [one.rate for one in self.loads]

    def quantiles(self) -> str:
        """p50 and p99 over all rounds."""
        latencies = [one for sent in self.loads for one in sent.latencies]
        return f"{milliseconds(quantile(latencies, 0.5))}, {milliseconds(quantile(latencies, 0.99))}"


@dataclass(frozen=True)
class Server:
    """Something that takes deliveries."""

    scene: Scene
    port: int
    pid: int

    def round(self, rounds: Rounds, number: int) -> None:
        """Send it so many new ones."""
        requests, before = deliveries.signed(self.scene, number), cpu_seconds(self.pid)
        rounds.loads.append(asyncio.run(load(self.port, requests, at_once=AT_ONCE)))
        rounds.cpu.append((cpu_seconds(self.pid) - before) / number)


@dataclass(frozen=True)
class Drained:
    """The relay at work."""

    meanwhile: Rounds
    """Deliveries accepted at the same time."""
    busy: float
    """Rows carried per second, at the same time."""
    alone: float
    """Rows carried per second when nothing else is asked."""


def measure(scene: Scene, size: Size) -> Group:
    """Ours and the bare route take turns with the relay held; then it is let go."""
    bare_api.metadata.create_all(scene.engine)
    scene.provider()
    scene.person(Role.SPECIALIST)
    port = free_port()
    ours = Server(scene, scene.settings.api_port, scene.api().pid)
    bare = Server(scene, port, scene.module("ops.bench.bare_api", str(port), port=port).pid)
    held, theirs = _held(ours, bare, size)
    sizes = _sizes(scene)
    _forget(scene)
    drained = _drain(ours, size)
    return _group(held, theirs, drained, sizes)


def _held(ours: Server, bare: Server, size: Size) -> tuple[Rounds, Rounds]:
    found = Rounds(), Rounds()
    for server in (ours, bare):
        server.round(Rounds(), min(WARM_UP, size.deliveries))
    for turn in range(size.rounds):
        bare.round(found[1], size.deliveries)
        ours.round(found[0], size.deliveries)
        last = f"bare {short(found[1].rates[-1])}/s, ours {short(found[0].rates[-1])}/s"
        print(f"  round {turn + 1}: {last}", flush=True)
    return found


def _drain(ours: Server, size: Size) -> Drained:
    scene, meanwhile = ours.scene, Rounds()
    ours.round(Rounds(), size.drained)
    scene.worker()
    scene.relay()
    _await_first(scene)
    before, began = _carried(scene), time.monotonic()
    ours.round(meanwhile, size.drained)
    busy = (_carried(scene) - before) / (time.monotonic() - began)
    print(f"  while it drains: {short(meanwhile.rates[-1])}/s accepted, {short(busy)} rows/s carried", flush=True)
    before, began = _carried(scene), time.monotonic()
    while _count(scene, _LEFT) and time.monotonic() - began < size.drain_for:
        time.sleep(LOOK)
    alone = (_carried(scene) - before) / (time.monotonic() - began)
    print(f"  alone: {short(alone)} rows/s carried", flush=True)
    return Drained(meanwhile, busy, alone)


def _await_first(scene: Scene) -> None:
    """A relay that has just been started is at work once it has carried a row."""
    before, patience = _carried(scene), time.monotonic() + PATIENCE.total_seconds()
    while _carried(scene) == before and time.monotonic() < patience:
        time.sleep(LOOK)


def _forget(scene: Scene) -> None:
    with scene.engine.begin() as connection:
        connection.execute(text("update inbox set done_at = now(), result = 'bench' where done_at is null"))


def _carried(scene: Scene) -> int:
    return _count(scene, _DONE)


def _count(scene: Scene, query: TextClause) -> int:
    with scene.engine.connect() as connection:
        return int(connection.execute(query).scalar_one())


def _sizes(scene: Scene) -> str:
    with scene.engine.connect() as connection:
        response, customer, inbox, bare = connection.execute(_SIZES).one()
    ours = f"response {response:.0f}, customer {customer:.0f}, inbox {inbox:.0f}"
    return f"bytes a delivery: ours {response + customer + inbox:.0f} in three rows ({ours}), bare {bare:.0f} in one."


def _group(held: Rounds, bare: Rounds, drained: Drained, sizes: str) -> Group:
    pairs = ratios(held.rates, bare.rates)
    meanwhile = drained.meanwhile
    accepted = Line(
        what="webhooks accepted, relay held",
        ours=spread(held.rates, "/s"),
        baseline=spread(bare.rates, "/s"),
        ratio=spread(pairs),
        goal=f"≥ {GOAL}",
        verdict=at_least(median(pairs), GOAL),
        notes=(f"CPU of the API a request: {_cpu(held)}, bare {_cpu(bare)}; {sizes}",),
    )
    lines = [
        accepted,
        Line("acceptance p50, p99, relay held", held.quantiles(), bare.quantiles()),
        Line("webhooks accepted while it drains", spread(meanwhile.rates, "/s"), spread(bare.rates, "/s")),
        Line("acceptance p50, p99 while it drains", meanwhile.quantiles(), bare.quantiles()),
        Line("inbox drained meanwhile", f"{short(drained.busy)} rows/s"),
        Line("inbox drained, nothing else asked", f"{short(drained.alone)} rows/s"),
    ]
    notes = (
        f"{AT_ONCE} connections, each as fast as it is answered; signed deliveries of new responses that ask for "
        "contact. bare: a FastAPI route that parses the same JSON and inserts it as one row, in a process of the same "
        "server settings and pool.",
        "Latencies are those of a saturated server. A drained row is a workflow started; its worker runs beside it.",
    )
    return Group("Webhooks", lines, notes)


def _cpu(rounds: Rounds) -> str:
    return f"{short(median(rounds.cpu) * 1000)} ms"
