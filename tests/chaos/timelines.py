"""A timeline held against a pattern: steps as words, in order, but for those whose place the deliveries decide."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from db.casework import Case, Timeline
from domain.events import EventKind
from domain.words import AttemptOutcome

ANYWHERE = frozenset({EventKind.RESPONSE_AMENDED, EventKind.CUSTOMER_ANSWERED})
"""They are told apart from what they go with; only how often is certain."""
OF_REVIEWS = ("review_a", "review_f", "escalated")
"""Their details are ids."""


def mismatch(pattern: str, steps: Sequence[Timeline]) -> str | None:
    """How the steps differ from the pattern; None when they keep to it."""
    told = " ".join(word_of(step) for step in steps if step.kind not in ANYWHERE)
    return None if re.fullmatch(pattern, told) else f"its steps are\n      {told}\n      instead of\n      {pattern}"


def word_of(step: Timeline) -> str:
    """The step as a pattern names it."""
    detail = "" if step.kind.startswith(OF_REVIEWS) else step.detail
    return f"{step.kind}:{detail}" if detail else step.kind


def counted(case: Case, steps: Sequence[Timeline]) -> Iterator[str]:
    """The steps that may stand anywhere are there as often as they must."""
    count = Counter(step.kind for step in steps)
    amended = 0 if case.previous_id else 1
    if count[EventKind.RESPONSE_AMENDED] != amended:
        yield f"{count[EventKind.RESPONSE_AMENDED]} amendments instead of {amended}"
    picked_up = (AttemptOutcome.REACHED, AttemptOutcome.WRONG_NUMBER)
    answered = sum(1 for step in steps if step.kind == EventKind.ATTEMPT_ENDED and step.detail in picked_up)
    if count[EventKind.CUSTOMER_ANSWERED] != answered:
        yield f"{count[EventKind.CUSTOMER_ANSWERED]} calls were answered, {answered} ended so"
