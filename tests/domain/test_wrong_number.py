"""A stranger who picks up is not the customer: neither reached nor a promise kept."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain import calls
from domain.case import Case
from domain.messages import Opening
from domain.policy import Policy
from domain.promise import Promise
from domain.windows import Windows
from domain.words import AttemptOutcome, Outcome

NOON = datetime(2026, 6, 10, 12, tzinfo=UTC)
DUE = NOON + timedelta(hours=1)
OWNER, FIRST, SECOND = UUID(int=1), UUID(int=2), UUID(int=3)


def _minute(number: int) -> datetime:
    return NOON + timedelta(minutes=number)


@pytest.fixture
def case() -> Case:
    open_hours = Windows.whole(NOON, NOON + timedelta(days=14))
    promise = Promise(requested_at=NOON, due=DUE, warnings=())
    ids = {"case": UUID(int=4), "customer": UUID(int=5)}
    return Case(
        Opening(**ids, policy=Policy(), requested_at=NOON, promise=promise, calling=open_hours, company=open_hours)
    )


def _picked_up(case: Case, attempt: UUID, *, minute: int, outcome: AttemptOutcome) -> None:
    ringing = calls.start(case, attempt, by=OWNER, at=_minute(minute - 1))
    ringing.answered_at = _minute(minute)
    calls.pick_up(case, _minute(minute))
    calls.finish(case, ringing, outcome, _minute(minute + 1))


def test_a_stranger_who_picks_up_is_neither_reached_nor_a_promise_kept(case: Case) -> None:
    _picked_up(case, FIRST, minute=5, outcome=AttemptOutcome.WRONG_NUMBER)
    assert case.outcome is Outcome.WRONG_NUMBER
    assert case.reached_at is None
    assert case.promise.kept_at is None
    assert case.promise.void


def test_a_promise_broken_before_the_stranger_picked_up_stays_broken(case: Case) -> None:
    case.promise.broken_at = DUE
    _picked_up(case, FIRST, minute=65, outcome=AttemptOutcome.WRONG_NUMBER)
    assert case.promise.broken_at == DUE
    assert not case.promise.void


def test_a_wrong_number_later_does_not_undo_that_they_were_reached_before(case: Case) -> None:
    _picked_up(case, FIRST, minute=5, outcome=AttemptOutcome.REACHED)
    _picked_up(case, SECOND, minute=30, outcome=AttemptOutcome.WRONG_NUMBER)
    assert case.reached_at == _minute(5)
    assert case.promise.kept_at == _minute(5)
