"""The local provider as a child process, for whoever must start it and wait until it listens."""

import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

_ROOT = Path(__file__).parents[2]


class SimulatorProcess:
    """Runs between `with` and its end; `base_url` is known inside. The log outlives it."""

    def __init__(self, *, log: Path, callback_url: str, secret_file: Path, port: int = 0) -> None:
        self._arguments = [
            *(sys.executable, "-m", "channels.simulator", "--port", str(port), "--log", str(log)),
            *("--callback-url", callback_url, "--secret-file", str(secret_file)),
        ]
        self.base_url = ""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._arguments, stdout=subprocess.PIPE, text=True, cwd=_ROOT)
        said = self._process.stdout.readline() if self._process.stdout else ""
        if not said.startswith("ready "):
            self._end()
            raise RuntimeError("the simulator did not start; its error output says why")
        self.base_url = said.removeprefix("ready ").strip()
        return self

    def kill(self) -> None:
        """End it at once, as a crash does."""
        self._process.kill()
        self._process.wait()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end()

    def _end(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.kill()
        if self._process.stdout:
            self._process.stdout.close()
