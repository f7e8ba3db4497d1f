"""How hard to try: a little in every run of the tests; three seeds and much more with `--fuzz-long`."""

import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from ops.postgres import EmbeddedPostgres
from tests.api.staff_desk import nowhere
from tests.databases import a_pool
from tests.fuzz.contract import Effort
from tests.fuzz.deliveries import Door, door

SHORT = (Effort(seed=1, examples=5),)
LONG = tuple(Effort(seed=seed, examples=60) for seed in (1, 2, 3))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Known where this folder is named on the command line."""
    parser.addoption("--fuzz-long", action="store_true", help="three seeds, and many more examples of each")
    parser.addoption("--fuzz-seed", type=int, help="this seed instead")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes an `effort` runs once for each."""
    if "effort" in metafunc.fixturenames:
        metafunc.parametrize("effort", _efforts(metafunc.config), ids=lambda effort: f"seed{effort.seed}")


@pytest.fixture(scope="module")
def lasting_engine(migrated: EmbeddedPostgres) -> Iterator[Engine]:
    """A database for all tests of a module, which mind what the others left there."""
    with a_pool(migrated) as engine:
        yield engine


@pytest.fixture(scope="module")
def hooks(lasting_engine: Engine) -> Iterator[Door]:
    """The whole app, from the side of those who deliver to it; whatever it took can be read again at the end."""
    opened = door(lasting_engine, asyncio.run(nowhere()))
    yield opened
    opened.everything()


def _efforts(config: pytest.Config) -> tuple[Effort, ...]:
    efforts = LONG if config.getoption("fuzz_long", default=False) else SHORT
    seed = config.getoption("fuzz_seed", default=None)
    return (Effort(seed=seed, examples=efforts[0].examples),) if seed is not None else efforts
