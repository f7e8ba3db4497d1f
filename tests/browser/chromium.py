"""How npm's browser becomes one that can be started."""

import shutil
import subprocess
import tarfile
from pathlib import Path

from ops.bench.browser import OURS, UNPACKED
from ops.bench.node import NODE
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
    OURS.chmod(0o755)
