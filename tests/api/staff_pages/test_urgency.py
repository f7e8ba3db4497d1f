"""Why a case is urgent: one reason for each way a case can stand."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from api.staff_pages.urgency import WORDS, Reason, urgency
from domain.promise import Promise
from domain.state import Attempt, PromiseState, Review, Snapshot
from domain.words import AttemptOutcome, Outcome, Stage

NOW = datetime(2027, 3, 2, 12, tzinfo=UTC)
SOON, LATER, BEFORE = NOW + timedelta(minutes=20), NOW + timedelta(hours=3), NOW - timedelta(minutes=5)
ME = UUID(int=1)


def promise(due: datetime, **fates: datetime) -> PromiseState:
    original = Promise(requested_at=due - timedelta(hours=1), due=due, warnings=())
    return PromiseState.model_validate({"original": original, **fates})


def attempt(started: datetime, ended: datetime | None = NOW) -> Attempt:
    outcome = AttemptOutcome.REACHED if ended else None
    return Attempt(id=uuid4(), by=ME, started_at=started, ended_at=ended, outcome=outcome)


def review(due: datetime = SOON, **fields: object) -> Review:
    return Review.model_validate({"id": uuid4(), "asked_at": BEFORE, "due": due, **fields})


def case(**fields: object) -> Snapshot:
    plain: dict[str, object] = dict.fromkeys(Snapshot.model_fields)
    plain |= {"case": UUID(int=2), "seq": 1, "stage": Stage.IN_PROGRESS, "promise": PromiseState(), "tries": 0}
    plain |= {"number_usable": True, "attempts": [], "reviews": [], "alarms": {}, "goal_missed": False}
    return Snapshot.model_validate(plain | fields)


TABLE = [
    (Reason.PROMISE, {"promise": promise(SOON), "urgent_at": SOON}),
    (Reason.PROMISE_BROKEN, {"promise": promise(BEFORE, broken_at=BEFORE), "urgent_at": BEFORE}),
    (Reason.CALLBACK, {"promise": promise(SOON, moved_at=BEFORE), "callback": LATER, "urgent_at": LATER}),
    (Reason.NEXT_ATTEMPT, {"promise": promise(SOON, kept_at=BEFORE), "next_attempt": LATER, "urgent_at": LATER}),
    (Reason.PROMISE, {"promise": promise(SOON), "next_attempt": LATER, "urgent_at": SOON}),
    (Reason.DEADLINE, {"deadline": LATER, "urgent_at": LATER}),
    (Reason.REVIEW, {"stage": Stage.UNDER_REVIEW, "reviews": [review()], "urgent_at": SOON}),
    (Reason.ANSWERED, {"reached_at": BEFORE, "reviews": [review(answered_at=BEFORE)], "urgent_at": LATER}),
    (
        Reason.ANSWERED,
        {"attempts": [attempt(BEFORE)], "reviews": [review(answered_at=NOW)], "reached_at": BEFORE, "urgent_at": LATER},
    ),
    (
        Reason.NEXT_STEP,
        {"attempts": [attempt(NOW)], "reviews": [review(answered_at=BEFORE)], "reached_at": NOW, "urgent_at": LATER},
    ),
    (Reason.ASKED_BACK, {"reached_at": BEFORE, "reviews": [review(asked_back=True)], "urgent_at": LATER}),
    (Reason.NEXT_STEP, {"reached_at": BEFORE, "urgent_at": LATER}),
    (Reason.NO_PROMISE, {"stage": Stage.AWAITING_CALLBACK, "urgent_at": LATER}),
    (Reason.NUMBER, {"stage": Stage.AWAITING_CALLBACK, "number_usable": False, "urgent_at": None}),
    (Reason.CALL_UNDER_WAY, {"promise": promise(SOON), "attempts": [attempt(NOW, None)], "urgent_at": SOON}),
    (Reason.FINAL_SURVEY, {"stage": Stage.RESOLVED}),
    (Reason.OVER, {"stage": Stage.CLOSED, "outcome": Outcome.ANSWERED}),
    (Reason.OVER, {"stage": Stage.AWAITING_CALLBACK, "outcome": Outcome.UNREACHABLE}),
]


@pytest.mark.parametrize(("reason", "fields"), TABLE)
def test_each_reason_is_found(reason: Reason, fields: dict[str, object]) -> None:
    found = urgency(case(**fields), NOW)
    assert found.reason is reason
    assert found.words == WORDS[reason]


def test_every_reason_is_in_the_table_and_has_words() -> None:
    assert {reason for reason, _ in TABLE} == set(Reason) == set(WORDS)


@pytest.mark.parametrize(("due", "overdue"), [(BEFORE, True), (NOW, True), (SOON, False), (None, False)])
def test_what_was_due_before_is_overdue(due: datetime | None, overdue: bool) -> None:
    assert urgency(case(urgent_at=due), NOW).overdue is overdue
