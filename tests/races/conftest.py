"""One started system for all races, on the session's servers."""

from collections.abc import Iterator
from pathlib import Path
from random import Random, SystemRandom

import pytest

from ops.postgres import DATABASE, EmbeddedPostgres
from ops.temporal_server import TemporalServer
from tests.databases import made
from tests.races.arena import Arena
from tests.stress.stressed import stressed_on

ROUNDS = 5


def pytest_addoption(parser: pytest.Parser) -> None:
    """`pytest tests/races --race-rounds 100 --race-seed 7`: the long form, and a repeat of what failed."""
    parser.addoption("--race-rounds", type=int, default=ROUNDS, help="rounds of each race")
    parser.addoption("--race-seed", type=int, default=None, help="of the moments at which requests leave")


@pytest.fixture(scope="module")
def arena(
    request: pytest.FixtureRequest, short_folder: Path, migrated: EmbeddedPostgres, dev_server: TemporalServer
) -> Iterator[Arena]:
    """Worker, relay, API and provider in processes of their own."""
    seed = request.config.getoption("--race-seed", None) or SystemRandom().randrange(1, 10**9)
    rounds = int(request.config.getoption("--race-rounds", ROUNDS))
    print(f"repeat with --race-seed {seed}")  # noqa: T201 – pytest shows it with what fails
    with (
        made(migrated, template=DATABASE) as name,
        stressed_on(short_folder / "races", migrated, dev_server, database=name) as stressed,
    ):
        yield Arena(stressed, rounds, Random(seed))
