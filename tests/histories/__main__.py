"""`python -m tests.histories`: play the named paths that have no history yet, and record them.

Recorded histories are frozen. `--anew PATH …` replaces those of the paths named, which breaks whoever is on them.
"""

import argparse
import sys

import pytest

from tests.histories.archive import Archive
from tests.workflows.paths import PATHS
from tests.workflows.scene import NamedPath

RECORDING = "tests/workflows/recording.py"


class Archives:
    """Gives the recording its archive."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    @pytest.fixture
    def archive(self) -> Archive:
        """Where histories go."""
        return self._archive


def main(arguments: list[str]) -> int:
    """0 when every path wanted is recorded."""
    parser = argparse.ArgumentParser(prog="python -m tests.histories", description=__doc__)
    parser.add_argument("--anew", nargs="+", metavar="PATH", default=[], choices=sorted(PATHS))
    anew: list[str] = parser.parse_args(arguments).anew
    wanted = [path for path in PATHS.values() if path.name in anew or not path.history.exists()]
    if not wanted:
        print("Every named path has its history. --anew PATH replaces one that is frozen.")  # noqa: T201
        return 0
    options = ("-v", "-p", "no:cacheprovider", "-p", "no:xdist")
    return pytest.main([*options, *map(_node, wanted)], plugins=[Archives(Archive(anew))])


def _node(path: NamedPath) -> str:
    return f"{RECORDING}::{'TestRealServer::' if path.on_the_real_server else ''}test_record[{path.name}]"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
