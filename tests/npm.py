"""Installs what npm has into .venv, by a lock and with the Node that PyPI has. Nothing of it is in the product."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from ops.bench.node import NODE, ROOT

NPM = ROOT / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
PATIENCE = 240
SYSTEM_WIDE = ("/etc/npmrc", "/usr/etc/npmrc", "/usr/local/etc/npmrc")
"""Where a machine's own npm looks, and a company names its mirror and its certificates."""


@dataclass(frozen=True)
class Packages:
    """What one lock names."""

    name: str
    """Of their folder in .venv, and with a dot before it of their stamp."""
    pins: Path
    """The folder with package.json and package-lock.json."""

    @property
    def folder(self) -> Path:
        """Where they are, once they are installed."""
        return Path(sys.prefix) / self.name

    @property
    def modules(self) -> Path:
        """Each lies here under its own name."""
        return self.folder / "node_modules"

    @property
    def stamp(self) -> Path:
        """There when everything is; make looks at it."""
        return Path(sys.prefix) / f".{self.name}"


def install(packages: Packages) -> str:
    """Install exactly what the lock names: why that did not work, empty when it did. The stamp is gone then."""
    packages.stamp.unlink(missing_ok=True)
    packages.folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(packages.pins / name, packages.folder / name)
    command = [str(NODE), str(NPM), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    patience = ["--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=30000"]
    try:
        done = subprocess.run(
            [*command, *patience],
            cwd=packages.folder,
            env=_environment(),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return type(error).__name__
    return _reason(done.stderr) if done.returncode else ""


def _environment() -> dict[str, str]:
    """The user's own, where npm's settings may be; a cache of ours, for theirs may be read-only."""
    named = {name.lower() for name in os.environ}
    cache = Path(sys.prefix).parent / ".tools" / "cache" / "npm"
    ours = {"NPM_CONFIG_CACHE": str(cache), "NODE_USE_SYSTEM_CA": "1"}
    system_wide = next((path for path in SYSTEM_WIDE if Path(path).exists()), None)
    if system_wide:
        ours["NPM_CONFIG_GLOBALCONFIG"] = system_wide
    chosen = {name: value for name, value in ours.items() if name.lower() not in named}
    return {**os.environ, **chosen, "PATH": f"{NODE.parent}{os.pathsep}{os.environ['PATH']}"}


def _reason(stderr: str) -> str:
    """npm's own first word on it."""
    lines = [line for line in stderr.splitlines() if line.startswith("npm error")]
    return lines[0].removeprefix("npm error ") if lines else "npm failed"
