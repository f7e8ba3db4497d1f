"""How every process of ours begins and ends."""

import gc
import logging
import os
import sys
from typing import NoReturn

from settings import Settings

OFTEN = (700, 10, 10)
"""Python's own thresholds: a worker that looked seldom kept far more, and then stopped for over a second to look."""


def begin(settings: Settings) -> None:
    """Log from the settings' level on, each line with the machine's time, its level and who says it.

    What is loaded by now stays: it is not looked at for garbage again.
    """
    gc.freeze()
    gc.set_threshold(*OFTEN)
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")


def leave(code: int = 0) -> NoReturn:
    """End at once: an interpreter that has used temporalio may crash while it shuts down."""
    sys.stdout.flush()
    os._exit(code)
