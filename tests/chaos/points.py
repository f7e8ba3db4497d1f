"""Named fail points: a process that reaches an armed one dies there by SIGKILL, once."""

import os
import signal
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Self

from settings import load


class Point(StrEnum):
    """Where to die."""

    BEFORE_CALL = "before_call"
    """After the attempt's row, before the telephone network is asked."""
    BEFORE_SMS = "before_sms"
    BEFORE_MAIL = "before_mail"
    AFTER_CALL = "after_call"
    """The telephone network rings, its id is not stored yet."""
    AFTER_SMS = "after_sms"
    AFTER_MAIL = "after_mail"
    AFTER_ROWS = "after_rows"
    """The projection is committed, the workflow has not heard of it."""
    AFTER_START = "after_start"
    """The workflow is started, the inbox row is not marked."""
    AFTER_SIGNAL = "after_signal"
    """The workflow was told a fact, the inbox row is not marked."""
    BEFORE_ANSWER = "before_answer"
    """The API has done its work, nobody was answered yet."""


@dataclass(frozen=True)
class Fuses:
    """A folder with a file for each armed point."""

    folder: Path

    @classmethod
    def of(cls, data_dir: Path) -> Self:
        """Those of one installation."""
        return cls(data_dir / "fuses")

    def arm(self, point: Point) -> None:
        """Whoever reaches it next dies."""
        self.folder.mkdir(exist_ok=True)
        self._fired(point).unlink(missing_ok=True)
        self._armed(point).touch()

    def disarm(self, point: Point) -> None:
        """Nobody dies there any more."""
        self._armed(point).unlink(missing_ok=True)

    def fired(self, point: Point) -> bool:
        """Whether somebody has died there since it was armed."""
        return self._fired(point).exists()

    def reach(self, point: Point) -> None:
        """Die here if it is armed; of several processes at the same point, one does."""
        try:
            self._armed(point).rename(self._fired(point))
        except FileNotFoundError:
            return
        os.kill(os.getpid(), signal.SIGKILL)

    def _armed(self, point: Point) -> Path:
        return self.folder / f"{point}.armed"

    def _fired(self, point: Point) -> Path:
        return self.folder / f"{point}.fired"


@cache
def planted() -> Fuses:
    """The fuses of the installation this process belongs to."""
    return Fuses.of(load().data_dir)
