"""One run of the short form, which all tests of it look at."""

import pickle
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from ops.processes import Child, Program, last_lines
from tests.chaos.verdict import Verdict

REPOSITORY = Path(__file__).parents[2]
LATEST = timedelta(minutes=6)
"""On a quiet machine it takes less than two."""


@pytest.fixture(scope="session")
def verdict(short_folder: Path) -> Verdict:
    """Of a run with a new seed, in a process of its own, which ends with ours."""
    record, log, seed = short_folder / "verdict", short_folder / "chaos.log", str(int(time.time()))
    arguments = ("--short", "--seed", seed, "--record", str(record))
    command = (sys.executable, "-m", "tests.chaos", *arguments)
    Child(Program(name="chaos", command=command, log=log, cwd=REPOSITORY)).await_end(LATEST)
    assert record.exists(), "\n".join(last_lines(log, 60))
    found: Verdict = pickle.loads(record.read_bytes())
    return found
