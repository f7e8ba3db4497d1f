"""What can go otherwise than a script says.

DemoError
├── NotRunning   there is no system to play with
└── Unexpected   the system answered, or failed to answer, otherwise than the script expects
"""


class DemoError(Exception):
    """The demo cannot go on; its message says why, in a sentence."""


class NotRunning(DemoError):
    """There is no system to play with."""


class Unexpected(DemoError):
    """The system did something else than the script expects."""
