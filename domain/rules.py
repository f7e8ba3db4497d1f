"""The rules of a case in one place: what the workflow calls, and nothing more."""

from datetime import datetime

from domain import desk, second_line, telephone  # they register their asks
from domain.agenda import awaited, fall_due, next_due
from domain.asks import apply, check
from domain.calls import note_answer
from domain.case import Case
from domain.ends import begin, close_if_over, leave_unasked
from domain.facts import hear
from domain.messages import Ask
from domain.resuming import resume

ASKS_OF = (desk, second_line, telephone)


def obey(case: Case, ask: Ask, *, at: datetime, why: str) -> None:
    """Check, apply, and count it as a step: the case is no longer idle. Raises `Refused`; the ask changes nothing then.

    What fell due before goes first, though nothing may have run at the time.
    """
    fall_due(case, at)
    check(ask, case, at)
    case.why = why
    with case.a_step(at):
        note_answer(case)
        apply(ask, case, at)


__all__ = [
    "Case",
    "awaited",
    "begin",
    "check",
    "close_if_over",
    "fall_due",
    "hear",
    "leave_unasked",
    "next_due",
    "obey",
    "resume",
]
