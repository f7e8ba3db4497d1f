"""What a case makes of facts: they have happened, so they are never refused; what no longer matters changes nothing."""

from datetime import datetime
from functools import singledispatch

from domain import calls
from domain.agenda import fall_due
from domain.case import Case
from domain.ends import after_resolution
from domain.events import EventKind
from domain.messages import (
    CallbackChosen,
    CallEnded,
    CustomerAnswered,
    CustomerErased,
    CustomerRang,
    CustomerWithdrew,
    Fact,
    MessageFailed,
    NumberGiven,
    OwnerLeft,
    ResponseAmended,
    ServedElsewhere,
    SurveyAnswered,
)
from domain.state import PromiseState
from domain.words import AttemptOutcome, Outcome, Stage


@singledispatch
def _take(fact: Fact, case: Case, at: datetime, now: datetime) -> None:
    raise NotImplementedError(type(fact).__name__)


def hear(case: Case, fact: Fact, *, now: datetime) -> None:
    """Take a fact in, once. It counts from when it happened; a clock ahead of ours cannot date it in the future.

    Nor can a clock behind ours date a call's end before its beginning.

    What fell due before it happened goes first, though nothing may have run at the time.
    """
    if case.heard(fact.id):
        return
    at = min(fact.at, now)
    fall_due(case, now, until=at)
    case.why = fact.id
    if isinstance(fact, MessageFailed):  # nobody has done anything: the case is as idle as before
        _take(fact, case, at, now)
        return
    with case.a_step(now):
        if not isinstance(fact, CustomerAnswered):
            calls.note_answer(case)
        _take(fact, case, at, now)


@_take.register
def _(fact: CustomerAnswered, case: Case, at: datetime, now: datetime) -> None:
    attempt = case.attempts.get(fact.attempt)
    if attempt is None or attempt.answered_at:
        return
    at = max(at, attempt.started_at)
    if attempt.ended_at is None:
        case.picked_up.setdefault(attempt.id, at)
        return
    attempt.answered_at = at  # the news came in reverse
    case.note(EventKind.CUSTOMER_ANSWERED, at, ref=attempt.id)
    if case.open and attempt.outcome is AttemptOutcome.REACHED:
        calls.reach(case, at, ref=attempt.id)
    elif case.open and attempt.outcome is AttemptOutcome.TECHNICAL and case.holds(calls.TOLD_AFTER_ALL):
        calls.pick_up(case, at)


@_take.register
def _(fact: CallEnded, case: Case, at: datetime, now: datetime) -> None:
    attempt = case.attempts.get(fact.attempt)
    if attempt is None or attempt.outcome not in (None, AttemptOutcome.TECHNICAL):
        return
    if fact.outcome is None:
        calls.leave(case, attempt, at)
    # An attempt given up as lost may still end: what the provider says of it counts, unless it says the same again.
    elif fact.outcome is not attempt.outcome or not case.holds(calls.TOLD_AFTER_ALL):
        calls.finish(case, attempt, fact.outcome, max(at, attempt.started_at))


@_take.register
def _(fact: CustomerRang, case: Case, at: datetime, now: datetime) -> None:
    if not case.open or fact.attempt in case.attempts:
        return
    detail = "reached" if fact.by else "missed"
    rang = case.note(EventKind.CUSTOMER_RANG, at, by=fact.by, ref=fact.attempt, detail=detail)
    if fact.by:
        calls.take_ring(case, fact.attempt, by=fact.by, at=at)
        return
    calls.call_back(case, at)
    fall_due(case, now, until=at)
    case.alert_only(rang, since=rang.seq - 1)  # that a call is due need not be said twice


@_take.register
def _(fact: MessageFailed, case: Case, at: datetime, now: datetime) -> None:
    if case.closed_at is None:
        case.note(EventKind.MESSAGE_FAILED, at, ref=fact.message)


@_take.register
def _(fact: CallbackChosen, case: Case, at: datetime, now: datetime) -> None:
    if case.open and case.number_usable:
        calls.agree(case, max(fact.time, now), at, by=None, moved=True)


@_take.register
def _(fact: CustomerWithdrew, case: Case, at: datetime, now: datetime) -> None:
    if case.open:
        calls.withdraw(case, at)
    elif case.stage is Stage.RESOLVED and not case.over:
        case.note(EventKind.WITHDRAWN, at)
        case.end(after_resolution(case, Outcome.NO_ANSWER))


@_take.register
def _(fact: CustomerErased, case: Case, at: datetime, now: datetime) -> None:
    if case.over and case.quiet:
        return
    case.note(EventKind.ERASED, at)
    if case.over:  # only its alarms were still out
        case.end_alarms()
    else:
        calls.void_promise(case, at)
        case.end(Outcome.ERASED)


@_take.register
def _(fact: NumberGiven, case: Case, at: datetime, now: datetime) -> None:
    if not case.open or case.number_usable:
        return
    case.number_usable, case.calling, case.first_call = True, fact.calling, fact.first_call
    promised_anew = case.promise.void and not case.reached  # what was decided of the first promise stays so
    if promised_anew:
        case.promise = PromiseState(original=fact.promise)
    case.own(case.owner, now)
    case.note(EventKind.NUMBER_GIVEN, at, due=case.promise.due)
    if promised_anew and fact.promise is None:
        case.raise_alarm(case.note(EventKind.NO_OVERLAP, at), now)


@_take.register
def _(fact: ResponseAmended, case: Case, at: datetime, now: datetime) -> None:
    if case.open:
        case.note(EventKind.RESPONSE_AMENDED, at)


@_take.register
def _(fact: OwnerLeft, case: Case, at: datetime, now: datetime) -> None:
    if case.open and case.owner == fact.staff:
        case.own(fact.stand_in if case.reached else None, at)
        case.note(EventKind.OWNER_LEFT, at, by=fact.staff, ref=case.owner)


@_take.register
def _(fact: ServedElsewhere, case: Case, at: datetime, now: datetime) -> None:
    if case.open and not case.reached:
        case.note(EventKind.SERVED_ELSEWHERE, at, ref=fact.case)
        calls.pick_up(case, at)
        calls.reach(case, at, ref=fact.case)


@_take.register
def _(fact: SurveyAnswered, case: Case, at: datetime, now: datetime) -> None:
    if case.stage is not Stage.RESOLVED or case.over:
        return
    case.next_case = fact.next_case
    detail = {True: "solved", False: "not_solved", None: ""}[fact.solved]
    event = case.note(EventKind.SURVEY_ANSWERED, at, ref=fact.next_case, detail=detail)
    case.end(after_resolution(case, Outcome.ANSWERED))
    if fact.solved is False and fact.next_case is None:  # nobody calls, but a lead must know
        case.raise_alarm(event, now)
