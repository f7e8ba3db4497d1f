"""What a loop is expected to be, and how it differs when it does."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.words import Outcome


@dataclass(frozen=True)
class Repeated:
    """A step that happens once or more, as often as time allows."""

    step: str


@dataclass(frozen=True)
class AnyOrder:
    """Steps that happen at once: their order is open."""

    steps: frozenset[str]


Wanted = str | Repeated | AnyOrder


@dataclass(frozen=True)
class Expected:
    """One case from its opening to its end."""

    timeline: tuple[Wanted, ...]
    """Steps by kind and, where they have one, detail: `promise_warned 50%`."""
    outcome: Outcome
    promise: str
    """kept, broken, moved or not counted."""
    tnps: int | None = None
    solved: bool | None = None


def together(*steps: str) -> AnyOrder:
    """Steps whose order is open."""
    return AnyOrder(frozenset(steps))


def difference(wanted: Sequence[Wanted], actual: Sequence[str]) -> str | None:
    """Where the actual steps first leave the script, in words; None when they keep to it."""
    left = list(actual)
    for one in wanted:
        taken = _taken(one, left)
        if taken == 0:
            found = f"`{left[0]}`" if left else "nothing more"
            return f"step {len(actual) - len(left) + 1}: expected {_named(one)}, found {found}"
        del left[:taken]
    return f"step {len(actual) - len(left) + 1}: expected nothing more, found `{left[0]}`" if left else None


def _taken(wanted: Wanted, steps: Sequence[str]) -> int:
    """How many of the first steps are what is wanted."""
    if isinstance(wanted, AnyOrder):
        first = steps[: len(wanted.steps)]
        return len(first) if frozenset(first) == wanted.steps else 0
    if isinstance(wanted, Repeated):
        return next((place for place, step in enumerate(steps) if step != wanted.step), len(steps))
    return int(steps[:1] == [wanted])


def _named(wanted: Wanted) -> str:
    if isinstance(wanted, AnyOrder):
        return " and ".join(f"`{step}`" for step in sorted(wanted.steps)) + " in any order"
    return f"`{wanted.step}` once or more" if isinstance(wanted, Repeated) else f"`{wanted}`"
