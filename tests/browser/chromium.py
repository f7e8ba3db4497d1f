"""How npm's browser becomes one that can be started."""

import shutil
import subprocess
import tarfile
from pathlib import Path

from ops.bench.browser import UNPACKED, npms
from ops.bench.node import NODE
from settings import child_environment
from tests.npm import Packages

PACKAGES = Packages("browser", Path(__file__).parent)
UNPACK = Path(__file__).parent / "unpack.cjs"
_PACKED = ("chromium", "al2023.tar", "fonts.tar")
_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{folder}/fonts</dir>
  <cachedir>{folder}/cache</cachedir>
</fontconfig>
"""


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
    npms().program.chmod(0o755)


def start() -> None:
    """See that it can be: it is made for one kind of machine. OSError or CalledProcessError where it cannot."""
    browser = npms()
    environment = {**child_environment({}), **browser.environment}
    subprocess.run([browser.program, "--version"], env=environment, check=True, timeout=60, capture_output=True)
