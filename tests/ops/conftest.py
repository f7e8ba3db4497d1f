"""What the compose file starts, on this machine."""

from collections.abc import Iterator

import pytest

from ops.postgres import EmbeddedPostgres
from ops.temporal_server import TemporalServer
from tests.databases import made
from tests.ops.machine import Machine


@pytest.fixture(scope="module")
def empty_database(postgres: EmbeddedPostgres) -> Iterator[str]:
    """As the image of PostgreSQL leaves it."""
    with made(postgres, template="template1") as name:
        yield postgres.url_of(name)


@pytest.fixture(scope="module")
def machine(empty_database: str, dev_server: TemporalServer, tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """Migrated, with its namespace; nothing else runs yet."""
    machine = Machine(tmp_path_factory.mktemp("containers"), empty_database, dev_server.address)
    machine.run("temporal-namespace")
    machine.run("migrate")
    return machine
