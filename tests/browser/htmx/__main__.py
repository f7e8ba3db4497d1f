"""`python -m tests.browser.htmx`: installs the maker's htmx into .venv/htmx, whatever browser there is.

Nothing here is needed by the product. Without a way to npm's registry it says so and ends well: the comparison is
skipped then, or fails under CI.
"""

import sys

from tests.browser.htmx.places import PACKAGES
from tests.npm import install


def main() -> None:
    """Install exactly what the lock names, and leave a stamp."""
    complaint = install(PACKAGES)
    if complaint:
        sys.stdout.write(f"  It cannot be installed, so ours is not compared with it: {complaint}\n")
        return
    PACKAGES.stamp.touch()


if __name__ == "__main__":
    main()
    sys.exit(0)
