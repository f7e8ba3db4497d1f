"""Which browser the tests drive: the one that was named, the system's, or the one that npm brought into .venv."""

import os
import shutil
import subprocess
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.npm import NODE, Packages

CHOICE = "CLOSELOOP_BROWSER"
SYSTEMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-pings",
)
PACKAGES = Packages("browser", Path(__file__).parent)
UNPACKED = PACKAGES.folder / "unpacked"
OURS = UNPACKED / "chromium"
UNPACK = Path(__file__).parent / "unpack.cjs"
_PACKED = ("chromium", "al2023.tar", "fonts.tar")
_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{folder}/fonts</dir>
  <cachedir>{folder}/cache</cachedir>
</fontconfig>
"""


@dataclass(frozen=True)
class Chromium:
    """A browser that is there."""

    program: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    """What it needs beside ours."""


def chromium() -> Chromium | None:
    """The browser to use, if there is any."""
    if program := _of_this_machine():
        return Chromium(program)
    return Chromium(OURS, _own_libraries_and_fonts()) if PACKAGES.stamp.exists() and OURS.exists() else None


def is_needed() -> bool:
    """Whether this machine has none."""
    return _of_this_machine() is None


def unpack() -> None:
    """Make the installed package a browser that can be started. It brings its libraries and one family of fonts."""
    shutil.rmtree(UNPACKED, ignore_errors=True)
    UNPACKED.mkdir(parents=True)
    packed = PACKAGES.modules / "@sparticuz" / "chromium" / "bin"
    subprocess.run([str(NODE), str(UNPACK), str(packed), str(UNPACKED), *_PACKED], check=True, timeout=120)
    for archive in UNPACKED.glob("*.tar"):
        with tarfile.open(archive) as files:
            files.extractall(UNPACKED, filter="data")
        archive.unlink()
    # Theirs names only folders that it lies in elsewhere, and without a font text has no height.
    (UNPACKED / "fonts.conf").write_text(_FONTS.format(folder=UNPACKED))
    OURS.chmod(0o755)


def _of_this_machine() -> Path | None:
    if named := os.environ.get(CHOICE):
        return Path(named)
    found = next(filter(None, map(shutil.which, SYSTEMS)), None)
    return Path(found) if found else None


def _own_libraries_and_fonts() -> dict[str, str]:
    return {"LD_LIBRARY_PATH": str(UNPACKED / "lib"), "FONTCONFIG_FILE": str(UNPACKED / "fonts.conf")}
