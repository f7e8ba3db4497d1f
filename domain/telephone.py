"""Asks about calls, and about when to call."""

from datetime import datetime, timedelta

from domain import calls
from domain.asks import LEADS, apply, check, must_be, must_be_future, must_be_open, must_not_ring, must_own
from domain.case import Case
from domain.events import EventKind
from domain.messages import Call, LogAttempt, MoveDeadline, ScheduleCallback
from domain.refusals import Refused
from domain.state import Deadline
from domain.words import AttemptOutcome

FARTHEST = timedelta(days=30)


@check.register
def _(ask: Call, case: Case, at: datetime) -> None:
    must_own(case, ask)
    must_not_ring(case)
    if not case.number_usable:
        raise Refused("no_number", "There is no number that can be rung. The customer was asked for one.")
    if not case.callable_at(at):
        raise Refused("not_a_civil_hour", "It is not a decent hour to ring this customer. Agree on a time, or wait.")
    if ask.attempt in case.attempts:
        raise Refused("attempt_known", "This call was already made.")


@apply.register
def _(ask: Call, case: Case, at: datetime) -> None:
    attempt = calls.start(case, ask.attempt, by=ask.by.id, at=at)
    case.note(EventKind.CALL_STARTED, at, by=ask.by.id, ref=attempt.id)


@check.register
def _(ask: LogAttempt, case: Case, at: datetime) -> None:
    must_own(case, ask)
    must_not_ring(case)
    if ask.attempt in case.attempts:
        raise Refused("attempt_known", "This call was already logged.")


@apply.register
def _(ask: LogAttempt, case: Case, at: datetime) -> None:
    attempt = calls.start(case, ask.attempt, by=ask.by.id, at=at)
    attempt.logged = True
    calls.finish(case, attempt, ask.outcome, at)


@check.register
def _(ask: ScheduleCallback, case: Case, at: datetime) -> None:
    must_own(case, ask)
    must_be_future(ask.time, at)
    if not case.number_usable:
        raise Refused("no_number", "There is no number that can be rung. The customer was asked for one.")
    if not case.company.contains(ask.time):
        raise Refused("company_closed", "Nobody is at work then, or it is too far ahead. Choose another time.")


@apply.register
def _(ask: ScheduleCallback, case: Case, at: datetime) -> None:
    # Only the customer can move the promise: they must have answered and asked for another time.
    asked = any(attempt.outcome is AttemptOutcome.ASKED_LATER for attempt in case.attempts.values())
    calls.agree(case, ask.time, at, by=ask.by.id, moved=asked)


@check.register
def _(ask: MoveDeadline, case: Case, at: datetime) -> None:
    must_be_open(case)
    must_be(ask, LEADS, "Only a lead or manager moves a deadline.")
    must_be_future(ask.due, at)
    if ask.due > at + FARTHEST:
        raise Refused("too_far", "Choose a time within thirty days.")


@apply.register
def _(ask: MoveDeadline, case: Case, at: datetime) -> None:
    case.deadline = Deadline(due=ask.due)
    case.end_alarms(EventKind.DEADLINE_MISSED)
    case.note(EventKind.DEADLINE_MOVED, at, due=ask.due, by=ask.by.id, ref=ask.reason)
