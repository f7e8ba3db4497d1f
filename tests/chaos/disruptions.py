"""What is done to the system, one after another: parts killed and frozen, fuses armed; and what came of each."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

from tests.chaos.points import Point
from tests.chaos.processes import Part, age, frozen, kill, tree
from tests.chaos.system import Installation

RIPE = 6.0
"""Seconds a part must have lived: whoever ends sooner, and again, is given up by the supervisor, as it should be."""
PULSE = 0.05
LATEST = 90.0
"""Seconds a part may take to come back, and traffic to burn a fuse."""
FREEZABLE = (Part.WORKER, Part.RELAY, Part.API, Part.TEMPORAL, Part.POSTGRES)
OF_THE_API, OF_THE_RELAY = frozenset({Point.BEFORE_ANSWER}), frozenset({Point.AFTER_START, Point.AFTER_SIGNAL})


@dataclass(frozen=True)
class Kill:
    """SIGKILL, of the process and all it has begun; of PostgreSQL perhaps of its first process only."""

    part: Part
    first_only: bool = False

    def __str__(self) -> str:
        return f"kill {self.part.called}{' (first process only)' if self.first_only else ''}"

    def do(self, system: Installation) -> bool:
        """Back when it is done; its restart is the supervisor's business."""
        pid = _ripe(system, self.part)
        kill(*([pid] if self.first_only else tree(pid)))
        return True


@dataclass(frozen=True)
class Freeze:
    """SIGSTOP, and SIGCONT after so many seconds."""

    part: Part
    seconds: float

    def __str__(self) -> str:
        return f"freeze {self.part.called} for {self.seconds:.1f} s"

    def do(self, system: Installation) -> bool:
        """Back when it goes on."""
        with frozen(_ripe(system, self.part)):
            time.sleep(self.seconds)
        return True


@dataclass(frozen=True)
class Burn:
    """The process that next reaches the point dies there."""

    point: Point

    def __str__(self) -> str:
        return f"die at {self.point}"

    def do(self, system: Installation) -> bool:
        """Back when it has died; False when nobody came by."""
        _ripe(system, self.part)
        system.fuses.arm(self.point)
        try:
            return _happens(lambda: system.fuses.fired(self.point))
        finally:
            system.fuses.disarm(self.point)

    @property
    def part(self) -> Part:
        """Who dies."""
        if self.point in OF_THE_API:
            return Part.API
        return Part.RELAY if self.point in OF_THE_RELAY else Part.WORKER


Disruption = Kill | Freeze | Burn


@dataclass(frozen=True)
class Done:
    """A disruption after it was tried."""

    what: Disruption
    at: datetime
    struck: bool
    """False: a fuse nobody reached."""


def short_plan(chance: Random) -> list[Disruption]:
    """Each part killed once, one of them frozen, and three fail points: after a start, after rows, and one by chance.

    A worker must live a while between two blows, so the others are left to the long form; dying before and after calls
    and messages is played step by step in the tests of the activities, too.
    """
    workers: list[Disruption] = [
        Burn(Point.AFTER_ROWS),
        Burn(chance.choice((Point.BEFORE_CALL, Point.BEFORE_SMS, Point.AFTER_CALL, Point.AFTER_SMS))),
        Kill(Part.WORKER),
    ]
    others: list[Disruption] = [
        Burn(Point.AFTER_START),
        Kill(Part.TEMPORAL),
        Kill(Part.RELAY),
        Freeze(chance.choice(FREEZABLE), chance.uniform(2, 4)),
        Kill(Part.API),
        Kill(Part.POSTGRES, first_only=chance.random() < 0.5),
    ]
    chance.shuffle(workers)
    return _alternating(workers, others)


def long_plan(chance: Random, kills: int) -> list[Disruption]:
    """Each part, each freeze and each fail point but one once, then by chance; fewer when `kills` is small.

    One loop in fourteen is told by mail, and at the end there are few loops: a second fuse there may wait in vain.
    """
    points = [point for point in Point if point is not Point.BEFORE_MAIL]  # it costs ten minutes, and is tried alone
    busy = [point for point in points if point is not Point.AFTER_MAIL]
    once: list[Disruption] = [*map(Kill, Part), *map(Burn, points), *(_freeze(chance, part) for part in FREEZABLE)]
    chance.shuffle(once)
    kinds: list[Callable[[], Disruption]] = [
        lambda: Kill(chance.choice(list(Part))),
        lambda: Kill(Part.POSTGRES, first_only=True),
        lambda: Burn(chance.choice(busy)),
        lambda: _freeze(chance, chance.choice(FREEZABLE)),
    ]
    return [*once, *(chance.choice(kinds)() for _ in range(kills - len(once)))][:kills]


def _freeze(chance: Random, part: Part) -> Freeze:
    return Freeze(part, chance.uniform(2, 8))


def _alternating(first: Sequence[Disruption], second: Sequence[Disruption]) -> list[Disruption]:
    """Those of the shorter row spread among those of the longer one, so that each part lives a while in between."""
    longer, shorter = sorted((list(first), list(second)), key=len, reverse=True)
    mixed: list[Disruption] = []
    for place, one in enumerate(longer):
        mixed += [one, *shorter[place : place + 1]]
    return mixed


def disrupt(system: Installation, what: Disruption) -> Done:
    """Do it, once the part it is about is up."""
    struck = what.do(system)
    return Done(what, datetime.now(UTC), struck)


def _ripe(system: Installation, part: Part) -> int:
    """The process of this part, when it has lived for a while."""
    found: list[int] = []

    def ripe() -> bool:
        pid = system.process_of(part)
        found[:] = [pid] if pid and age(pid) >= RIPE else []
        return bool(found)

    if not _happens(ripe):
        raise AssertionError(f"{part.called} does not come back; see {system.data / 'logs'}")
    return found[0]


def _happens(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + LATEST
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(PULSE)
    return True
