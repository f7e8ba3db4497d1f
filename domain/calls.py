"""What a call attempt means for the promise and for the no-answer ladder, however we hear of it."""

from datetime import datetime, timedelta
from uuid import UUID

from domain.case import Case
from domain.events import EventKind
from domain.state import Attempt
from domain.words import UNANSWERED, AttemptOutcome, Outcome, Stage

PROMISED_SINCE = "promised-since-the-call-began"
"""Patch: without it a call that ends unanswered puts off what was promised to the customer while it rang."""
TOLD_AFTER_ALL = "told-after-all"
"""Patch: without it a call given back as technical ends twice when that is told again, and its owner is reminded to
call somebody who, as is told later, had answered."""


def start(case: Case, attempt: UUID, *, by: UUID, at: datetime) -> Attempt:
    """A call begins: nobody need be reminded to make one."""
    begun = case.attempts[attempt] = Attempt(id=attempt, by=by, started_at=at)
    case.call_wanted_since = None
    return begun


def note_answer(case: Case) -> None:
    """The call under way was answered: on record with whatever comes next, its end as a rule."""
    attempt = case.ringing
    if attempt is None or attempt.id not in case.picked_up:
        return
    attempt.answered_at = case.picked_up.pop(attempt.id)
    case.note(EventKind.CUSTOMER_ANSWERED, attempt.answered_at, ref=attempt.id)
    if case.open:
        pick_up(case, attempt.answered_at)


def pick_up(case: Case, at: datetime) -> None:
    """Somebody has answered: whatever asked for this call is met."""
    _meet_callback(case, at)
    case.next_attempt = case.deadline = case.call_wanted_since = None
    case.end_alarms(EventKind.CALLBACK_BROKEN, EventKind.DEADLINE_MISSED)


def reach(case: Case, at: datetime, *, ref: UUID | None, logged: bool = False) -> None:
    """The customer spoke with us, from `at` on: the promise is kept if it was still to be kept."""
    keep_promise(case, at, logged=logged)
    case.tries = 0
    case.end_alarms(EventKind.PROMISE_BROKEN, EventKind.NO_OVERLAP)
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


def leave(case: Case, attempt: Attempt, at: datetime) -> None:
    """The specialist is gone. The attempt is under way, and nobody else rings, until its end is told or asked for."""
    if attempt.ended_at is None:
        case.left[attempt.id] = max(at, attempt.started_at)


def finish(case: Case, attempt: Attempt, outcome: AttemptOutcome, at: datetime) -> None:
    """An attempt ends; only while the case is open does its outcome change anything else."""
    attempt.ended_at, attempt.outcome = at, outcome
    case.note(EventKind.ATTEMPT_ENDED, at, by=attempt.by, ref=attempt.id, detail=outcome)
    if case.open:
        _follow(case, attempt, outcome, at)


def _follow(case: Case, attempt: Attempt, outcome: AttemptOutcome, at: datetime) -> None:
    if outcome is AttemptOutcome.REACHED:
        if attempt.answered_at is None:
            pick_up(case, at)
        reach(case, attempt.answered_at or at, ref=attempt.id, logged=attempt.logged)
    elif outcome in UNANSWERED:
        _climb(case, attempt, at)
    elif outcome is AttemptOutcome.WRONG_NUMBER:
        void_promise(case, attempt.answered_at or at)
        case.end(Outcome.WRONG_NUMBER)
    elif outcome is AttemptOutcome.INVALID:
        need_number(case, at)
    elif outcome is AttemptOutcome.REFUSED:
        withdraw(case, at)
    else:
        _try_again(case, attempt, outcome, at)


def _try_again(case: Case, attempt: Attempt, outcome: AttemptOutcome, at: datetime) -> None:
    """Asked later, or a technical failure: it is the owner's turn again, to agree on a time or to call."""
    if outcome is AttemptOutcome.ASKED_LATER and not _agreed_since(case, attempt.started_at):
        _meet_callback(case, at)
    if case.owner and case.wants_call(at):
        case.call_wanted_since, case.not_called_warned = at, False


