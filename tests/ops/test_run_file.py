"""What a run leaves in its folder: one run at a time, and where it is."""

import os
from pathlib import Path

import pytest

from ops.processes import ProcessError
from ops.run_file import Running, only_run, read, was_killed, write


def _running(pid: int) -> Running:
    return Running(pid=pid, addresses={"api": "http://localhost:8000"}, tokens={"lead": "t"}, pids={"api": 2})


def test_a_second_run_on_the_folder_is_refused_with_a_way_out(tmp_path: Path) -> None:
    with (
        only_run(tmp_path),
        pytest.raises(ProcessError, match=r"already runs.*CLOSELOOP_DATA_DIR="),
        only_run(tmp_path),
    ):
        pass


def test_a_refused_run_leaves_the_first_ones_addresses(tmp_path: Path) -> None:
    with only_run(tmp_path):
        write(tmp_path, _running(os.getpid()))
        with pytest.raises(ProcessError), only_run(tmp_path):
            pass
        assert read(tmp_path) == _running(os.getpid())


def test_a_stopped_run_is_no_longer_found(tmp_path: Path) -> None:
    with only_run(tmp_path):
        write(tmp_path, _running(os.getpid()))
    assert read(tmp_path) is None
    assert not was_killed(tmp_path)


def test_a_killed_run_is_not_taken_for_a_running_one(tmp_path: Path) -> None:
    write(tmp_path, _running(2**22 + 1))
    assert read(tmp_path) is None
    assert was_killed(tmp_path)


def test_only_its_own_user_may_read_the_tokens(tmp_path: Path) -> None:
    write(tmp_path, _running(1))
    assert (tmp_path / "run.json").stat().st_mode & 0o077 == 0
