"""What the demo shows while it runs: one line a step, in plain English, with colours where there is a terminal."""

from collections.abc import Sequence
from datetime import datetime
from threading import Lock
from typing import TextIO

from api.shown import StepOut
from api.timeline_words import words_of
from domain.words import Language

RESET = "\033[0m"
DIM, RED, GREEN, YELLOW, CYAN = "\033[2m", "\033[31m", "\033[32m", "\033[33m", "\033[36m"
COLOURS = {
    "promise_broken": RED,
    "alarm_repeated": RED,
    "promise_warned": YELLOW,
    "callback_warned": YELLOW,
    "number_needed": YELLOW,
    "next_attempt_planned": YELLOW,
    "customer_reached": CYAN,
    "promise_kept": GREEN,
    "closed": GREEN,
}


class Screen:
    """Lines from many threads, one at a time."""

    def __init__(self, out: TextIO, *, started: datetime, labels: Sequence[str]) -> None:
        self._out, self._started = out, started
        self._width = max(map(len, labels), default=0)
        self._lock = Lock()

    def say(self, text: str = "") -> None:
        """A line of text."""
        with self._lock:
            self._out.write(text + "\n")
            self._out.flush()

    def step(self, label: str, step: StepOut) -> None:
        """A step of a case, at the time it happened."""
        self._line(step.at, label, "|", told(step), COLOURS.get(step.kind, ""))

    def deed(self, at: datetime, label: str, text: str) -> None:
        """What somebody outside the system did."""
        self._line(at, label, "·", text, DIM)

    def painted(self, text: str, colour: str) -> str:
        """The text in a colour, where colours are seen."""
        return f"{colour}{text}{RESET}" if colour and self._out.isatty() else text

    def _line(self, at: datetime, label: str, mark: str, text: str, colour: str) -> None:
        seconds = max(0, int((at - self._started).total_seconds()))
        when = f"{seconds // 60:02d}:{seconds % 60:02d}"
        self.say(f"{when}  {label:<{self._width}}  {mark} {self.painted(text, colour)}")


def told(step: StepOut) -> str:
    """The step in words, with its detail and who did it."""
    detail = detail_of(step).replace("_", " ")
    words = words_of(step.kind, Language.EN).rstrip(".")
    by = f" ({step.by_name})" if step.by_name else ""
    return f"{words}{f': {detail}' if detail else ''}{by}"


def detail_of(step: StepOut) -> str:
    """The step's code; the ids of reviews tell people nothing."""
    return "" if step.kind.startswith(("review_", "escalated")) and "-" in step.detail else step.detail


def key_of(step: StepOut) -> str:
    """The step as a script names it: its kind, and its detail where it has one."""
    return f"{step.kind} {detail_of(step)}".strip()
