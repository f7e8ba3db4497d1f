"""Asks about whose case it is, and how it ends."""

from datetime import datetime

from domain import calls
from domain.asks import LEADS, apply, check, must_be, must_be_open, must_not_ring, must_own
from domain.case import Case
from domain.events import EventKind
from domain.messages import Acknowledge, Assign, Claim, Release, Resolve, Withdraw
from domain.refusals import Refused
from domain.words import Role, Stage

CLAIMANTS = frozenset({Role.SPECIALIST, Role.SECOND_LINE, Role.LEAD})


def may_take(role: Role, *, broken: datetime | None) -> bool:
    """Whether they may take a case that nobody has, whose promise broke then, or has not."""
    return role is Role.SPECIALIST or (role in CLAIMANTS and broken is not None)


@check.register
def _(ask: Claim, case: Case, at: datetime) -> None:
    must_be_open(case)
    if case.owner not in (None, ask.by.id):
        raise Refused("owned_by_another", "Somebody else already has this case. Take another one.", owner=case.owner)
    must_be(ask, CLAIMANTS, "Specialists take cases; second line and leads rescue them.")
    if case.owner is None and not may_take(ask.by.role, broken=case.promise.broken_at):
        raise Refused("promise_not_broken", "A specialist takes this case; others may once its promise is broken.")


@apply.register
def _(ask: Claim, case: Case, at: datetime) -> None:
    if case.owner != ask.by.id:
        case.own(ask.by.id, at)
        case.note(EventKind.CLAIMED, at, by=ask.by.id)


@check.register
def _(ask: Release, case: Case, at: datetime) -> None:
    must_be_open(case)
    if case.owner is None:
        raise Refused("nobodys", "This case is on the desk already.")
    if ask.by.role not in LEADS:
        must_own(case, ask)
    must_not_ring(case)


@apply.register
def _(ask: Release, case: Case, at: datetime) -> None:
    case.own(None, at)
    case.note(EventKind.RELEASED, at, by=ask.by.id)


@check.register
def _(ask: Assign, case: Case, at: datetime) -> None:
    must_be_open(case)
    must_be(ask, LEADS, "Only a lead or manager gives a case to somebody.")
    must_not_ring(case)


@apply.register
def _(ask: Assign, case: Case, at: datetime) -> None:
    case.own(ask.owner, at)
    case.note(EventKind.ASSIGNED, at, by=ask.by.id, ref=ask.comment)


@check.register
def _(ask: Resolve, case: Case, at: datetime) -> None:
    must_be_open(case)
    if ask.solved:
        must_own(case, ask)
    else:
        must_be(ask, LEADS, "Ending a case unsolved needs a lead.")
    if not case.reached:
        raise Refused("not_reached", "The customer has not been reached yet, so nothing can be resolved.")
    if case.waiting_reviews:
        raise Refused("review_open", "Second line has a question of this case. Wait for its answer.")
    must_not_ring(case)


@apply.register
def _(ask: Resolve, case: Case, at: datetime) -> None:
    case.stage, case.resolved_at = Stage.RESOLVED, at
    case.cause, case.solved, case.one_conversation = ask.cause, ask.solved, ask.one_conversation
    case.callback = case.deadline = case.next_attempt = case.call_wanted_since = None
    case.end_alarms()
    case.note(EventKind.RESOLVED, at, by=ask.by.id, ref=ask.text, detail=ask.cause)


@check.register
def _(ask: Withdraw, case: Case, at: datetime) -> None:
    must_be_open(case)
    if ask.by.role not in LEADS:
        must_own(case, ask)


@apply.register
def _(ask: Withdraw, case: Case, at: datetime) -> None:
    calls.withdraw(case, at, by=ask.by.id, ref=ask.reason)


@check.register
def _(ask: Acknowledge, case: Case, at: datetime) -> None:
    must_be(ask, LEADS, "A lead or manager acknowledges alarms.")
    if case.quiet:
        raise Refused("no_alarm", "No alarm of this case is waiting for an acknowledgement.")


@apply.register
def _(ask: Acknowledge, case: Case, at: datetime) -> None:
    case.end_alarms()
    case.note(EventKind.ACKNOWLEDGED, at, by=ask.by.id)
