"""What a case would allow somebody to do now: every ask is tried on it by its own rule, and none is carried out."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from domain.case import Case
from domain.messages import (
    Acknowledge,
    Ask,
    Assign,
    Call,
    Claim,
    Escalate,
    LogAttempt,
    MoveDeadline,
    Release,
    Resolve,
    ScheduleCallback,
    Staff,
    Withdraw,
)
from domain.refusals import Refused
from domain.rules import check
from domain.words import AttemptOutcome

SOON = timedelta(minutes=1)
NEW = UUID(int=0)
"""No attempt, review or text has this id."""


def offers(case: Case, by: Staff, at: datetime) -> Mapping[str, str | None]:
    """By the ask's name: None when it is possible, else the code of its refusal."""
    return {name: refusal(case, ask, at) for name, ask in _asks(case, by, at).items()}


def refusal(case: Case, ask: Ask, at: datetime) -> str | None:
    """Why the case would turn this down now; None when it would not."""
    try:
        check(ask, case, at)
    except Refused as refused:
        return refused.code
    return None


def _asks(case: Case, by: Staff, at: datetime) -> dict[str, Ask]:
    """One of each, as favourable as can be: an hour that suits, a number that is new."""
    agreed = case.company.earliest(at + SOON) or at + SOON
    solved = Resolve(by=by, cause="other", text=NEW, solved=True, one_conversation=True)
    return {
        "claim": Claim(by=by),
        "release": Release(by=by),
        "call": Call(by=by, attempt=NEW),
        "attempt": LogAttempt(by=by, attempt=NEW, outcome=AttemptOutcome.REACHED),
        "callback": ScheduleCallback(by=by, time=agreed),
        "escalate": Escalate(by=by, review=NEW, question=NEW),
        "resolve": solved,
        "unsolved": solved.model_copy(update={"solved": False}),
        "withdraw": Withdraw(by=by, reason=NEW),
        "assign": Assign(by=by, owner=by.id, comment=NEW),
        "deadline": MoveDeadline(by=by, due=at + SOON, reason=NEW),
        "acknowledge": Acknowledge(by=by),
    }
