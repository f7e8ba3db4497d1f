"""After a crash of the machine its process ids belong to others, and PostgreSQL's lock files still name them."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.postgres import EmbeddedPostgres
from ops.postgres_files import SOCKET_NAME, settle
from tests.chaos.processes import kill, tree


@pytest.fixture
def server(server_folder: Path) -> EmbeddedPostgres:
    return EmbeddedPostgres(settle(server_folder))


@pytest.fixture
def bystander(server: EmbeddedPostgres) -> Iterator[int]:
    """A process of the same user that has by now the id PostgreSQL had."""
    account = server.home.account
    user = account.uid if account else None
    process = subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE, user=user, cwd="/")
    yield process.pid
    process.communicate()


def _named_again(lock: Path, pid: int) -> None:
    _, *others = lock.read_text().splitlines(keepends=True)
    lock.write_text("".join([f"{pid}\n", *others]))


def test_lock_files_that_name_another_process_by_now_do_not_block(server: EmbeddedPostgres, bystander: int) -> None:
    server.start()
    assert server.pid
    kill(*tree(server.pid))
    server.stop()
    _named_again(server.home.data / "postmaster.pid", bystander)
    _named_again(server.home.socket / f"{SOCKET_NAME}.lock", bystander)
    with server:
        assert server.ready()
