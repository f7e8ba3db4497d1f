"""`python -m tests.browser`: brings a browser into .venv/browser where this machine has none.

Nothing here is needed by the product. Without a way to npm's registry it says so and ends well: the tests that need
a browser are skipped then, or fail under CI.
"""

import sys
from subprocess import CalledProcessError, TimeoutExpired
from tarfile import TarError

from tests.browser.chromium import PACKAGES, is_needed, unpack
from tests.npm import install


def main() -> None:
    """Do nothing where there is one; otherwise install exactly what the lock names, and leave a stamp."""
    if not is_needed():
        return
    sys.stdout.write("Installing a browser for tests into .venv (the first time some 80 MB are downloaded)\n")
    sys.stdout.flush()
    complaint = install(PACKAGES) or _unpacked()
    if complaint:
        sys.stdout.write(f"  It cannot be installed, so its tests are left out: {complaint}\n")
        return
    PACKAGES.stamp.touch()


def _unpacked() -> str:
    """Why it did not work; empty when it did."""
    try:
        unpack()
    except (OSError, CalledProcessError, TimeoutExpired, TarError) as error:
        return type(error).__name__
    return ""


if __name__ == "__main__":
    main()
    sys.exit(0)
