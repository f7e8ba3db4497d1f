"""Whoever has a telephone: how they take calls and what becomes of SMS to them."""

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock


class PicksUp(StrEnum):
    """What happens when a telephone rings."""

    HUMAN = "human"
    MACHINE = "machine_start"
    NO_ANSWER = "no-answer"
    BUSY = "busy"
    OFF = "failed"


ANSWERING = frozenset({PicksUp.HUMAN, PicksUp.MACHINE})


@dataclass(frozen=True)
class Person:
    """One person's behaviour in one call. Durations are real seconds, and short."""

    picks_up: PicksUp = PicksUp.HUMAN
    presses: str = "1"
    """The keys in the order they are pressed, one `<Gather>` after the other; then nothing is pressed."""
    ring: float = 0.05
    talk: float = 0.05
    said_to_talk: int = 1
    """How long a conversation with them is said to have been: whole seconds, which nothing here waits for."""
    hangs_up_first: bool = False
    """As the first leg: the other one is left alone on the line."""
    patience: float | None = None
    """As the first leg: hangs up when the other one has been ringing for so long."""
    refused_with: int | None = None
    """Twilio's code for a call or SMS to them that it does not accept at all."""
    leg_fails_with: int | None = None
    """The code that a leg to somebody who is off ends with."""
    sms_fails_with: int | None = None
    """The code that an SMS to them ends with; None: it is delivered."""


class People:
    """Everybody; who has no script picks up and presses 1."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._scripts: defaultdict[str, tuple[Person, ...]] = defaultdict(lambda: (Person(),))
        self._calls: defaultdict[str, int] = defaultdict(int)

    def script(self, number: str, *calls: Person) -> None:
        """From now on: one behaviour a call, the last one for all the rest."""
        with self._lock:
            self._scripts[number] = calls
            self._calls[number] = 0

    def at(self, number: str) -> Person:
        """How the next call to this number would go."""
        with self._lock:
            return self._now(number)

    def rung(self, number: str) -> Person:
        """How the call that begins now goes."""
        with self._lock:
            person = self._now(number)
            self._calls[number] += 1
            return person

    def _now(self, number: str) -> Person:
        script = self._scripts[number]
        return script[min(self._calls[number], len(script) - 1)]
