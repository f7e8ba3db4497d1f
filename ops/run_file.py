"""What a run leaves in its data folder: a lock against a second run, its addresses, tokens and password."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from domain.policy import Frozen
from ops.processes import ProcessError
from settings import variable


class Running(Frozen):
    """A system that runs: where it is reached, with which token a role, and its processes."""

    pid: int
    addresses: dict[str, str]
    """By short name: api, docs, survey, simulator, outbox, temporal, temporal_ui."""
    tokens: dict[str, str]
    """By role."""
    password: str = ""
    """With which each of them signs in, their login being the role."""
    pids: dict[str, int]
    accounts: tuple[str, ...] = ()
    """Providers that reach real people."""


def read(data_dir: Path) -> Running | None:
    """The system that runs on this folder, None when none does."""
    path = _path(data_dir)
    found = Running.model_validate_json(path.read_text()) if path.exists() else None
    return found if found and _lives(found.pid) else None


def write(data_dir: Path, running: Running) -> None:
    """Tell others; only our own user may read it, as it holds tokens."""
    unfinished = _path(data_dir).with_suffix(".new")
    unfinished.touch(mode=0o600)
    unfinished.write_text(json.dumps(running.model_dump(mode="json"), indent=2) + "\n")
    unfinished.replace(_path(data_dir))


def was_killed(data_dir: Path) -> bool:
    """Whether the run before this one ended without cleaning up."""
    return _path(data_dir).exists()


@contextmanager
def only_run(data_dir: Path) -> Iterator[None]:
    """Keep a second run off the folder. ProcessError when one is there or the folder is not ours to write."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o711)
        handle = os.open(data_dir / "run.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise ProcessError(f"{data_dir} cannot be used: {error.strerror}. Choose {_another()}") from error
    with os.fdopen(handle, "r+") as lock:
        _lock(lock.fileno(), data_dir)
        try:
            yield
        finally:
            _path(data_dir).unlink(missing_ok=True)


def _lock(handle: int, data_dir: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ProcessError(f"Close the Loop already runs on {data_dir}. Stop it or choose {_another()}") from None


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _another() -> str:
    return f"another folder: {variable('data_dir')}=.data2 make run"


def _path(data_dir: Path) -> Path:
    return data_dir / "run.json"
