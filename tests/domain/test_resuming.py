"""A case goes on from its row: as it was, nothing twice, nothing left out."""

from collections.abc import Callable
from datetime import datetime

import pytest

from domain import rules
from domain.announcements import worth_telling
from domain.events import Event, EventKind
from domain.messages import Call, CallbackChosen, CallEnded, CustomerRang, MoveDeadline, ScheduleCallback
from domain.resumed import resumed_from
from domain.words import AttemptOutcome
from tests.domain.case_stages import (
    ATTEMPT,
    LEAD,
    OWNER,
    TEXT,
    claimed,
    in_progress,
    minute,
    obey,
    opened,
    resolved,
    ringing,
    under_review,
)

ANEW = {EventKind.NOT_CALLED_WARNED, EventKind.NOT_CALLED_RELEASED, EventKind.IDLE_NUDGED, EventKind.RESUMED}
"""What counts from the resumption: an owner gets the full time once more."""


def at_minute(case: rules.Case, n: float) -> rules.Case:
    rules.fall_due(case, minute(n))
    return case


def unanswered() -> rules.Case:
    case = ringing()
    rules.hear(case, CallEnded(id="e", at=minute(4), attempt=ATTEMPT, outcome=AttemptOutcome.NO_ANSWER), now=minute(4))
    return case


def rang_in_vain(case: rules.Case) -> rules.Case:
    rules.hear(case, CustomerRang(id="r", at=minute(6), attempt=TEXT, by=None), now=minute(6))
    return case


def with_callback() -> rules.Case:
    return obey(claimed(), ScheduleCallback(by=OWNER, time=minute(45)), 2)


def promised_while_we_rang() -> rules.Case:
    """Called back as they were told, and at the time they chose."""
    case = rang_in_vain(with_callback())
    return obey(case, Call(by=OWNER, attempt=ATTEMPT), 7)


def with_deadline() -> rules.Case:
    return obey(opened(), MoveDeadline(by=LEAD, due=minute(40), reason=TEXT), 2)


def unsolved_survey_reminded() -> rules.Case:
    return at_minute(resolved(), 3 * 24 * 60)


STAGES: dict[str, Callable[[], rules.Case]] = {
    "opened": opened,
    "warned": lambda: at_minute(opened(), 46),
    "broken": lambda: at_minute(opened(), 75),
    "claimed": claimed,
    "claimed and warned": lambda: at_minute(claimed(), 12),
    "ringing": ringing,
    "unanswered": unanswered,
    "next attempt due": lambda: at_minute(unanswered(), 30),
    "rang in vain": lambda: rang_in_vain(unanswered()),
    "rang in vain before the agreed time": lambda: rang_in_vain(with_callback()),
    "rang in vain while we rang": lambda: rang_in_vain(ringing()),
    "promised and ringing": promised_while_we_rang,
    "callback": with_callback,
    "callback warned": lambda: at_minute(with_callback(), 36),
    "callback broken": lambda: at_minute(with_callback(), 56),
    "deadline": with_deadline,
    "deadline missed": lambda: at_minute(with_deadline(), 41),
    "in progress": in_progress,
    "idle": lambda: at_minute(in_progress(), 24 * 60 + 10),
    "under review": under_review,
    "review overdue": lambda: at_minute(under_review(), 5 * 60),
    "resolved": resolved,
    "reminded": unsolved_survey_reminded,
}


def days_ahead(case: rules.Case) -> list[tuple[EventKind, datetime | None]]:
    """All that happens of itself in ten days."""
    while (due := rules.next_due(case)) and due.at < minute(10 * 24 * 60):
        rules.fall_due(case, due.at)
    return [(event.kind, event.due) for event in case.take_events() if event.kind not in ANEW]


def lost_and_resumed(case: rules.Case, *, at: datetime) -> tuple[rules.Case, list[Event]]:
    """What its rows remember, in a new run; and the events of the old one."""
    events = case.take_events()
    row = case.snapshot(None, None)
    anew = rules.Case(case.opening)
    rules.resume(anew, resumed_from(row, events), at=at)
    return anew, events


