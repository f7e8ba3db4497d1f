"""One run: loops are played while the system is hit, then everything on record is held against the invariants."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import httpx2
from pydantic import ValidationError

from db.engine import engine_for
from ops.demo.errors import DemoError
from ops.demo.live import Live
from ops.demo.people import Customer
from ops.demo.player import Stage
from ops.demo.screen import Screen
from ops.run_file import Running
from temporal_client import connect
from tests.chaos.disruptions import Disruption, Done, disrupt
from tests.chaos.evidence import Evidence, Played, lives, log_lines, rows_of, unsettled, workflow_count
from tests.chaos.night import Night
from tests.chaos.player import SPECIALISTS, ChaosPlayer, Set
from tests.chaos.scripts import MIX, SLEEPERS, Script
from tests.chaos.system import Installation
from tests.chaos.verdict import Verdict, judge
from tests.chaos.wire import PatientPost, StubbornDesk, StubbornPlatform, Tally, Telephones

STAFF = (*SPECIALISTS, "second_line", "second_line 2", "lead", "manager")
OTHERWISE = (DemoError, httpx2.HTTPError, ValidationError)
AFTER_DUE = timedelta(seconds=1)
Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be done."""

    seed: int
    loops: int
    disruptions: Sequence[Disruption]
    every: timedelta
    """A loop begins so often."""
    gap: tuple[float, float]
    """Seconds between two disruptions."""
    asleep: timedelta
    """How long the sleepers of the night sleep: long enough for all to be laid to sleep, however slow the machine."""
    patience: timedelta
    """How long anybody waits for anything; a mail in doubt takes ten minutes."""


def run(plan: Plan, data: Path, say: Say) -> Verdict:
    """Carry it out over an empty folder, which the servers' own user must be able to enter. From the main thread."""
    began = time.monotonic()
    with (data / "players.log").open("w") as script_log, _installed(data, plan.asleep) as system:
        say(f"Seed {plan.seed}: starting the system in {data}")
        running = system.start()
        campaign = Campaign(plan, system, running, Screen(script_log, started=datetime.now(UTC), labels=[]), say)
        evidence = campaign.carried_out()
    return judge(plan.seed, timedelta(seconds=round(time.monotonic() - began)), evidence)


@contextmanager
def _installed(data: Path, asleep: timedelta) -> Iterator[Installation]:
    system = Installation(data, asleep)
    try:
        yield system
    finally:
        system.stop()


