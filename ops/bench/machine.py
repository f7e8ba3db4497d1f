"""The machine a bench ran on, and what ran on it: figures mean nothing without them."""

import os
import platform
import re
import subprocess
from importlib.metadata import version
from pathlib import Path
from sysconfig import get_path

from ops.postgres_files import installed

PACKAGES = ("temporalio", "fastapi", "uvicorn", "sqlalchemy", "psycopg", "pydantic")
TICKS = os.sysconf("SC_CLK_TCK")
PARENT, USER, SYSTEM = 1, 11, 12
"""Fields of /proc/PID/stat behind the command's name."""


def described() -> list[str]:
    """One fact a line."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return [
        f"{_cpu()}, {os.cpu_count()} cores, {_gibibytes():.0f} GiB, {platform.system()} {platform.release()}",
        f"Python {platform.python_version()}, {packages}",
        f"{_told('temporal', '--version')}; {_postgres()}",
        f"load average before: {load()}",
    ]


def load() -> str:
    """Of the last 1, 5 and 15 minutes; what else runs is noise."""
    return ", ".join(f"{one:.2f}" for one in os.getloadavg())


def cpu_seconds(pid: int) -> float:
    """What a process and its children have used so far, user and system."""
    return sum(_used(one) for one in (pid, *_children(pid)))


def resident(pid: int) -> float:
    """Resident memory of one process in MiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)
    assert found, "a process without memory"
    return int(found.group(1)) / 1024


def _used(pid: int) -> float:
    fields = _stat(pid)
    return (int(fields[USER]) + int(fields[SYSTEM])) / TICKS if fields else 0.0


def _children(pid: int) -> list[int]:
    others = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal())
    return [one for one in others if (fields := _stat(one)) and int(fields[PARENT]) == pid]


def _stat(pid: int) -> list[str]:
    """Empty for a process that has ended."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return text.rpartition(")")[2].split()


def _cpu() -> str:
    found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found.group(1) if found else platform.machine()


def _gibibytes() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _postgres() -> str:
    binary = installed() / "pginstall18" / "bin" / "postgres"
    return subprocess.run((str(binary), "--version"), capture_output=True, text=True, check=True).stdout.strip()


def _told(program: str, option: str) -> str:
    binary = Path(get_path("scripts")) / program
    return subprocess.run((str(binary), option), capture_output=True, text=True, check=True).stdout.strip()
