"""`python -m tests.wire.peers`: installs the programs that play Twilio into .venv/peers, with the wheel's own Node.

Nothing here is needed by the product. Without a way to npm's registry it says so and ends well: the tests that need
these programs are skipped then, or fail under CI.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.wire.peers.places import INSTALLED, NODE, NPM, STAMP

PINS = Path(__file__).parent
PATIENCE = 240
SYSTEM_WIDE = ("/etc/npmrc", "/usr/etc/npmrc", "/usr/local/etc/npmrc")
"""Where a machine's own npm looks, and a company names its mirror and its certificates."""


def main() -> None:
    """Install exactly what the lock names, and leave a stamp."""
    STAMP.unlink(missing_ok=True)
    INSTALLED.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(PINS / name, INSTALLED / name)
    complaint = _installed()
    if complaint:
        sys.stdout.write(f"  They cannot be installed, so their tests are left out: {complaint}\n")
        return
    STAMP.touch()


def _installed() -> str:
    """Why it did not work; empty when it did."""
    command = [str(NODE), str(NPM), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    patience = ["--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=30000"]
    try:
        done = subprocess.run(
            [*command, *patience],
            cwd=INSTALLED,
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
    ours = {"NPM_CONFIG_CACHE": str(INSTALLED.parents[1] / ".tools" / "cache" / "npm"), "NODE_USE_SYSTEM_CA": "1"}
    system_wide = next((path for path in SYSTEM_WIDE if Path(path).exists()), None)
    if system_wide:
        ours["NPM_CONFIG_GLOBALCONFIG"] = system_wide
    chosen = {name: value for name, value in ours.items() if name.lower() not in named}
    return {**os.environ, **chosen, "PATH": f"{NODE.parent}{os.pathsep}{os.environ['PATH']}"}


def _reason(stderr: str) -> str:
    """npm's own first word on it."""
    lines = [line for line in stderr.splitlines() if line.startswith("npm error")]
    return lines[0].removeprefix("npm error ") if lines else "npm failed"


if __name__ == "__main__":
    main()
    sys.exit(0)