def _climb(case: Case, attempt: Attempt, at: datetime) -> None:
    """The no-answer ladder: plan the next attempt, or give up after the last.

    What was promised to the customer while this call rang stands: it is neither met by this call nor put off.
    """
    if _rang_us_since(case, attempt.started_at):
        return
    if not _agreed_since(case, attempt.started_at):
        _meet_callback(case, at)
    keep_promise(case, at, logged=attempt.logged)
    case.deadline = None
    case.end_alarms(EventKind.DEADLINE_MISSED, EventKind.CALLBACK_BROKEN)
    if _rang_in_vain_since(case, attempt.started_at):
        return
    if case.callback:
        case.next_attempt = None
        return
    case.tries += 1
    if case.tries > len(case.policy.retries):
        case.note(EventKind.UNREACHABLE, at)
        case.end(Outcome.UNREACHABLE)
        return
    case.next_attempt, case.next_attempt_told = case.later(at, case.policy.retries[case.tries - 1]), False
    case.note(EventKind.NEXT_ATTEMPT_PLANNED, at, due=case.next_attempt, detail=str(case.tries))


def take_ring(case: Case, attempt: UUID, *, by: UUID, at: datetime) -> None:
    """The customer rang and somebody spoke with them: it is as good as a call of ours, and whoever spoke stays."""
    if case.owner is None:
        case.own(by, at)
        case.note(EventKind.CLAIMED, at, by=by)
    taken = start(case, attempt, by=by, at=at)
    taken.inbound = True
    finish(case, taken, AttemptOutcome.REACHED, at)


def call_back(case: Case, at: datetime) -> None:
    """They rang and nobody was free: the next attempt is due at once, or as soon as they may be rung."""
    if case.number_usable and not case.on_the_line_since and not _spoke_since(case, at):
        case.next_attempt, case.next_attempt_told = case.later(at, timedelta(0)), False
        case.rang_at = at


def _rang_in_vain_since(case: Case, at: datetime) -> bool:
    """They are to be called back, and were told so after `at`."""
    rang_at = case.next_attempt and case.rang_at
    return rang_at is not None and rang_at >= at and case.holds(PROMISED_SINCE)


def _agreed_since(case: Case, at: datetime) -> bool:
    """The time that is still to come was agreed after `at`."""
    agreed_at = case.callback.agreed_at if case.callback else None
    return agreed_at is not None and agreed_at >= at and case.holds(PROMISED_SINCE)


def _rang_us_since(case: Case, at: datetime) -> bool:
    """Their line was busy with us: no reason to tell them that we tried to reach them."""
    return any(attempt.inbound and attempt.started_at >= at for attempt in case.attempts.values())


def _spoke_since(case: Case, at: datetime) -> bool:
    reached = (attempt for attempt in case.attempts.values() if attempt.outcome is AttemptOutcome.REACHED)
    return any(attempt.ended_at and attempt.ended_at >= at for attempt in reached)


def _meet_callback(case: Case, at: datetime) -> None:
    """An attempt around the agreed time meets it; one made long before does not."""
    if case.callback and at >= case.callback.time - case.policy.agreed_margin:
        case.callback = None


def need_number(case: Case, at: datetime) -> None:
    """The number cannot be rung: the promise waits until the customer sends another."""
    case.number_usable, case.number_asked_at = False, at
    case.next_attempt = case.callback = case.deadline = case.call_wanted_since = None
    case.end_alarms(EventKind.CALLBACK_BROKEN, EventKind.DEADLINE_MISSED)
    void_promise(case, at)
    case.note(EventKind.NUMBER_NEEDED, at)


def withdraw(case: Case, at: datetime, *, by: UUID | None = None, ref: UUID | None = None) -> None:
    """No more calls and messages. Before due, the customer's own wish leaves the promise uncounted."""
    if by is None:
        void_promise(case, at)
    case.note(EventKind.WITHDRAWN, at, by=by, ref=ref)
    case.end(Outcome.WITHDRAWN)


def void_promise(case: Case, at: datetime) -> None:
    """What ended before it was due by no fault of ours is not counted."""
    if case.promise.open and case.promise.due and at <= case.promise.due:
        case.promise.void = True


def agree(case: Case, time: datetime, at: datetime, *, by: UUID | None, moved: bool) -> None:
    """A time is agreed. If the customer asked for it before the promise was due, it takes the promise's place."""
    promise = case.promise
    if moved and promise.open and promise.due and at <= promise.due:
        promise.moved_at = at
    case.call_wanted_since = case.next_attempt = None
    case.start_callback(time, at)
    case.note(EventKind.CALLBACK_AGREED, at, due=time, by=by, detail="moved" if promise.moved_at == at else "")
