"""`python -m ops.demo`: plays all loops at once, shows them as they happen, and holds each against its script."""

import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import httpx2
from pydantic import ValidationError

from ops import run_file
from ops.demo.errors import DemoError, NotRunning
from ops.demo.live import Live
from ops.demo.loops import Loop, loops
from ops.demo.player import Player, Stage, second
from ops.demo.post import Post
from ops.demo.screen import Screen
from ops.demo.verdict import Judge, Played, show, show_numbers
from ops.demo.wire import Desk, Platform, Simulator
from settings import Settings, load, variable

TAKES_SECONDS = 80
PATIENCE = timedelta(seconds=10)
OTHERWISE = (DemoError, httpx2.HTTPError, ValidationError)
"""What goes wrong in the system, not in the demo."""
STAFF = ("specialist", "specialist 2", "specialist 3", "second_line", "second_line 2", "lead", "manager")


@dataclass(frozen=True)
class Theatre:
    """Everything one run of the demo needs."""

    running: run_file.Running
    stage: Stage
    loops: Sequence[Loop]
    started: datetime

    @property
    def manager(self) -> Desk:
        """Who may see the report."""
        return self.stage.staff["manager"]


def main() -> int:
    """Play. 0 when every loop went by its script, else 1."""
    try:
        theatre = _prepared(load())
        with_complaints = _play(theatre)
    except OTHERWISE as error:
        print(f"The demo cannot go on. {error or type(error).__name__}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The cases under way stay open in the system.", file=sys.stderr)
        return 130
    return 1 if with_complaints else 0


def _prepared(settings: Settings) -> Theatre:
    running = run_file.read(settings.data_dir)
    if running is None:
        raise NotRunning(
            f"No system runs on {settings.data_dir}: start it by `make run` in another terminal. If it runs on another "
            f"folder, name it: {variable('data_dir')}=… make demo"
        )
    if running.accounts:
        raise NotRunning(
            f"What the running system sends is real, by {', '.join(running.accounts)}: the demo's customers are "
            "invented, and their numbers may be somebody's. Play it on a system of its own, with the defaults."
        )
    if missing := [name for name in STAFF if name not in running.tokens]:
        raise NotRunning(f"The running system has no demo staff ({', '.join(missing)}): the demo needs development.")
    staff = {name: Desk(running.addresses["api"], running.tokens[name]) for name in STAFF}
    for desk in staff.values():
        desk.go_on_duty()
    started, all_loops = datetime.now(UTC), loops(int(time.time()))
    labels = [loop.label if len(loop.expected) == 1 else second(loop.label) for loop in all_loops]
    screen = Screen(sys.stdout, started=started, labels=labels)
    return Theatre(running, _stage(settings, running, screen, staff), all_loops, started)


def _stage(settings: Settings, running: run_file.Running, screen: Screen, staff: Mapping[str, Desk]) -> Stage:
    secrets = settings.secrets_of("generic")
    if not secrets:
        raise NotRunning(f"The generic survey source is closed: set {variable('webhook_secrets_generic')}.")
    simulator = Simulator(running.addresses["simulator"])
    return Stage(
        platform=Platform(running.addresses["api"], secrets[0].get_secret_value()),
        simulator=simulator,
        post=Post(simulator),
        live=Live(staff["lead"], screen),
        screen=screen,
        staff=staff,
    )


def _play(theatre: Theatre) -> int:
    """How many loops differ from their scripts."""
    stage, screen = theatre.stage, theatre.stage.screen
    stage.post.start()
    stage.live.start(PATIENCE)
    screen.say(
        f"{len(theatre.loops)} loops at once, with seconds for minutes: a promise of 60 minutes falls due in 60 "
        f"seconds.\nThis takes about {TAKES_SECONDS} seconds, because one promise has to break.\n"
    )
    played = _play_all(stage, theatre.loops)
    judge = Judge(stage.staff["lead"], stage.live, stage.post)
    judged = [(one, judge.complaints(one)) for one in played]
    _show(theatre, judged)
    return sum(1 for _, complaints in judged if complaints)


def _play_all(stage: Stage, all_loops: Sequence[Loop]) -> list[Played]:
    with ThreadPoolExecutor(len(all_loops)) as pool:
        try:
            return list(pool.map(partial(_play_one, stage), all_loops))
        except KeyboardInterrupt:  # the players end their waiting, so that the pool can end
            stage.live.stop()
            stage.post.stop()
            raise


def _play_one(stage: Stage, loop: Loop) -> Played:
    player, failure = Player(stage, loop.customer, loop.label), None
    try:
        loop.play(player)
    except OTHERWISE as error:
        failure = str(error) or type(error).__name__
        stage.screen.deed(datetime.now(UTC), loop.label, f"STOPPED: {failure}")
    return Played(loop, tuple(player.cases), failure)


def _show(theatre: Theatre, judged: Sequence[tuple[Played, list[str]]]) -> None:
    screen, addresses = theatre.stage.screen, theatre.running.addresses
    screen.say("\nEach loop against its script:")
    show(screen, judged)
    screen.say(f"\nThe report since {theatre.started:%H:%M:%S} UTC, with 95 % intervals:")
    show_numbers(screen, theatre.manager.report(theatre.started))
    screen.say("\nLook at it:")
    for name, key in (("Temporal UI", "temporal_ui"), ("Outbox", "outbox"), ("API", "docs")):
        if key in addresses:
            screen.say(f"  {name:<12}{addresses[key]}")
    differing = sum(1 for _, complaints in judged if complaints)
    screen.say(f"\n{len(judged) - differing} of {len(judged)} loops went by their script.")


if __name__ == "__main__":
    sys.exit(main())
