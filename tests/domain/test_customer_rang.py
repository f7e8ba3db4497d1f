"""The customer rings us: as good as our own call when somebody speaks with them, else a wish to be rung now."""

from datetime import datetime
from uuid import UUID

import pytest

from domain import rules
from domain.announcements import Audience, announcement, worth_telling
from domain.calls import PROMISED_SINCE
from domain.events import Event, EventKind
from domain.messages import (
    Call,
    CallbackChosen,
    CallEnded,
    CustomerAnswered,
    CustomerRang,
    MessageFailed,
    ScheduleCallback,
)
from domain.words import AttemptOutcome, Stage
from tests.domain import case_stages as stages
from tests.domain.case_stages import ATTEMPT, OTHER, OWNER, minute

RING = UUID(int=20)
REACHED, NO_ANSWER = AttemptOutcome.REACHED, AttemptOutcome.NO_ANSWER


def rang(case: rules.Case, n: float, *, by: UUID | None, heard: float | None = None, ring: UUID = RING) -> list[Event]:
    """They ring at minute `n`; what was noted before is left out."""
    case.take_events()
    rules.hear(case, CustomerRang(id=f"ring-{ring}", at=minute(n), attempt=ring, by=by), now=minute(heard or n))
    return case.take_events()


def ended(case: rules.Case, n: float, outcome: AttemptOutcome) -> None:
    rules.hear(case, CallEnded(id="e", at=minute(n), attempt=ATTEMPT, outcome=outcome), now=minute(n))


def kinds(events: list[Event]) -> list[EventKind]:
    return [event.kind for event in events]


def next_steps(case: rules.Case, until: datetime) -> list[EventKind]:
    case.take_events()
    while (due := rules.next_due(case)) and due.at <= until:
        rules.fall_due(case, due.at)
    return kinds(case.take_events())


# Somebody speaks with them


def test_who_speaks_with_them_has_reached_them_kept_the_promise_and_stays_with_it() -> None:
    case = stages.opened()
    events = rang(case, 5, by=OTHER.id)
    assert (case.stage, case.reached_at, case.promise.kept_at) == (Stage.IN_PROGRESS, minute(5), minute(5))
    assert case.owner == OTHER.id
    assert kinds(events) == [
        EventKind.CUSTOMER_RANG,
        EventKind.CLAIMED,
        EventKind.ATTEMPT_ENDED,
        EventKind.PROMISE_KEPT,
        EventKind.CUSTOMER_REACHED,
    ]
    assert case.attempts[RING].inbound
    assert not worth_telling(events)


def test_a_colleague_who_takes_it_leaves_the_case_with_its_owner() -> None:
    case = stages.claimed()
    rang(case, 5, by=OTHER.id)
    assert (case.owner, case.attempts[RING].by) == (OWNER.id, OTHER.id)


def test_it_stops_the_ladder() -> None:
    case = stages.ringing()
    ended(case, 4, NO_ANSWER)
    rang(case, 6, by=OWNER.id)
    assert (case.next_attempt, case.tries) == (None, 0)
    assert EventKind.NEXT_ATTEMPT_DUE not in next_steps(case, minute(300))


def test_a_promise_broken_before_they_rang_stays_broken_and_its_alarm_ends() -> None:
    case = stages.alarmed()
    rang(case, 65, by=OWNER.id)
    assert (case.promise.kept_at, case.promise.broken_at, case.alarms) == (None, minute(60), {})


def test_news_of_a_ring_before_due_keeps_the_promise() -> None:
    case = stages.alarmed()
    rang(case, 58, by=OWNER.id, heard=65)
    assert (case.promise.kept_at, case.promise.broken_at) == (minute(58), None)


def test_a_call_of_ours_that_met_their_busy_line_is_no_reason_to_write_that_we_tried() -> None:
    case = stages.ringing()
    rang(case, 3, by=OTHER.id)
    ended(case, 3.5, AttemptOutcome.BUSY)
    assert (case.next_attempt, case.tries, case.ringing) == (None, 0, None)
    assert kinds(case.take_events()) == [EventKind.ATTEMPT_ENDED]


def test_a_call_made_after_it_climbs_the_ladder_again() -> None:
    case = stages.claimed()
    rang(case, 2, by=OWNER.id)
    rules.obey(case, Call(by=OWNER, attempt=ATTEMPT), at=minute(10), why="again")
    ended(case, 11, NO_ANSWER)
    assert case.next_attempt == minute(26)


# Nobody is free


def test_nobody_free_puts_the_case_back_on_the_desk_at_once() -> None:
    case = stages.ringing()
    ended(case, 4, NO_ANSWER)
    rang(case, 6, by=None)
    assert (case.next_attempt, case.urgent_at(), case.wants_call(minute(6))) == (minute(6), minute(6), True)
    assert (case.reached, case.promise.kept_at) == (False, minute(4))


def test_it_is_told_once_to_the_owner() -> None:
    events = rang(stages.claimed(), 5, by=None)
    assert kinds(events) == [EventKind.CUSTOMER_RANG, EventKind.NEXT_ATTEMPT_DUE]
    (told,) = [announcement(event) for event in worth_telling(events)]
    assert told is not None
    assert (told.alert, told.customer, told.audience) == ("rang_back", None, (Audience.OWNER,))


