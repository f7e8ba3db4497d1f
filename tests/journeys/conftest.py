"""The whole system as `make run` starts it, in processes of its own, with all logs at DEBUG."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from ops import run_file
from ops.ports import free_port
from settings import variable

REPOSITORY = Path(__file__).parents[2]
PATIENCE = 90.0
PORTS = ("api_port", "temporal_port", "temporal_ui_port", "simulator_port", "worker_metrics_port", "relay_metrics_port")


class Said:
    """What a process prints, line by line; `ready` once everything is up, or it has ended."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.ready, self._lines = threading.Event(), list[str]()
        self._listener = threading.Thread(target=self._listen, args=(process,), daemon=True)
        self._listener.start()

    def text(self) -> str:
        return "".join(self._lines)

    def close(self) -> None:
        self._listener.join(timeout=10)

    def _listen(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout
        with process.stdout as lines:
            for line in lines:
                self._lines.append(line)
                if "Ctrl-C stops everything" in line:
                    self.ready.set()
        self.ready.set()


@dataclass(frozen=True)
class System:
    """One installation: its data stays when it is stopped."""

    data: Path
    environment: dict[str, str]

    @contextmanager
    def running(self) -> Iterator[run_file.Running]:
        """Started and ready; Ctrl-C at the end stops everything, which must be clean."""
        process = subprocess.Popen(
            [sys.executable, "-m", "ops.run"],
            cwd=REPOSITORY,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        said = Said(process)
        try:
            assert said.ready.wait(PATIENCE), said.text()
            running = run_file.read(self.data)
            assert running, said.text()
            yield running
        finally:
            process.send_signal(signal.SIGINT)
            code = process.wait(timeout=40)
            said.close()
        assert code == 0, said.text()

    def metrics(self) -> list[str]:
        """Where each process shows its metrics."""
        ports = [self.environment[variable(name)] for name in ("worker_metrics_port", "relay_metrics_port", "api_port")]
        return [f"http://127.0.0.1:{port}/metrics" for port in ports]


@pytest.fixture(scope="module")
def system(short_folder: Path) -> System:
    """An installation on free ports with an empty data folder."""
    ports = {variable(name): str(free_port()) for name in PORTS}
    data = Path(tempfile.mkdtemp(dir=short_folder)) / "data"
    data.mkdir()
    chosen = {variable("data_dir"): str(data), variable("log_level"): "DEBUG", **ports}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CLOSELOOP_")}
    return System(data, {**inherited, **chosen})


def provider_log(data: Path) -> list[dict[str, object]]:
    """Everything the telephone and the post were asked, and all they did."""
    return [json.loads(line) for line in (data / "outbox.jsonl").read_text().splitlines()]
