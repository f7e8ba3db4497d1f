"""A fault as it is planted: what is done, which line names it, and how."""

from collections.abc import Callable
from dataclasses import dataclass

from pydantic import JsonValue

from ops.doctor.findings import Verdict
from tests.ops.doctor.surgery import Surgery

Plant = Callable[[Surgery], object]


@dataclass(frozen=True)
class Planted:
    """A fault: what is done, which line names it, and with which words."""

    name: str
    plant: Plant
    subject: str
    says: str
    do: str
    verdict: Verdict = Verdict.WRONG


def told_otherwise(path: str, **changes: JsonValue) -> Plant:
    """The provider answers so."""
    return lambda surgery: surgery.books.told(path).update(changes)