@pytest.mark.parametrize("stage", STAGES)
def test_it_stands_where_it_stood(stage: str) -> None:
    case = STAGES[stage]()
    before = case.snapshot(None, None)
    anew, events = lost_and_resumed(case, at=minute(20))
    after = anew.snapshot(None, None)
    assert after.model_copy(update={"seq": before.seq}) == before
    assert after.seq == before.seq + 1
    assert events[-1].seq == before.seq


@pytest.mark.parametrize("stage", STAGES)
def test_it_waits_for_what_it_waited_for(stage: str) -> None:
    case = STAGES[stage]()
    anew, _ = lost_and_resumed(case, at=minute(20))
    assert days_ahead(anew) == days_ahead(case)


@pytest.mark.parametrize("stage", STAGES)
def test_only_its_going_on_is_noted_and_told_to_nobody(stage: str) -> None:
    anew, events = lost_and_resumed(STAGES[stage](), at=minute(20))
    [event] = anew.take_events()
    assert (event.kind, event.seq, event.at) == (EventKind.RESUMED, events[-1].seq + 1, minute(20))
    assert not list(worth_telling([event]))


def test_what_fell_due_meanwhile_happens_once_with_the_time_it_was_due() -> None:
    anew, _ = lost_and_resumed(at_minute(opened(), 46), at=minute(70))
    rules.fall_due(anew, minute(70))
    told = [(event.kind, event.due) for event in anew.take_events()]
    assert told == [
        (EventKind.RESUMED, None),
        (EventKind.PROMISE_WARNED, minute(54)),
        (EventKind.PROMISE_BROKEN, minute(60)),
    ]


def test_a_call_under_way_still_keeps_the_promise() -> None:
    anew, _ = lost_and_resumed(ringing(), at=minute(70))
    ended = CallEnded(id="e", at=minute(5), attempt=ATTEMPT, outcome=AttemptOutcome.NO_ANSWER)
    rules.hear(anew, ended, now=minute(71))
    assert anew.promise.kept_at == minute(5)


def test_what_was_promised_while_a_call_rang_still_stands_when_it_ends() -> None:
    anew, _ = lost_and_resumed(rang_in_vain(ringing()), at=minute(20))
    ended = CallEnded(id="e", at=minute(21), attempt=ATTEMPT, outcome=AttemptOutcome.NO_ANSWER)
    rules.hear(anew, ended, now=minute(21))
    assert (anew.next_attempt, anew.wants_call(minute(21))) == (minute(6), True)


def test_a_time_agreed_while_a_call_rang_is_still_not_met_by_it() -> None:
    case = ringing()
    rules.hear(case, CallbackChosen(id="c", at=minute(3), time=minute(25)), now=minute(3))
    anew, _ = lost_and_resumed(case, at=minute(20))
    ended = CallEnded(id="e", at=minute(21), attempt=ATTEMPT, outcome=AttemptOutcome.NO_ANSWER)
    rules.hear(anew, ended, now=minute(21))
    assert anew.callback
    assert anew.callback.time == minute(25)


def test_an_owner_who_has_yet_to_call_gets_the_full_time() -> None:
    anew, _ = lost_and_resumed(at_minute(claimed(), 12), at=minute(30))
    rules.fall_due(anew, minute(39))
    kinds = {event.kind for event in anew.take_events()}
    assert EventKind.NOT_CALLED_WARNED not in kinds
    rules.fall_due(anew, minute(40))
    assert EventKind.NOT_CALLED_WARNED in {event.kind for event in anew.take_events()}


def test_it_can_be_lost_and_resumed_again() -> None:
    once, first = lost_and_resumed(in_progress(), at=minute(20))
    noted = once.take_events()
    again = rules.Case(once.opening)
    rules.resume(again, resumed_from(once.snapshot(None, None), [*first, *noted]), at=minute(30))
    [event] = again.take_events()
    assert event.seq == noted[-1].seq + 1
    assert again.reached_at == once.reached_at
