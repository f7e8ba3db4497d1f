"""`python -m tests.chaos.start`: the whole system as `make run` starts it, its own processes with fuses in them."""

import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from unittest.mock import patch

from lifetime import leave
from ops import programs, run
from ops.processes import Program
from settings import Settings

Made = Callable[[Settings, dict[str, str]], Program]
WITH_FUSES = {
    "worker": "tests.chaos.dying_worker",
    "relay": "tests.chaos.dying_relay",
    "api": "tests.chaos.dying_api",
}


def main() -> int:
    """Run until asked to stop."""
    with ExitStack() as replaced:
        for name, module in WITH_FUSES.items():
            replaced.enter_context(patch.object(programs, name, _with_fuses(getattr(programs, name), module)))
        return run.main()


def _with_fuses(made: Made, module: str) -> Made:
    def program(settings: Settings, environment: dict[str, str]) -> Program:
        return replace(made(settings, environment), command=(sys.executable, "-m", "ops.launch", module))

    return program


if __name__ == "__main__":
    leave(main())