class Campaign:
    """Players in threads; violence and everything about processes in the main thread."""

    def __init__(self, plan: Plan, system: Installation, running: Running, screen: Screen, say: Say) -> None:
        self._plan, self._system, self._say = plan, system, say
        self._chance = Random(plan.seed)
        self._tally, self._night = Tally(), Night(len(SLEEPERS), plan.patience)
        self._stage = self._set_up(running, screen)
        telephones = Telephones(running.addresses["simulator"])
        self._set = Set(self._stage, telephones, self._tally, self._night, plan.patience)
        self._done: list[Done] = []
        self._began = time.monotonic()

    def carried_out(self) -> Evidence:
        """Play, strike, sleep through the night, wait until all is settled, and take down what is on record."""
        self._stage.post.start()
        self._stage.live.start(timedelta(seconds=30))
        scripts = [MIX[place % len(MIX)] for place in range(self._plan.loops - len(SLEEPERS))]
        self._chance.shuffle(scripts)
        with ThreadPoolExecutor(self._plan.loops) as pool:
            with self._given_up_on_failure():
                played = [pool.submit(self._play, script, place) for place, script in enumerate(scripts)]
                self._strike()
                played += self._through_the_night(pool, len(scripts))
                self._await(played)
            results = [one.result() for one in played]
        self._settle()
        return asyncio.run(self._take_down(results))

    def _set_up(self, running: Running, screen: Screen) -> Stage:
        api, patience = running.addresses["api"], self._plan.patience
        staff = {name: StubbornDesk(api, running.tokens[name], self._tally, patience) for name in STAFF}
        [secret] = self._system.settings.secrets_of("generic")
        simulator = Telephones(running.addresses["simulator"])
        self._platform = StubbornPlatform(api, secret.get_secret_value(), self._tally, patience)
        return Stage(
            platform=self._platform,
            simulator=simulator,
            post=PatientPost(simulator, patience),
            live=Live(staff["manager"], screen),
            screen=screen,
            staff=staff,
        )

    @contextmanager
    def _given_up_on_failure(self) -> Iterator[None]:
        """Players do not go on waiting for a system that will not come back."""
        try:
            yield
        except BaseException:
            self._tally.given_up.set()
            self._stage.live.stop()
            self._stage.post.stop()
            self._night.end()
            raise

    # The players

    def _play(self, script: Script, place: int, *, begin: float | None = None) -> Played:
        time.sleep(place * self._plan.every.total_seconds() if begin is None else begin)
        player = ChaosPlayer(self._set, self._customer(script, place), form=script.form, chance=Random(place))
        failure = None
        try:
            script.play(player)
        except OTHERWISE as error:
            failure = str(error) or type(error).__name__
            self._say(f"{self._clock()} {script.name}: STOPPED: {failure}")
        return Played(script, player.customer.phone, tuple(player.cases), failure)

    def _customer(self, script: Script, place: int) -> Customer:
        return Customer(
            label=f"{place:03d}",
            name="Клиент",
            ref=f"chaos-{self._plan.seed}-{place}",
            phone=f"+7916{place:07d}",
            email=f"customer.{place}@example.com" if script.by_mail else None,
        )

    # The violence

    def _strike(self) -> None:
        for what in self._plan.disruptions:
            time.sleep(self._chance.uniform(*self._plan.gap))
            done = disrupt(self._system, what)
            self._done.append(done)
            self._say(f"{self._clock()} {what}{'' if done.struck else ': nobody came by'}")

    def _through_the_night(self, pool: ThreadPoolExecutor, place: int) -> list[Future[Played]]:
        """Lay cases to sleep, kill everything until the last of their deadlines has passed, and start again."""
        played = [pool.submit(self._play, one, place + number, begin=0) for number, one in enumerate(SLEEPERS)]
        due = self._night.await_sleepers()
        self._night.down = datetime.now(UTC)
        self._system.black_out()
        self._say(f"{self._clock()} all is dark")
        time.sleep(max((due + AFTER_DUE - datetime.now(UTC)).total_seconds(), 0))
        self._night.up = datetime.now(UTC)
        self._system.start()
        self._say(f"{self._clock()} it is day")
        self._night.end()
        return played

    def _await(self, played: Sequence[Future[Played]]) -> None:
        """The run must live while anybody plays."""
        left = len(played)
        while waiting := [one for one in played if not one.done()]:
            assert self._system.pid
            time.sleep(0.2)
            if len(waiting) <= left - 10:
                left = len(waiting)
                self._say(f"{self._clock()} {left} loops are still played")

    # The record

    def _settle(self) -> None:
        """Every fact, case and message has come to its end; what does not is the invariants' business."""
        engine = engine_for(self._system.database_url)
        deadline = time.monotonic() + self._plan.patience.total_seconds()
        while any(unsettled(engine)) and time.monotonic() < deadline:
            time.sleep(0.5)
        self._say(f"{self._clock()} all is settled, as far as it will be")
        engine.dispose()

    async def _take_down(self, played: Sequence[Played]) -> Evidence:
        client = await connect(self._system.settings)
        engine = engine_for(self._system.database_url)
        live = await lives(client, list(rows_of(engine).cases), self._plan.patience)
        rows = rows_of(engine)
        engine.dispose()
        return Evidence(
            accepted=frozenset(self._platform.accepted),
            played=played,
            rows=rows,
            live=live,
            workflows=await workflow_count(client),
            heard={case: self._stage.live.heard(case) for case in rows.cases},
            lines=log_lines(self._system.data),
            disruptions=self._done,
            sleepers=self._night.sleepers,
            down=self._night.down,
            up=self._night.up,
            tally=self._tally.seen,
        )

    def _clock(self) -> str:
        return f"{time.monotonic() - self._began:6.1f} s"
