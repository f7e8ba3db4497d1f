"""Run by tests in a process of its own: supervises PostgreSQL and a stand-in until a signal comes."""

import sys
from datetime import timedelta
from pathlib import Path

from ops.postgres import EmbeddedPostgres
from ops.postgres_files import settle
from ops.processes import Program
from ops.supervisor import Supervisor


def main() -> None:
    """Arguments: folder for data and logs, the stand-in's code. Says `pids …` when all runs."""
    folder, code = Path(sys.argv[1]), sys.argv[2]
    supervisor = Supervisor(_say)
    supervisor.obey_signals()
    supervisor.start_and_await(EmbeddedPostgres(settle(folder)).program, patience=timedelta(seconds=60))
    command = (sys.executable, "-c", code)
    supervisor.start(Program(name="stand-in", command=command, log=folder / "stand-in.log"))
    _say(f"pids {' '.join(map(str, supervisor.pids.values()))}")
    supervisor.watch()
    _say("stopping")
    supervisor.stop()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
