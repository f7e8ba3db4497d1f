"""What is offered is exactly what would be obeyed: every ask, at every stage, for every role."""

from collections.abc import Callable
from copy import deepcopy

import pytest

from domain import rules
from domain.messages import (
    Acknowledge,
    AnswerReview,
    Ask,
    AskBack,
    Assign,
    Call,
    Claim,
    Escalate,
    ForwardReview,
    LogAttempt,
    MoveDeadline,
    Release,
    Resolve,
    ScheduleCallback,
    Staff,
    Withdraw,
)
from domain.offers import offers, refusal
from domain.refusals import Refused
from domain.words import AttemptOutcome
from tests.domain.case_stages import (
    ADMIN,
    ATTEMPT,
    LEAD,
    MANAGER,
    OTHER,
    OWNER,
    REVIEW,
    SECOND_LINE,
    TEXT,
    alarmed,
    claimed,
    closed,
    in_progress,
    minute,
    obey,
    opened,
    resolved,
    ringing,
    under_review,
)

AT = minute(62)
STAGES: list[Callable[[], rules.Case]] = [
    opened,
    claimed,
    ringing,
    in_progress,
    under_review,
    resolved,
    closed,
    alarmed,
]
PEOPLE = {
    "owner": OWNER,
    "other": OTHER,
    "second line": SECOND_LINE,
    "lead": LEAD,
    "manager": MANAGER,
    "admin": ADMIN,
}
OF_SECOND_LINE: set[type[Ask]] = {AnswerReview, AskBack, ForwardReview}
"""Offered by their question, which has a page of its own."""


def asks(by: Staff) -> dict[str, Ask]:
    solved = {"cause": "setup", "text": TEXT, "one_conversation": False}
    return {
        "claim": Claim(by=by),
        "release": Release(by=by),
        "call": Call(by=by, attempt=TEXT),
        "attempt": LogAttempt(by=by, attempt=TEXT, outcome=AttemptOutcome.NO_ANSWER),
        "callback": ScheduleCallback(by=by, time=minute(600)),
        "escalate": Escalate(by=by, review=TEXT, question=TEXT),
        "resolve": Resolve(by=by, solved=True, **solved),
        "unsolved": Resolve(by=by, solved=False, **solved),
        "withdraw": Withdraw(by=by, reason=TEXT),
        "assign": Assign(by=by, owner=OTHER.id, comment=TEXT),
        "deadline": MoveDeadline(by=by, due=minute(600), reason=TEXT),
        "acknowledge": Acknowledge(by=by),
    }


def obeyed(case: rules.Case, ask: Ask) -> str | None:
    """None when it was carried out, else the code of the refusal."""
    try:
        rules.obey(deepcopy(case), ask, at=AT, why="test")
    except Refused as refused:
        return refused.code
    return None


@pytest.mark.parametrize("by", PEOPLE.values(), ids=list(PEOPLE))
@pytest.mark.parametrize("stage", STAGES)
def test_what_is_offered_is_what_would_be_obeyed(stage: Callable[[], rules.Case], by: Staff) -> None:
    case = stage()
    rules.fall_due(case, AT)
    expected = {name: obeyed(case, ask) for name, ask in asks(by).items()}
    assert offers(case, by, AT) == expected


def test_every_ask_is_offered_somewhere() -> None:
    asked: set[type[Ask]] = {type(ask) for ask in asks(OWNER).values()}
    assert asked | OF_SECOND_LINE == set(Ask.__subclasses__())
    assert offers(opened(), OWNER, AT).keys() == asks(OWNER).keys()


def test_asking_changes_nothing() -> None:
    for stage in STAGES:
        case = stage()
        before = case.snapshot(None, None)
        offers(case, LEAD, AT)
        assert case.snapshot(None, None) == before


def test_what_was_asked_back_may_be_answered_by_the_owner_alone() -> None:
    case = obey(under_review(), AskBack(by=SECOND_LINE, review=REVIEW, question=TEXT), 6)
    for by, code in ((OWNER, None), (OTHER, "not_the_owner"), (LEAD, "not_the_owner")):
        assert refusal(case, Escalate(by=by, review=REVIEW, question=ATTEMPT, again=True), AT) == code