def test_before_an_agreed_time_they_are_called_now_and_then_again_as_agreed() -> None:
    case = stages.claimed()
    rules.obey(case, ScheduleCallback(by=OWNER, time=minute(200)), at=minute(2), why="agreed")
    rang(case, 5, by=None)
    assert (case.ready_at(), case.wants_call(minute(5))) == (minute(5), True)
    rules.obey(case, Call(by=OWNER, attempt=ATTEMPT), at=minute(6), why="back")
    ended(case, 7, NO_ANSWER)
    assert (case.next_attempt, case.callback and case.callback.time) == (None, minute(200))


def test_another_time_that_they_pick_afterwards_is_the_one() -> None:
    case = stages.claimed()
    rang(case, 5, by=None)
    rules.hear(case, CallbackChosen(id="c", at=minute(6), time=minute(90)), now=minute(6))
    assert (case.next_attempt, case.ready_at()) == (None, minute(80))


def test_old_news_of_it_puts_nothing_back_once_they_have_spoken_with_us() -> None:
    case = stages.in_progress()
    events = rang(case, 3, by=None, heard=20)
    assert (kinds(events), case.next_attempt) == ([EventKind.CUSTOMER_RANG], None)


def test_while_we_ring_them_nothing_is_planned_until_that_call_has_ended() -> None:
    case = stages.ringing()
    assert kinds(rang(case, 3, by=None)) == [EventKind.CUSTOMER_RANG]
    ended(case, 4, AttemptOutcome.TECHNICAL)
    assert EventKind.NEXT_ATTEMPT_DUE in next_steps(case, minute(4))


def test_at_an_hour_when_they_may_not_be_rung_the_call_waits_for_a_decent_one() -> None:
    case = stages.opened()
    night = case.calling.model_copy(update={"spans": ((minute(600), minute(900)),)})
    case.extend_calendar(night, case.company)
    rang(case, 5, by=None)
    assert case.next_attempt == minute(600)


def test_without_a_number_that_can_be_rung_it_is_only_told() -> None:
    case = stages.ringing()
    ended(case, 4, AttemptOutcome.INVALID)
    assert kinds(rang(case, 6, by=None)) == [EventKind.CUSTOMER_RANG]
    assert case.next_attempt is None


@pytest.mark.parametrize("outcome", [NO_ANSWER, AttemptOutcome.BUSY, AttemptOutcome.VOICEMAIL])
def test_a_call_that_rang_meanwhile_does_not_put_off_what_they_were_promised(outcome: AttemptOutcome) -> None:
    """ "We will call you back" was said to them while another telephone of ours rang theirs."""
    case = stages.ringing()
    rang(case, 3, by=None)
    ended(case, 4, outcome)
    assert (case.next_attempt, case.wants_call(minute(4)), case.tries) == (minute(3), True, 0)
    assert case.promise.kept_at == minute(4)
    assert next_steps(case, minute(4)) == [EventKind.NEXT_ATTEMPT_DUE]


def test_nor_does_it_give_them_up_after_the_last_try() -> None:
    case = stages.ringing()
    case.tries = len(case.policy.retries)
    rang(case, 3, by=None)
    ended(case, 4, NO_ANSWER)
    assert (case.outcome, case.next_attempt) == (None, minute(3))


def test_the_call_that_was_promised_climbs_the_ladder_like_any_other() -> None:
    case = stages.claimed()
    rang(case, 3, by=None)
    rules.obey(case, Call(by=OWNER, attempt=ATTEMPT), at=minute(4), why="back")
    ended(case, 5, NO_ANSWER)
    assert (case.next_attempt, case.tries) == (minute(20), 1)


def test_a_case_that_has_gone_on_without_it_keeps_to_the_old_rule() -> None:
    case = stages.ringing()
    case.holds = {PROMISED_SINCE: False}.__getitem__
    rang(case, 3, by=None)
    ended(case, 4, NO_ANSWER)
    assert case.next_attempt == minute(19)


# Either way


@pytest.mark.parametrize("by", [None, OTHER.id])
def test_a_case_that_is_over_hears_of_it_without_a_trace(by: UUID | None) -> None:
    case = stages.resolved()
    assert rang(case, 10, by=by) == []
    assert case.stage is Stage.RESOLVED


# What must not follow


def test_nobody_need_call_back_while_somebody_speaks_with_them() -> None:
    """They rang while we rang them, and picked up our call: theirs is told as missed a moment later."""
    case = stages.ringing()
    rules.hear(case, CustomerAnswered(id="a", at=minute(3), attempt=ATTEMPT), now=minute(3))
    rang(case, 3.1, by=None)
    ended(case, 13, REACHED)
    assert case.next_attempt is None
    assert EventKind.NEXT_ATTEMPT_DUE not in next_steps(case, minute(60))
    assert case.owner == OWNER.id


def test_a_message_that_failed_is_nobodys_work() -> None:
    case = stages.opened()
    idle_since = case.idle_since
    rules.hear(case, MessageFailed(id="m", at=minute(10), message=RING), now=minute(10))
    assert kinds(case.take_events())[-1] is EventKind.MESSAGE_FAILED
    assert case.idle_since == idle_since
