"""How every process of ours begins and ends."""

import logging
import os
import sys
from typing import NoReturn

from settings import Settings


def begin(settings: Settings) -> None:
    """Log from the settings' level on, each line with the machine's time, its level and who says it."""
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")


def leave(code: int = 0) -> NoReturn:
    """End at once: an interpreter that has used temporalio may crash while it shuts down."""
    sys.stdout.flush()
    os._exit(code)
