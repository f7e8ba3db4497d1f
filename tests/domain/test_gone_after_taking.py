"""The specialist takes a call and is gone, and nobody tells how the customer's leg went."""

from datetime import datetime

import pytest

from domain import rules
from domain.events import Event, EventKind
from domain.messages import Call, CallEnded, CustomerAnswered
from domain.refusals import Refused
from domain.words import AttemptOutcome, Stage
from tests.domain import case_stages as stages
from tests.domain.case_stages import ATTEMPT, OWNER, REVIEW, minute, obey

REACHED, TECHNICAL, NO_ANSWER = AttemptOutcome.REACHED, AttemptOutcome.TECHNICAL, AttemptOutcome.NO_ANSWER


def ended(
    case: rules.Case, n: float, outcome: AttemptOutcome | None, *, heard: float | None = None, by: str = "leg"
) -> list[EventKind]:
    """What is noted of an end at minute `n`."""
    case.take_events()
    fact = CallEnded(id=f"{by}:{outcome}", at=minute(n), attempt=ATTEMPT, outcome=outcome)
    rules.hear(case, fact, now=minute(heard or n))
    return kinds(case.take_events())


def answered(case: rules.Case, n: float, *, heard: float) -> None:
    rules.hear(case, CustomerAnswered(id="a", at=minute(n), attempt=ATTEMPT), now=minute(heard))


def kinds(events: list[Event]) -> list[EventKind]:
    return [event.kind for event in events]


def asked_after(case: rules.Case, until: float) -> list[datetime | None]:
    """When the provider was to be asked."""
    case.take_events()
    rules.fall_due(case, minute(until))
    return [event.due for event in case.take_events() if event.kind is EventKind.CALL_ASKED_AFTER]


def left(n: float = 3) -> rules.Case:
    """Gone at minute `n`."""
    case = stages.ringing()
    assert ended(case, n, None) == []
    return case


def test_the_provider_is_asked_a_minute_later_and_until_then_nobody_rings() -> None:
    case = left()
    with pytest.raises(Refused, match="under way"):
        obey(case, Call(by=OWNER, attempt=REVIEW), 3.5)
    assert asked_after(case, 3.9) == []
    assert asked_after(case, 4) == [minute(4)]


def test_it_is_asked_again_as_of_any_call_when_it_does_not_know() -> None:
    case = left()
    assert asked_after(case, 4) == [minute(4)]
    assert asked_after(case, 43.9) == []
    assert asked_after(case, 44) == [minute(44)]


def test_a_long_call_that_was_asked_after_before_is_asked_after_once_more() -> None:
    case = stages.ringing()
    assert asked_after(case, 42) == [minute(42)]
    ended(case, 42.5, None)
    assert asked_after(case, 43.5) == [minute(43.5)]


def test_nobody_was_rung() -> None:
    case = left()
    rules.fall_due(case, minute(4))
    assert ended(case, 3, TECHNICAL, heard=4) == [EventKind.ATTEMPT_ENDED]
    assert (case.ringing, case.wants_call(minute(4)), case.promise.kept_at) == (None, True, None)


@pytest.mark.parametrize("outcome", [REACHED, NO_ANSWER])
def test_the_customers_leg_that_is_told_of_after_it_ends_the_attempt_once(outcome: AttemptOutcome) -> None:
    """Reports overtake one another in quite normal calls."""
    case = left()
    assert ended(case, 3, outcome, heard=3.1).count(EventKind.ATTEMPT_ENDED) == 1
    assert asked_after(case, 5) == []
    assert case.attempts[ATTEMPT].outcome is outcome


def test_of_an_attempt_that_has_ended_nobody_is_asked() -> None:
    case = stages.ringing()
    ended(case, 3, NO_ANSWER)
    assert ended(case, 3.1, None, by="parent") == []
    assert asked_after(case, 10) == []


def test_given_back_as_technical_it_is_not_given_back_again() -> None:
    case = left()
    ended(case, 4, TECHNICAL, by="asked")
    assert ended(case, 4.5, TECHNICAL) == []
    assert case.attempts[ATTEMPT].ended_at == minute(4)


def test_that_they_had_answered_after_all_takes_the_place_of_technical() -> None:
    case = left(10)
    ended(case, 11, TECHNICAL, by="asked")
    answered(case, 9, heard=12)
    assert case.call_wanted_since is None
    ended(case, 10, REACHED, heard=12)
    assert (case.stage, case.reached_at, case.promise.kept_at) == (Stage.IN_PROGRESS, minute(9), minute(9))
    rules.fall_due(case, minute(40))
    assert not {EventKind.NOT_CALLED_WARNED, EventKind.NOT_CALLED_RELEASED} & set(kinds(case.take_events()))
    assert case.owner == OWNER.id


def test_a_case_that_has_gone_on_without_them_keeps_to_the_old_rules() -> None:
    case = stages.ringing()
    case.holds = lambda _rule: False
    ended(case, 4, TECHNICAL, by="asked")
    assert ended(case, 4.5, TECHNICAL) == [EventKind.ATTEMPT_ENDED]
    answered(case, 4.2, heard=5)
    assert case.call_wanted_since is not None
