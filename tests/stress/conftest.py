"""One started system for all tests, and how much it is put under."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stress.stressed import Stressed, stressed_in

SIZE = 100


def pytest_addoption(parser: pytest.Parser) -> None:
    """`pytest tests/stress --stress-size 2000` is the full size."""
    parser.addoption("--stress-size", type=int, default=SIZE, help="responses sent at once")


@pytest.fixture(scope="module")
def stressed(short_folder: Path) -> Iterator[Stressed]:
    """It is shared: each test has responses of its own."""
    with stressed_in(short_folder / "stressed") as found:
        yield found


@pytest.fixture(scope="session")
def size(request: pytest.FixtureRequest) -> int:
    """How many responses come at once."""
    return int(request.config.getoption("--stress-size", SIZE))
