"""What holds of a case whatever was asked of it, whatever happened, and in whatever order."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from domain.events import Event, EventKind
from domain.policy import Policy
from domain.promise import Promise
from domain.state import PromiseState, Snapshot
from domain.words import OPEN_STAGES, Outcome, Stage

STARTED, ENDED = EventKind.CALL_STARTED, EventKind.ATTEMPT_ENDED
WARNED, BROKEN = EventKind.PROMISE_WARNED, EventKind.PROMISE_BROKEN
DEADLINES = (WARNED, BROKEN, EventKind.DEADLINE_MISSED, EventKind.REVIEW_OVERDUE, EventKind.CALLBACK_BROKEN)
NO_MORE_CALLS = (EventKind.WITHDRAWN, EventKind.ERASED, EventKind.RESOLVED, EventKind.UNREACHABLE)

ENDS_THE_WISH = (
    ENDED,
    EventKind.CUSTOMER_ANSWERED,
    EventKind.CUSTOMER_REACHED,
    EventKind.CALLBACK_AGREED,
    EventKind.NUMBER_GIVEN,
)
"""A call begun later that ended somehow, a conversation, another time: after it nobody need call back whoever rang in
vain."""


def check(case: Snapshot, timeline: Sequence[Event], *, policy: Policy, promises: Sequence[Promise]) -> None:
    """AssertionError, naming what is broken; `promises` are those given, the latest last."""
    the_timeline_has_no_gap(case, timeline)
    one_call_at_a_time(case, timeline)
    nobody_is_rung_after_the_end(timeline)
    a_promise_is_kept_or_broken_or_neither(case.promise, promises)
    every_step_of_the_ladder_comes_once_and_in_order(timeline, promises)
    nothing_happens_before_it_is_due(timeline, policy)
    stage_and_outcome_agree(case)
    whoever_has_to_act_is_waited_for(case)
    whoever_rang_in_vain_is_called_back(case, timeline)


def the_timeline_has_no_gap(case: Snapshot, timeline: Sequence[Event]) -> None:
    assert [event.seq for event in timeline] == list(range(1, case.seq + 1)), "gap or double in the timeline"
    assert len({event.id for event in timeline}) == len(timeline), "two events of one id"
    assert timeline[0].kind is EventKind.OPENED


def one_call_at_a_time(case: Snapshot, timeline: Sequence[Event]) -> None:
    under_way = [attempt for attempt in case.attempts if attempt.ended_at is None]
    assert len(under_way) <= 1, "two calls at once"
    started = [event.ref for event in timeline if event.kind is STARTED]
    assert len(started) == len(set(started)), "one attempt rang twice"
    ringing = None
    for event in timeline:
        if event.kind is STARTED:
            assert ringing is None, "a call began while another was under way"
            ringing = event.ref
        elif event.kind is ENDED and event.ref == ringing:
            ringing = None


def nobody_is_rung_after_the_end(timeline: Sequence[Event]) -> None:
    end = next((event.seq for event in timeline if event.kind in NO_MORE_CALLS), None)
    late = [event for event in timeline if end and event.kind is STARTED and event.seq > end]
    assert not late, "a call began after the case had ended"


def a_promise_is_kept_or_broken_or_neither(promise: PromiseState, promises: Sequence[Promise]) -> None:
    assert not (promise.kept_at and promise.broken_at), "kept and broken"
    assert not (promise.moved_at and promise.broken_at), "moved and broken"
    if promise.original:
        assert promise.original in promises, "the original promise has changed"
    due = promise.due
    for at in (promise.kept_at, promise.moved_at):
        assert at is None or (due and at <= due), "kept or moved too late"
    assert promise.broken_at in (None, due), "broken at another time than its due"


def every_step_of_the_ladder_comes_once_and_in_order(timeline: Sequence[Event], promises: Sequence[Promise]) -> None:
    known = [warning.due for promise in promises for warning in promise.warnings]
    warned = [known.index(event.due) for event in timeline if event.kind is WARNED and event.due]
    assert warned == sorted(set(warned)), "a warning doubled or out of order"
    for promise in promises:
        broken = [event.seq for event in timeline if (event.kind, event.due) == (BROKEN, promise.due)]
        assert len(broken) <= 1, "broken twice"
        before = [event for event in timeline if event.kind is WARNED and event.due in _dues(promise)]
        assert not broken or [event.due for event in before] == _dues(promise), "broken without all its warnings"
        assert not broken or all(event.seq < broken[0] for event in before), "warned after it was broken"


def _dues(promise: Promise) -> list[datetime]:
    return [warning.due for warning in promise.warnings]


def nothing_happens_before_it_is_due(timeline: Sequence[Event], policy: Policy) -> None:
    for event in timeline:
        margin = policy.agreed_margin if event.kind is EventKind.CALLBACK_BROKEN else timedelta(0)
        if event.kind in DEADLINES:
            assert event.due is not None, f"{event.kind} without a due time"
            assert event.due + margin <= event.at, f"{event.kind} before it was due"


def stage_and_outcome_agree(case: Snapshot) -> None:
    assert (case.stage is Stage.CLOSED) == (case.closed_at is not None)
    assert case.closed_at is None or case.outcome, "closed without an outcome"
    if case.reached_at and case.outcome is None:
        assert case.stage is not Stage.AWAITING_CALLBACK, "reached, and still awaiting the callback"
    if case.stage in OPEN_STAGES and case.outcome is None:
        under_review = any(review.answered_at is None and not review.asked_back for review in case.reviews)
        assert (case.stage is Stage.UNDER_REVIEW) == under_review, "under review without a question, or the reverse"
    if case.outcome in (Outcome.ANSWERED, Outcome.NO_ANSWER, Outcome.NOT_ASKED):
        assert case.resolved_at, f"{case.outcome} without a resolution"
    if case.outcome:
        assert (case.callback, case.deadline, case.next_attempt, case.urgent_at) == (None,) * 4, "plans after the end"


def whoever_has_to_act_is_waited_for(case: Snapshot) -> None:
    if case.outcome is None or case.alarms:
        assert case.waiting_for, "nobody is waited for"


def whoever_rang_in_vain_is_called_back(case: Snapshot, timeline: Sequence[Event]) -> None:
    vain = [event for event in timeline if (event.kind, event.detail) == (EventKind.CUSTOMER_RANG, "missed")]
    if not vain or case.outcome or case.stage not in OPEN_STAGES or not case.number_usable:
        return
    later = [event for event in timeline if event.at >= vain[-1].at or event.seq > vain[-1].seq]
    before = {attempt.id for attempt in case.attempts if attempt.started_at <= vain[-1].at}
    since = [
        event for event in later if event.kind in ENDS_THE_WISH and not (event.kind is ENDED and event.ref in before)
    ]
    assert since or case.next_attempt, "they rang in vain, and nobody is to call them back"


def nothing_is_overdue(case: Snapshot, now: datetime, *, on_the_line: bool) -> None:
    """A deadline fires at the deadline: what is still awaited lies ahead."""
    late = case.waiting_until and case.waiting_until <= now - timedelta(seconds=1)
    assert not late or on_the_line, f"{case.waiting_for} was due at {case.waiting_until}, it is {now}"
