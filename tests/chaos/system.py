"""One installation to do violence to: its ports, its processes, and the provider outside, which survives."""

import socket
import sys
from contextlib import ExitStack, suppress
from datetime import timedelta
from pathlib import Path
from random import SystemRandom
from string import Template

from ops import programs, run_file
from ops.postgres import EmbeddedPostgres
from ops.processes import Child, ProcessError, Program, await_ready
from settings import LOOPBACK, Settings, child_environment
from tests.chaos.points import Fuses
from tests.chaos.processes import Part, kill, pid_of, tree

HERE = Path(__file__).parent
NOT_EPHEMERAL = (12_000, 32_000)
START = timedelta(seconds=120)
PORTS = ("api_port", "temporal_port", "temporal_ui_port", "simulator_port", "worker_metrics_port", "relay_metrics_port")


class Installation:
    """Data folder, settings and processes. Use it from the main thread: children end with the one that made them."""

    def __init__(self, data: Path, asleep: timedelta) -> None:
        """`data` must exist, and the servers' own user must be able to enter it. `asleep`: until deadlines fall due."""
        self.data = data
        policies = data / "policies.toml"
        policies.write_text(_policies(asleep))
        changes = dict(zip(PORTS, map(str, _ports(len(PORTS))), strict=True)) | {
            "data_dir": str(data),
            "policy_file": str(policies),
            "forms_file": str(HERE / "forms.toml"),
            "channels_url": "",
        }
        changes["channels_url"] = f"http://{LOOPBACK}:{changes['simulator_port']}"
        self._environment = child_environment(changes)
        self.settings = Settings(_env_file=None).model_validate({**Settings(_env_file=None).model_dump(), **changes})
        self.fuses = Fuses.of(data)
        self._provider = Child(programs.simulator(self.settings))
        await_ready(self._provider, patience=START)
        self._run: Child | None = None

    @property
    def database_url(self) -> str:
        """Where its rows are."""
        return EmbeddedPostgres.at(self.data).url

    @property
    def pid(self) -> int:
        """Process id of the run. ProcessError when it has ended by itself."""
        if self._run is None or self._run.exit_code is not None:
            raise ProcessError(f"the run has ended; see {self.data / 'logs' / 'run.log'}")
        return self._run.pid

    def start(self) -> run_file.Running:
        """Everything, ready. ProcessError when it does not come up."""
        self._run = Child(self._program())
        await_ready(self._run, patience=START)
        running = run_file.read(self.data)
        assert running
        return running

    def process_of(self, part: Part) -> int | None:
        """The process of one part, None while it is being restarted."""
        return pid_of(part, self.pid)

    def black_out(self) -> None:
        """Kill the run and every process below it at once."""
        kill(*tree(self.pid))
        assert self._run
        self._run.await_end()

    def stop(self) -> None:
        """Stop what runs, the provider last."""
        if self._run:
            self._run.stop()
        self._provider.stop()

    def _program(self) -> Program:
        return Program(
            name="run",
            command=(sys.executable, "-m", "tests.chaos.start"),
            log=self.data / "logs" / "run.log",
            env={**self._environment, "PYTHONUNBUFFERED": "1"},
            cwd=HERE.parents[1],
            ready=lambda: run_file.read(self.data) is not None,
            patience=timedelta(seconds=40),
        )


def _ports(count: int) -> list[int]:
    """Free ones that no outgoing connection is given, for they must still be free after a night."""
    with ExitStack() as held:
        found: list[int] = []
        while len(found) < count:
            port = SystemRandom().randrange(*NOT_EPHEMERAL)
            with suppress(OSError):
                held.enter_context(socket.create_server((LOOPBACK, port)))
                found.append(port)
        return found


def _policies(asleep: timedelta) -> str:
    """The promise of a sleeper is shorter by a third: it starts its clock with the others, and opens meanwhile."""
    seconds = asleep.total_seconds()
    text = Template((HERE / "policies.toml").read_text())
    return text.substitute(asleep=f"PT{seconds:.0f}S", promised=f"PT{seconds * 2 / 3:.0f}S")
