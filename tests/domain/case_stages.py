"""Cases brought to each stage by the rules alone, for table tests without a server."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from domain import rules
from domain.messages import (
    Ask,
    Call,
    CallEnded,
    Claim,
    CustomerAnswered,
    Escalate,
    Opening,
    Resolve,
    Staff,
    SurveyAnswered,
)
from domain.policy import CivilHours, CompanyHours, Policy
from domain.promise import promise_from
from domain.windows import Windows
from domain.words import AttemptOutcome, Role

T0 = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
POLICY = Policy(company=CompanyHours(always_open=True), civil=CivilHours(always_civil=True))
OWNER, OTHER = Staff(id=UUID(int=1), role=Role.SPECIALIST), Staff(id=UUID(int=2), role=Role.SPECIALIST)
SECOND_LINE, LEAD = Staff(id=UUID(int=3), role=Role.SECOND_LINE), Staff(id=UUID(int=4), role=Role.LEAD)
MANAGER, ADMIN = Staff(id=UUID(int=5), role=Role.MANAGER), Staff(id=UUID(int=6), role=Role.ADMIN)
ATTEMPT, REVIEW, TEXT = UUID(int=10), UUID(int=11), UUID(int=12)


def minute(n: float) -> datetime:
    return T0 + timedelta(minutes=n)


def opened() -> rules.Case:
    windows = Windows.whole(T0, T0 + timedelta(days=14))
    promise = promise_from(POLICY, requested_at=T0, zone=None)
    case = rules.Case(
        Opening(
            case=uuid4(),
            customer=uuid4(),
            policy=POLICY,
            requested_at=T0,
            promise=promise,
            calling=windows,
            company=windows,
        )
    )
    rules.begin(case, at=T0)
    return case


def obey(case: rules.Case, ask: Ask, n: float) -> rules.Case:
    rules.obey(case, ask, at=minute(n), why=str(uuid4()))
    return case


def claimed() -> rules.Case:
    return obey(opened(), Claim(by=OWNER), 1)


def ringing() -> rules.Case:
    return obey(claimed(), Call(by=OWNER, attempt=ATTEMPT), 2)


def in_progress() -> rules.Case:
    case = ringing()
    rules.hear(case, CustomerAnswered(id="a", at=minute(3), attempt=ATTEMPT), now=minute(3))
    ended = CallEnded(id="e", at=minute(4), attempt=ATTEMPT, outcome=AttemptOutcome.REACHED)
    rules.hear(case, ended, now=minute(4))
    return case


def under_review() -> rules.Case:
    return obey(in_progress(), Escalate(by=OWNER, review=REVIEW, question=TEXT), 5)


def resolved() -> rules.Case:
    return obey(in_progress(), Resolve(by=OWNER, cause="setup", text=TEXT, solved=True, one_conversation=True), 6)


def closed() -> rules.Case:
    case = resolved()
    rules.hear(case, SurveyAnswered(id="s", at=minute(7), solved=True), now=minute(7))
    case.close(minute(7))
    return case


def alarmed() -> rules.Case:
    """The promise is broken, and nobody owns the case."""
    case = opened()
    rules.fall_due(case, minute(61))
    return case
