"""`python -m tests.wire.peers`: installs the programs that play Twilio into .venv/peers, with the wheel's own Node.

Nothing here is needed by the product. Without a way to npm's registry it says so and ends well: the tests that need
these programs are skipped then, or fail under CI.
"""

import sys

from tests.npm import install
from tests.wire.peers.places import PACKAGES


def main() -> None:
    """Install exactly what the lock names, and leave a stamp."""
    complaint = install(PACKAGES)
    if complaint:
        sys.stdout.write(f"  They cannot be installed, so their tests are left out: {complaint}\n")
        return
    PACKAGES.stamp.touch()


if __name__ == "__main__":
    main()
    sys.exit(0)
