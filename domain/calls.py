"""What a call attempt means for the promise and for the no-answer ladder, however we hear of it."""

from datetime import datetime
from uuid import UUID

from domain.case import Case
from domain.events import EventKind
from domain.state import Attempt
from domain.words import UNANSWERED, AttemptOutcome, Outcome, Stage

ENDED_BY_REACHING = (
    EventKind.PROMISE_BROKEN,
    EventKind.CALLBACK_BROKEN,
    EventKind.DEADLINE_MISSED,
    EventKind.NO_OVERLAP,
)


def start(case: Case, attempt: UUID, *, by: UUID, at: datetime) -> Attempt:
    """A call begins: nobody need be reminded to make one."""
    begun = case.attempts[attempt] = Attempt(id=attempt, by=by, started_at=at)
    case.call_wanted_since = None
    return begun


def reach(case: Case, at: datetime, *, ref: UUID | None, logged: bool = False) -> None:
    """The customer speaks with us: the promise is kept if it was still to be kept, and the ladder starts afresh."""
    _meet_callback(case, at)
    keep_promise(case, at, logged=logged)
    case.tries, case.next_attempt, case.deadline, case.call_wanted_since = 0, None, None, None
    case.end_alarms(*ENDED_BY_REACHING)
    if not case.reached:
        case.stage = Stage.IN_PROGRESS
    case.reached_at = min(at, case.reached_at or at)
    case.note(EventKind.CUSTOMER_REACHED, at, ref=ref)


def keep_promise(case: Case, at: datetime, *, logged: bool) -> None:
    """Kept if it happened before the promise was due, even when the news of it comes later."""
    promise = case.promise
    if promise.due is None or promise.kept_at or promise.moved_at or promise.void or at > promise.due:
        return
    promise.kept_at, promise.kept_by_log, promise.broken_at = at, logged, None
    case.end_alarms(EventKind.PROMISE_BROKEN)
    case.note(EventKind.PROMISE_KEPT, at, due=promise.due)


def finish(case: Case, attempt: Attempt, outcome: AttemptOutcome, at: datetime) -> None:
    """An attempt ends; only while the case is open does its outcome change anything else."""
    attempt.ended_at, attempt.outcome = at, outcome
    case.note(EventKind.ATTEMPT_ENDED, at, by=attempt.by, ref=attempt.id, detail=outcome)
    if case.open:
        _follow(case, attempt, outcome, at)


def _follow(case: Case, attempt: Attempt, outcome: AttemptOutcome, at: datetime) -> None:
    if outcome is AttemptOutcome.REACHED:
        if attempt.answered_at is None:  # else they were reached when they answered
            reach(case, at, ref=attempt.id, logged=attempt.logged)
    elif outcome in UNANSWERED:
        _climb(case, attempt, at)
    elif outcome is AttemptOutcome.WRONG_NUMBER:
        _take_back(case, attempt)
        _void_promise(case, attempt.answered_at or at)
        case.end(Outcome.WRONG_NUMBER)
    elif outcome is AttemptOutcome.INVALID:
        need_number(case, at)
    elif outcome is AttemptOutcome.REFUSED:
        withdraw(case, at)
    elif case.owner and case.wants_call(at):  # asked_later, technical: the owner's turn again
        case.call_wanted_since, case.not_called_warned = at, False


def _take_back(case: Case, attempt: Attempt) -> None:
    """Whoever picked up was not the customer: nobody was reached, and nothing was kept."""
    if attempt.answered_at is None:
        return
    if case.reached_at == attempt.answered_at:
        case.reached_at = None
    if case.promise.kept_at == attempt.answered_at:
        case.promise.kept_at = None


def _climb(case: Case, attempt: Attempt, at: datetime) -> None:
    """The no-answer ladder: plan the next attempt, or give up after the last."""
    _meet_callback(case, at)
    keep_promise(case, at, logged=attempt.logged)
    case.deadline = None
    case.end_alarms(EventKind.DEADLINE_MISSED, EventKind.CALLBACK_BROKEN)
    if case.callback:
        return
    case.tries += 1
    if case.tries > len(case.policy.retries):
        case.note(EventKind.UNREACHABLE, at)
        case.end(Outcome.UNREACHABLE)
        return
    case.next_attempt, case.next_attempt_told = case.later(at, case.policy.retries[case.tries - 1]), False
    case.note(EventKind.NEXT_ATTEMPT_PLANNED, at, due=case.next_attempt, detail=str(case.tries))


def _meet_callback(case: Case, at: datetime) -> None:
    """An attempt around the agreed time meets it; one made long before does not."""
    if case.callback and at >= case.callback.time - case.policy.agreed_margin:
        case.callback = None


def need_number(case: Case, at: datetime) -> None:
    """The number cannot be rung: the promise waits until the customer sends another."""
    case.number_usable, case.number_asked_at = False, at
    case.next_attempt = case.callback = case.call_wanted_since = None
    _void_promise(case, at)
    case.note(EventKind.NUMBER_NEEDED, at)


def withdraw(case: Case, at: datetime, *, by: UUID | None = None, ref: UUID | None = None) -> None:
    """No more calls and messages. Before due, the customer's own wish leaves the promise uncounted."""
    if by is None:
        _void_promise(case, at)
    case.note(EventKind.WITHDRAWN, at, by=by, ref=ref)
    case.end(Outcome.WITHDRAWN)


def _void_promise(case: Case, at: datetime) -> None:
    if case.promise.open and case.promise.due and at <= case.promise.due:
        case.promise.void = True


def agree(case: Case, time: datetime, at: datetime, *, by: UUID | None, moved: bool) -> None:
    """A time is agreed. If the customer asked for it before the promise was due, it takes the promise's place."""
    promise = case.promise
    if moved and promise.open and promise.due and at <= promise.due:
        promise.moved_at = at
    case.call_wanted_since = case.next_attempt = None
    case.start_callback(time)
    case.note(EventKind.CALLBACK_AGREED, at, due=time, by=by, detail="moved" if promise.moved_at == at else "")
