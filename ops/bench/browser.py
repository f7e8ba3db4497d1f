"""The browser that measurements and tests drive: the one that was named, npm's in .venv, or the system's."""

import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from ops.bench.node import NODE
from settings import child_environment, let_children_know

CHOICE = "CLOSELOOP_BROWSER"
SYSTEMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-pings",
)
STAMP = Path(sys.prefix) / ".browser"
"""There when npm's browser was unpacked."""
UNPACKED = Path(sys.prefix) / "browser" / "unpacked"
START = 30_000
"""Milliseconds."""


@dataclass(frozen=True)
class Chromium:
    """A browser that is there."""

    program: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    """What it needs beside ours."""


def chromium() -> Chromium | None:
    """The browser to use, if there is any: the one that was named, npm's where it could be brought, the system's.

    npm's is the same everywhere, and for one without windows half as much work as a whole one.
    """
    if program := named():
        return Chromium(program)
    if STAMP.exists() and npms().program.exists():
        return npms()
    found = next(filter(None, map(shutil.which, SYSTEMS)), None)
    return Chromium(Path(found)) if found else None


def npms() -> Chromium:
    """npm's, which brings libraries and fonts of its own, whether or not it is there."""
    brought = {"LD_LIBRARY_PATH": str(UNPACKED / "lib"), "FONTCONFIG_FILE": str(UNPACKED / "fonts.conf")}
    return Chromium(UNPACKED / "chromium", brought)


def named() -> Path | None:
    """The one somebody wants used."""
    program = child_environment({}).get(CHOICE)
    return Path(program) if program else None


@contextmanager
def launched(found: Chromium) -> Iterator[Browser]:
    """It runs without windows as long as the block lasts, in which this thread can run no event loop of its own."""
    # Playwright's own Node needs libatomic1, which few machines have.
    let_children_know("PLAYWRIGHT_NODEJS_PATH", str(NODE))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found.program,
            args=FLAGS,
            env={**child_environment({}), **found.environment},
            timeout=START,
        )
        yield browser
        browser.close()
