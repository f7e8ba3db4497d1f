"""What a check has found, in words for whoever runs the desk."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How it stands."""

    OK = "ok"
    WRONG = "wrong"
    UNSURE = "unsure"


@dataclass(frozen=True)
class Finding:
    """What is so, and what to do about it. Holds no secret and nobody's number or address."""

    verdict: Verdict
    says: str
    do: str = ""


def ok(says: str) -> Finding:
    """It would work."""
    return Finding(Verdict.OK, says)


def wrong(says: str, do: str) -> Finding:
    """It would not work."""
    return Finding(Verdict.WRONG, says, do)


def unsure(says: str, do: str = "") -> Finding:
    """It cannot be told from here."""
    return Finding(Verdict.UNSURE, says, do)
