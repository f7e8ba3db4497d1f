"""How a case begins, and how it is left."""

from datetime import datetime

from domain.case import Case
from domain.events import EventKind
from domain.words import Outcome


def begin(case: Case, *, at: datetime) -> None:
    """The ticket is formed. Without a number, or an hour to ring it, the customer is asked and the lead is told."""
    opening = case.opening
    case.note(EventKind.OPENED, at, due=case.promise.due, ref=opening.previous)
    if not opening.number_usable:
        case.promise.void = True
        case.note(EventKind.NUMBER_NEEDED, at)
    elif opening.promise is None:
        case.raise_alarm(case.note(EventKind.NO_OVERLAP, at), at)


def after_resolution(case: Case, otherwise: Outcome) -> Outcome:
    """A case that ended without a solution stays unsolved, whatever the customer answers."""
    return otherwise if case.solved else Outcome.UNSOLVED


def close_if_over(case: Case, at: datetime) -> None:
    """The loop is closed as soon as nothing more is to come; a call under way ends first."""
    if case.over and case.closed_at is None and case.ringing is None:
        case.close(at)


def leave_unasked(case: Case) -> None:
    """There is no channel by which the final survey could be sent."""
    if case.resolved and not case.over:
        case.end(after_resolution(case, Outcome.NOT_ASKED))
