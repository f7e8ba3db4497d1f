"""Second line has answered: from then on the case is as urgent as one that is to be called."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from domain import rules
from domain.messages import AnswerReview, AskBack, Call, CallEnded, Escalate, MoveDeadline, ScheduleCallback
from domain.windows import Windows
from domain.words import AttemptOutcome
from tests.domain import case_stages as stages
from tests.domain.case_stages import LEAD, OWNER, POLICY, REVIEW, SECOND_LINE, T0, TEXT, minute, obey

ANSWERED = 60
DUE = ANSWERED + POLICY.claimed_not_called / timedelta(minutes=1)
ANOTHER, AGAIN = UUID(int=20), UUID(int=21)


def answered() -> rules.Case:
    return obey(stages.under_review(), AnswerReview(by=SECOND_LINE, review=REVIEW, answer=TEXT), ANSWERED)


def rung(case: rules.Case, n: float, outcome: AttemptOutcome) -> rules.Case:
    obey(case, Call(by=OWNER, attempt=AGAIN), n)
    rules.hear(case, CallEnded(id="again", at=minute(n + 1), attempt=AGAIN, outcome=outcome), now=minute(n + 1))
    return case


def test_it_is_due_ten_minutes_after_the_answer_and_stays_so() -> None:
    case = answered()
    assert case.urgent_at() == minute(DUE)
    rules.fall_due(case, T0 + timedelta(days=2))
    assert case.urgent_at() == minute(DUE), "the nudge puts nothing off"


def test_before_it_second_lines_deadline_and_without_any_question_the_idle_clock_count() -> None:
    assert stages.under_review().urgent_at() == minute(5) + POLICY.review
    case = stages.in_progress()
    assert case.urgent_at() == case.idle_since + POLICY.idle


def test_once_the_customer_was_told_there_is_time_again() -> None:
    case = rung(answered(), ANSWERED + 5, AttemptOutcome.REACHED)
    assert case.urgent_at() == case.idle_since + POLICY.idle


def test_a_call_that_failed_for_technical_reasons_told_nobody() -> None:
    case = rung(answered(), ANSWERED + 5, AttemptOutcome.TECHNICAL)
    assert case.urgent_at() == minute(DUE)


LATER = T0 + timedelta(days=1)
KNOWN: dict[str, tuple[Callable[[rules.Case], object], object]] = {
    "nobody answers: the next attempt": (lambda case: rung(case, 61, AttemptOutcome.NO_ANSWER), minute(62 + 15)),
    "an agreed callback": (lambda case: obey(case, ScheduleCallback(by=OWNER, time=LATER), 61), LATER),
    "a later deadline does not wait for": (
        lambda case: obey(case, MoveDeadline(by=LEAD, due=LATER, reason=TEXT), 61),
        minute(DUE),
    ),
    "another question still with second line": (
        lambda case: obey(case, Escalate(by=OWNER, review=ANOTHER, question=TEXT), 61),
        minute(61) + POLICY.review,
    ),
    "another asked back": (
        lambda case: obey(
            obey(case, Escalate(by=OWNER, review=ANOTHER, question=TEXT), 61),
            AskBack(by=SECOND_LINE, review=ANOTHER, question=TEXT),
            62,
        ),
        minute(DUE),
    ),
}


@pytest.mark.parametrize("what", KNOWN)
def test_what_else_the_case_waits_for(what: str) -> None:
    change, due = KNOWN[what]
    case = answered()
    change(case)
    assert case.urgent_at() == due


def test_at_night_it_waits_until_the_customer_may_be_rung() -> None:
    case = answered()
    morning = T0 + timedelta(hours=12)
    case.calling = Windows.of([(T0, minute(30)), (morning, morning + timedelta(hours=12))], until=LATER)
    assert case.urgent_at() == morning
