"""An agreed time: which calls meet it, and when it is broken."""

import pytest

from domain import rules
from domain.events import EventKind
from domain.messages import Call, CallbackChosen, CallEnded, Claim, CustomerAnswered, ScheduleCallback
from domain.words import AttemptOutcome
from tests.domain import case_stages as stages
from tests.domain.case_stages import ATTEMPT, OWNER, minute, obey

UNANSWERED = [AttemptOutcome.NO_ANSWER, AttemptOutcome.BUSY, AttemptOutcome.VOICEMAIL]


def agreed(time: float) -> rules.Case:
    """An agreed time, ten minutes around it, and a call that rings from nine minutes after it."""
    case = obey(stages.claimed(), ScheduleCallback(by=OWNER, time=minute(time)), 2)
    return obey(case, Call(by=OWNER, attempt=ATTEMPT), time + 9)


def ended(case: rules.Case, n: float, outcome: AttemptOutcome) -> None:
    rules.hear(case, CallEnded(id="e", at=minute(n), attempt=ATTEMPT, outcome=outcome), now=minute(n))


def kinds(case: rules.Case) -> list[EventKind]:
    return [event.kind for event in case.take_events()]


# Broken


def test_a_call_that_only_rings_keeps_it_as_little_as_it_keeps_the_promise() -> None:
    case = agreed(30)
    rules.fall_due(case, minute(41))
    assert EventKind.CALLBACK_BROKEN in case.alarms
    promised = obey(obey(stages.opened(), Claim(by=OWNER), 58), Call(by=OWNER, attempt=ATTEMPT), 59)
    rules.fall_due(promised, minute(61))
    assert EventKind.PROMISE_BROKEN in promised.alarms


@pytest.mark.parametrize("outcome", UNANSWERED)
def test_a_call_that_ends_unanswered_within_its_ten_minutes_keeps_it(outcome: AttemptOutcome) -> None:
    case = agreed(30)
    ended(case, 39.9, outcome)
    rules.fall_due(case, minute(41))
    assert EventKind.CALLBACK_BROKEN not in kinds(case)
    assert case.callback is None


def test_one_answered_within_them_keeps_it_however_long_they_speak() -> None:
    case = agreed(30)
    rules.hear(case, CustomerAnswered(id="a", at=minute(39.9), attempt=ATTEMPT), now=minute(39.9))
    rules.fall_due(case, minute(50))
    ended(case, 55, AttemptOutcome.REACHED)
    assert EventKind.CALLBACK_BROKEN not in kinds(case)


def test_its_alarm_ends_with_an_answer_in_time_of_which_we_hear_late() -> None:
    case = agreed(30)
    rules.fall_due(case, minute(41))
    rules.hear(case, CustomerAnswered(id="a", at=minute(39.9), attempt=ATTEMPT), now=minute(42))
    ended(case, 45, AttemptOutcome.REACHED)
    assert (case.alarms, case.callback) == ({}, None)


# Met


@pytest.mark.parametrize("outcome", [*UNANSWERED, AttemptOutcome.ASKED_LATER])
def test_a_time_agreed_while_a_call_rang_is_not_met_by_that_call(outcome: AttemptOutcome) -> None:
    """They choose a time by the link, five minutes ahead; the call that rang already was not the one they chose."""
    case = stages.ringing()
    rules.hear(case, CallbackChosen(id="c", at=minute(3), time=minute(8)), now=minute(3))
    ended(case, 4, outcome)
    assert case.callback
    assert case.callback.time == minute(8)
    assert case.next_attempt is None


def test_the_call_they_chose_meets_it() -> None:
    case = obey(stages.claimed(), ScheduleCallback(by=OWNER, time=minute(8)), 3)
    obey(case, Call(by=OWNER, attempt=ATTEMPT), 7)
    ended(case, 8, AttemptOutcome.NO_ANSWER)
    assert (case.callback, case.next_attempt) == (None, minute(23))
