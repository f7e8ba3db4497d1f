"""`python -m tests.chaos --loops 100 --kills 30 --seed 1`: kills everything, again and again; then it is judged."""

import argparse
import pickle
import shutil
import sys
import tempfile
import time
from pathlib import Path

from lifetime import leave
from tests.chaos.campaign import run
from tests.chaos.plans import long, short


def main() -> int:
    """0 when every invariant held."""
    options = _options()
    plan = short(options.seed) if options.short else long(options.seed, loops=options.loops, kills=options.kills)
    data = Path(tempfile.mkdtemp(prefix="closeloop-chaos-", dir="/tmp"))
    data.chmod(0o711)
    verdict = run(plan, data, _say)
    _say(verdict.text())
    if options.record:
        options.record.write_bytes(pickle.dumps(verdict))
    if verdict.holds:
        shutil.rmtree(data, ignore_errors=True)
        return 0
    _say(f"Not as it should be. Repeat it with --seed {options.seed}; data and logs: {data}")
    return 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.chaos", description=__doc__)
    parser.add_argument("--loops", type=int, default=100)
    parser.add_argument("--kills", type=int, default=30, help="kills, freezes and fail points, besides the blackout")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of every random choice; printed")
    parser.add_argument("--short", action="store_true", help="the form that is part of the tests")
    parser.add_argument("--record", type=Path, help="leave the verdict and its evidence in this file, for the tests")
    return parser.parse_args()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    leave(main())
