"""The embedded PostgreSQL: data that stays, short sockets, users that may enter, and what kills leave behind."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from ops.postgres import EmbeddedPostgres
from ops.postgres_files import SOCKET_PATH_LIMIT, installed, settle
from ops.processes import ProcessError

ROOT = Path(__file__).parents[2]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to run the server as somebody else")


@pytest.fixture
def folder(server_folder: Path) -> Path:
    return server_folder


def _remember(server: EmbeddedPostgres, value: int) -> None:
    with _connected(server) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS remembered (value int)")
        connection.execute("TRUNCATE remembered")
        connection.execute("INSERT INTO remembered VALUES (%s)", (value,))


def _remembered(server: EmbeddedPostgres) -> int:
    with _connected(server) as connection:
        row = connection.execute("SELECT value FROM remembered").fetchone()
    assert row
    return int(row[0])


def _connected(server: EmbeddedPostgres) -> psycopg.Connection:
    return psycopg.connect(server.url.replace("+psycopg", ""), autocommit=True)


def test_the_data_outlives_a_stop_and_a_kill_under_the_same_address(folder: Path) -> None:
    with EmbeddedPostgres(settle(folder)) as first:
        _remember(first, 7)
        pid = first.pid
    assert first.pid is None
    assert not Path(f"/proc/{pid}").exists()
    second = EmbeddedPostgres(settle(folder))
    second.start()
    assert (second.url, _remembered(second)) == (first.url, 7)
    _remember(second, 8)
    assert second.pid
    os.kill(second.pid, signal.SIGKILL)
    second.stop()
    with EmbeddedPostgres(settle(folder)) as third:
        assert _remembered(third) == 8


def test_a_server_somebody_left_running_on_the_data_is_ended(folder: Path) -> None:
    with EmbeddedPostgres(settle(folder)) as left, EmbeddedPostgres(settle(folder)) as taker:
        assert left.pid is None
        assert taker.ready()


def test_half_made_data_is_made_anew(folder: Path) -> None:
    home = settle(folder)
    home.private(folder / "postgres.new")
    (folder / "postgres.new" / "PG_VERSION").write_text("18")
    with EmbeddedPostgres(home) as server:
        assert server.ready()


def test_failing_statements_with_personal_data_stay_out_of_the_log(folder: Path) -> None:
    with EmbeddedPostgres(settle(folder)) as server, _connected(server) as connection:
        connection.execute("CREATE TABLE person (phone text PRIMARY KEY)")
        connection.execute("INSERT INTO person VALUES ('+79161234567')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO person VALUES ('+79161234567')")
    assert "79161234567" not in server.program.log.read_text()


def test_a_long_path_gets_a_short_socket_that_is_the_same_every_time(folder: Path) -> None:
    deep = folder / ("long" * 30)
    first, second = settle(deep), settle(deep)
    assert first.socket == second.socket
    assert len(os.fsencode(first.socket / ".s.PGSQL.5432")) <= SOCKET_PATH_LIMIT
    with EmbeddedPostgres(first) as server:
        assert server.ready()
    shutil.rmtree(first.socket.parent)


@as_root
def test_below_a_folder_only_root_may_enter_everything_moves_outside(folder: Path) -> None:
    closed, outside = folder / "closed", folder / "outside"
    closed.mkdir(mode=0o700)
    package = _copied_wheel(closed)
    with EmbeddedPostgres(settle(closed / "data", package=package, outside=outside)) as server:
        _remember(server, 9)
        assert server.home.binaries.is_relative_to(outside)
    with EmbeddedPostgres(settle(closed / "data", package=package, outside=outside)) as again:
        assert _remembered(again) == 9


@as_root
def test_data_its_user_cannot_enter_any_more_is_not_silently_replaced(folder: Path) -> None:
    with EmbeddedPostgres(settle(folder / "data")):
        pass
    folder.chmod(0o700)
    with pytest.raises(ProcessError, match="cannot enter"):
        settle(folder / "data", outside=folder / "outside")


@as_root
def test_somebody_who_is_not_root_runs_it_directly(folder: Path) -> None:
    os.chown(folder, 65534, 65534)
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("as_another_user.py")), "65534", str(folder / "data")],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "None 65534\n"), done.stderr


def _copied_wheel(folder: Path) -> Path:
    package = installed()
    shutil.copytree(package / "pginstall18", folder / package.name / "pginstall18")
    shutil.copytree(package.with_name(f"{package.name}.libs"), folder / f"{package.name}.libs")
    return folder / package.name
