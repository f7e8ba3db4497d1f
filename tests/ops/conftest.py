"""What the compose file starts, on this machine."""

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from ops.postgres import EmbeddedPostgres
from ops.temporal_server import TemporalServer
from tests.ops.machine import Machine


@pytest.fixture(scope="module")
def empty_database(postgres: EmbeddedPostgres) -> Iterator[str]:
    """As the image of PostgreSQL leaves it."""
    name = sql.Identifier(f"compose_{uuid4().hex}")
    with psycopg.connect(host=str(postgres.home.socket), user="postgres", dbname="postgres", autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(name))
        yield postgres.url_of(name.as_string().strip('"'))
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@pytest.fixture(scope="module")
def machine(empty_database: str, dev_server: TemporalServer, tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """Migrated, with its namespace; nothing else runs yet."""
    machine = Machine(tmp_path_factory.mktemp("containers"), empty_database, dev_server.address)
    machine.run("temporal-namespace")
    machine.run("migrate")
    return machine
