"""The supervisor: what dies comes back, what cannot live is told, and nothing outlives it."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from ops import supervisor as supervision
from ops.log_follower import LogFollower
from ops.processes import ALARMING, Child, ProcessError, Program
from ops.supervisor import Supervisor
from tests.chaos.processes import runs
from tests.waiting import until

ROOT = Path(__file__).parents[2]
SOON = timedelta(seconds=30)
SLEEPER = "import time; time.sleep(600)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
)
LAST_WORDS = """
import signal
def end(*_):
    open({file!r}, "a").write({word!r})
    raise SystemExit
signal.signal(signal.SIGTERM, end)
print("up", flush=True)
signal.pause()
"""


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(said: list[str]) -> Iterator[Supervisor]:
    made = Supervisor(said.append)
    yield made
    made.stop()


def _program(folder: Path, code: str, name: str = "stand-in") -> Program:
    return Program(
        name=name,
        command=(sys.executable, "-c", code),
        log=folder / f"{name}.log",
        patience=timedelta(seconds=0.2),
    )


def test_a_killed_program_is_started_again_and_said_so(supervisor: Supervisor, said: list[str], tmp_path: Path) -> None:
    supervisor.start(_program(tmp_path, SLEEPER))
    first = supervisor.pids["stand-in"]
    os.kill(first, signal.SIGKILL)
    supervisor.await_that(
        lambda: supervisor.pids.get("stand-in", first) != first, patience=SOON, complaint="stayed away"
    )
    assert "stand-in ended by SIGKILL" in said[0]
    assert "starting it again in 0.5 s" in said[0]


def test_a_program_that_ends_at_once_three_times_is_given_up_with_its_last_words(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervision, "FIRST_PAUSE", timedelta(0))
    supervisor.start(_program(tmp_path, "raise SystemExit('no table to put it on')"))
    with pytest.raises(ProcessError, match="cannot be kept running") as gave_up:
        supervisor.watch()
    assert str(gave_up.value).count("no table to put it on") == 3


def test_a_program_that_never_gets_ready_is_complained_about(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.start(_program(tmp_path, SLEEPER))
    with pytest.raises(ProcessError, match="still not there"):
        supervisor.await_that(lambda: False, patience=timedelta(0), complaint="still not there")


def test_a_program_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    program = _program(tmp_path, STUBBORN)
    child = Child(program)
    until(lambda: "deaf" in program.log.read_text())
    child.stop()
    assert child.exit_code == -signal.SIGKILL


def test_a_command_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProcessError, match="nowhere cannot be started"):
        Child(Program(name="nowhere", command=("/nowhere",), log=tmp_path / "log"))


def test_everything_is_stopped_last_started_first(supervisor: Supervisor, tmp_path: Path) -> None:
    ended = tmp_path / "ended"
    for name in ("postgres", "worker", "api"):
        program = replace(_program(tmp_path, LAST_WORDS.format(file=str(ended), word=f"{name} "), name), patience=SOON)
        supervisor.start_and_await(replace(program, ready=partial(_says_up, program.log)), patience=SOON)
    supervisor.stop()
    assert ended.read_text() == "api worker postgres "


def _says_up(log: Path) -> bool:
    return "up" in log.read_text()


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_all_and_exits_cleanly(ending: signal.Signals, server_folder: Path) -> None:
    run, pids = _run_apart(server_folder)
    run.send_signal(ending)
    assert run.wait(30) == 0
    assert [pid for pid in pids if runs(pid)] == []


def test_a_second_signal_kills_what_is_slow_to_stop(server_folder: Path) -> None:
    run, pids = _run_apart(server_folder, STUBBORN)
    until(lambda: "deaf" in (server_folder / "stand-in.log").read_text())
    run.send_signal(signal.SIGINT)
    until(lambda: "stopping" in (server_folder / "run.log").read_text())
    run.send_signal(signal.SIGINT)
    assert run.wait(30) == 0
    assert [pid for pid in pids if runs(pid)] == []


def test_a_killed_supervisor_leaves_no_orphans(server_folder: Path) -> None:
    run, pids = _run_apart(server_folder)
    run.kill()
    run.wait()
    until(lambda: not any(runs(pid) for pid in pids))


def test_alarming_lines_are_picked_and_a_flood_is_counted(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("ERROR of yesterday\n")
    follower = LogFollower(log, ALARMING)
    with log.open("a") as lines:
        lines.write("INFO all is well\n" + "ERROR mail is down\n" * 5 + "ERROR not yet who")
    found = list(follower.alarming_lines())
    assert found[:3] == ["ERROR mail is down"] * 3
    assert re.match("… and 2 more lines", found[3])


def _run_apart(folder: Path, code: str = SLEEPER) -> tuple[subprocess.Popen[bytes], list[int]]:
    """A supervisor of PostgreSQL and a stand-in, in a process of its own."""
    script = Path(__file__).with_name("supervised_run.py")
    with (folder / "run.log").open("wb") as log:
        run = subprocess.Popen(
            [sys.executable, str(script), str(folder), code],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=log,
            process_group=0,
        )
    said = folder / "run.log"
    until(lambda: said.read_text().startswith("pids") or run.poll() is not None)
    return run, [int(word) for word in said.read_text().splitlines()[0].split()[1:]]
