"""`python -m tests.browser`: brings a browser into .venv/browser, unless another was named.

Nothing here is needed by the product. Without a way to npm's registry it says so and ends well: the machine's own is
used then, or where it has none the tests that need one are skipped, or fail under CI.
"""

import sys
from subprocess import CalledProcessError, TimeoutExpired
from tarfile import TarError

from ops.bench.browser import chromium, named
from tests.browser.chromium import PACKAGES, start, unpack
from tests.npm import install


def main() -> None:
    """Install exactly what the lock names, and leave a stamp; nothing where another was named."""
    if named():
        return
    sys.stdout.write("Installing a browser for tests into .venv (the first time some 80 MB are downloaded)\n")
    sys.stdout.flush()
    complaint = install(PACKAGES) or _unpacked()
    if complaint:
        instead = "this machine's own is used" if chromium() else "its tests are left out"
        sys.stdout.write(f"  It cannot be installed, so {instead}: {complaint}\n")
        return
    PACKAGES.stamp.touch()


def _unpacked() -> str:
    """Why it did not work; empty when it did."""
    try:
        unpack()
        start()
    except (OSError, CalledProcessError, TimeoutExpired, TarError) as error:
        return type(error).__name__
    return ""


if __name__ == "__main__":
    main()
    sys.exit(0)
