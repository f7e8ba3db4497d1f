"""The real servers every test may use: PostgreSQL with a fresh database a test, and Temporal in two kinds."""

import gc
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from sysconfig import get_path

import pytest
from sqlalchemy import Engine
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment
from xdist.remote import Producer

from db.engine import engine_for
from db.migrate import upgrade
from ops.ports import free_port
from ops.postgres import EmbeddedPostgres
from ops.postgres_files import settle
from ops.processes import ProcessError
from ops.temporal_server import TemporalServer
from settings import Settings
from temporal_client import connect, data_converter
from tests.databases import a_database, let_go
from tests.deadlines import OffTheSecond
from tests.order import Rooms, longest_first

UNSAFE_BUT_QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def pytest_configure() -> None:
    """Look for unreachable cycles more seldom: amid what thousands of tests leave, that took a fifth of their CPU."""
    gc.set_threshold(50_000, 20, 20)


def pytest_collection_finish() -> None:
    """The collected tests stay to the end: nothing to look at again and again."""
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest modules go first: see `tests.order`."""
    items[:] = longest_first(items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Rooms:
    """With several workers: see `tests.order`."""
    return Rooms(config, log)


@pytest.fixture(scope="session")
def short_folder() -> Iterator[Path]:
    """A folder for the session's servers: its path fits a unix socket, and a server's own user may enter it."""
    yield from _made_for_servers()


@pytest.fixture
def server_folder() -> Iterator[Path]:
    """The same for the servers of one test."""
    yield from _made_for_servers()


def _made_for_servers() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="closeloop-", dir="/tmp"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(short_folder: Path) -> Iterator[EmbeddedPostgres]:
    """One server for the session (for each xdist worker)."""
    with EmbeddedPostgres(settle(short_folder), settings=UNSAFE_BUT_QUICK) as server:
        yield server


@pytest.fixture(scope="session")
def migrated(postgres: EmbeddedPostgres) -> EmbeddedPostgres:
    """The server, its first database migrated: the template of all others, so nobody connects to it."""
    upgrade(postgres.url)
    return postgres


@pytest.fixture
def database_url(migrated: EmbeddedPostgres) -> Iterator[str]:
    """A database of the test's own, with the schema of the migrations and no rows."""
    with a_database(migrated) as url:
        yield url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A pool on the test's database."""
    pool = engine_for(database_url)
    yield pool
    let_go(pool)


@pytest.fixture
async def temporal_env() -> AsyncIterator[WorkflowEnvironment]:
    """A time-skipping server of the test's own: awaiting a result moves its clock, for everybody on it."""
    async with await time_skipping() as env:
        yield env


async def time_skipping() -> WorkflowEnvironment:
    """A server whose clock jumps when something is awaited, and which keeps deadlines; to be entered."""
    return await WorkflowEnvironment.start_time_skipping(
        test_server_existing_path=shutil.which("temporal-test-server", path=get_path("scripts")),
        data_converter=data_converter(Settings(_env_file=None)),
        interceptors=[OffTheSecond()],
    )


@pytest.fixture(scope="session")
def dev_server(short_folder: Path) -> Iterator[TemporalServer]:
    """The real dev server, in memory, one for the session: use ids of your own."""
    server = _dev_server(short_folder / "temporal.log", tries=3)
    yield server
    server.stop()


def _dev_server(log: Path, *, tries: int) -> TemporalServer:
    """It also picks ports of its own, which another process may take meanwhile: then it is tried once more."""
    server = TemporalServer(port=free_port(), log=log)
    try:
        server.start()
    except ProcessError:
        if tries == 1:
            raise
        return _dev_server(log, tries=tries - 1)
    return server


@pytest.fixture
async def dev_client(dev_server: TemporalServer) -> Client:
    """A client of the dev server."""
    return await connect(Settings(_env_file=None, temporal_address=dev_server.address))
