"""How a case goes on from its row, in a new run of its workflow: nothing is done twice, nothing due is left out."""

from datetime import datetime

from domain.case import Case
from domain.events import EventKind
from domain.resumed import Resumed
from domain.state import Callback, Deadline


def resume(case: Case, resumed: Resumed, *, at: datetime) -> None:
    """Take the state of the row over, and note that it was.

    What fell due meanwhile happens next, with the time it was due. A call under way stays so, until its end is heard
    or its provider is asked; an owner who has yet to call gets the full time to do so again.
    """
    _take_over(case, resumed)
    _take_up_plans(case, resumed)
    case.why = "resumed"
    case.note(EventKind.RESUMED, at)
    case.call_wanted_since = at if case.owner and case.wants_call(at) else None


def _take_over(case: Case, resumed: Resumed) -> None:
    row = resumed.snapshot.model_copy(deep=True)
    case.seq, case.stage, case.outcome, case.owner = row.seq, row.stage, row.outcome, row.owner
    case.promise, case.number_usable, case.tries = row.promise, row.number_usable, row.tries
    case.attempts = {attempt.id: attempt for attempt in row.attempts}
    case.reviews = {review.id: review for review in row.reviews}
    case.alarms = row.alarms
    case.reached_at, case.resolved_at, case.closed_at = row.reached_at, row.resolved_at, row.closed_at
    case.cause, case.solved, case.one_conversation = row.cause, row.solved, row.one_conversation
    case.goal_missed, case.next_case = row.goal_missed, row.next_case


def _take_up_plans(case: Case, resumed: Resumed) -> None:
    """What the row leaves out, the timeline tells."""
    row, since = resumed.snapshot, resumed.happened_since
    if row.callback:
        agreed = EventKind.CALLBACK_AGREED
        warned, broken = since(EventKind.CALLBACK_WARNED, agreed), since(EventKind.CALLBACK_BROKEN, agreed)
        told = resumed.last(agreed)
        agreed_at = told.at if told else None
        case.callback = Callback(time=row.callback, agreed_at=agreed_at, warned=warned or broken, broken=broken)
    if row.deadline:
        missed = since(EventKind.DEADLINE_MISSED, EventKind.DEADLINE_MOVED)
        case.deadline = Deadline(due=row.deadline, missed=missed)
    case.next_attempt = row.next_attempt
    planned = EventKind.NEXT_ATTEMPT_PLANNED, EventKind.CUSTOMER_RANG
    case.next_attempt_told = since(EventKind.NEXT_ATTEMPT_DUE, *planned)
    rang = resumed.last(EventKind.CUSTOMER_RANG)
    case.rang_at = rang.at if rang and rang.by is None else None
    case.survey_reminded = since(EventKind.SURVEY_REMINDED)
    asked = resumed.last(EventKind.NUMBER_NEEDED)
    case.number_asked_at = asked.at if asked else case.number_asked_at
    case.idle_since = max(event.at for event in resumed.latest)
