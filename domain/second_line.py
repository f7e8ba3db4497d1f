"""Asks to second line, and its answers."""

from datetime import datetime

from domain.asks import apply, check, must_be, must_be_open, must_own
from domain.case import Case
from domain.events import EventKind
from domain.messages import AnswerReview, AskBack, Escalate, ForwardReview
from domain.refusals import Refused
from domain.state import Review
from domain.words import Role, Stage

SECOND_LINE = frozenset({Role.SECOND_LINE, Role.LEAD})


def _waiting(case: Case, ask: AnswerReview | AskBack | ForwardReview) -> Review:
    must_be_open(case)
    must_be(ask, SECOND_LINE, "Second line answers questions.")
    review = case.reviews.get(ask.review)
    if review is None or not review.waiting:
        raise Refused("not_waiting", "This question is not waiting for an answer. Refresh to see what became of it.")
    return review


def _review_due(case: Case, at: datetime) -> datetime:
    return case.company.after(at, case.policy.review) or at + case.policy.review


def _settle(case: Case) -> None:
    """Back with the owner once nothing is out; an alarm lives while a late question does."""
    if not case.waiting_reviews:
        case.stage = Stage.IN_PROGRESS
    if not any(review.rung for review in case.waiting_reviews):
        case.end_alarms(EventKind.REVIEW_OVERDUE)


@check.register
def _(ask: Escalate, case: Case, at: datetime) -> None:
    must_own(case, ask)
    if not case.reached:
        raise Refused("not_reached", "Speak with the customer first; then ask second line.")
    known = case.reviews.get(ask.review)
    if ask.again and known is None:
        raise Refused("no_such_question", "This case has no such question. Ask it anew.")
    if known and not (ask.again and known.asked_back):
        raise Refused("already_asked", "This question is already with second line, or answered.")


@apply.register
def _(ask: Escalate, case: Case, at: datetime) -> None:
    due = _review_due(case, at)
    case.reviews[ask.review] = Review(id=ask.review, asked_at=at, due=due)
    case.stage = Stage.UNDER_REVIEW
    case.note(EventKind.ESCALATED, at, due=due, by=ask.by.id, ref=ask.question, detail=str(ask.review))


@check.register
def _(ask: AnswerReview, case: Case, at: datetime) -> None:
    _waiting(case, ask)


@apply.register
def _(ask: AnswerReview, case: Case, at: datetime) -> None:
    _waiting(case, ask).answered_at = at
    _settle(case)
    case.note(EventKind.REVIEW_ANSWERED, at, by=ask.by.id, ref=ask.answer, detail=str(ask.review))


@check.register
def _(ask: AskBack, case: Case, at: datetime) -> None:
    _waiting(case, ask)


@apply.register
def _(ask: AskBack, case: Case, at: datetime) -> None:
    _waiting(case, ask).asked_back = True
    _settle(case)
    case.note(EventKind.REVIEW_ASKED_BACK, at, by=ask.by.id, ref=ask.question, detail=str(ask.review))


@check.register
def _(ask: ForwardReview, case: Case, at: datetime) -> None:
    _waiting(case, ask)


@apply.register
def _(ask: ForwardReview, case: Case, at: datetime) -> None:
    review = _waiting(case, ask)
    review.forwarded, review.rung, review.due = True, 0, _review_due(case, at)
    _settle(case)
    case.note(EventKind.REVIEW_FORWARDED, at, due=review.due, by=ask.by.id, ref=ask.reference, detail=str(review.id))
