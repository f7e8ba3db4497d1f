"""What a case waits for: every deadline with the instant it falls due, and what happens then."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import chain

from domain.case import Case
from domain.ends import after_resolution
from domain.events import Event, EventKind
from domain.state import Attempt, Callback, Deadline, PromiseState, Review
from domain.words import Outcome, Stage

CALENDAR_RESERVE = timedelta(days=3)
"""The known calendar is extended when less than this is left of it."""
LAST_REVIEW_RUNG = 3
TOLD_WITHIN = timedelta(minutes=1)
"""So long the end of the customer's leg may take to be told to us once the specialist is gone."""

SEVERITY = (
    EventKind.CALLBACK_WARNED,
    EventKind.PROMISE_WARNED,
    EventKind.NOT_CALLED_WARNED,
    EventKind.NOT_CALLED_RELEASED,
    EventKind.NEXT_ATTEMPT_DUE,
    EventKind.IDLE_NUDGED,
    EventKind.GOAL_MISSED,
    EventKind.ALARM_REPEATED,
    EventKind.REVIEW_OVERDUE,
    EventKind.DEADLINE_MISSED,
    EventKind.CALLBACK_BROKEN,
    EventKind.PROMISE_BROKEN,
)
"""Rising. When several steps fell due while the system was down, only the most severe alerts; all are recorded."""


@dataclass(frozen=True)
class Due:
    """One deadline. `happen` is given the due time and the present one."""

    at: datetime
    step: str
    happen: Callable[[datetime, datetime], None]


def next_due(case: Case) -> Due | None:
    """The deadline that falls due first; None when the case waits for people only."""
    # Somebody is speaking with the customer: what was wanted of us is judged when the call ends.
    wanted = () if case.on_the_line_since else _wanted(case)
    return min(chain(wanted, _planned(case), _left(case), _calendar(case)), key=lambda due: due.at, default=None)


def awaited(case: Case) -> Due | None:
    """The next deadline as people are shown it: housekeeping is none of their business."""
    return min(chain(_wanted(case), _planned(case)), key=lambda due: due.at, default=None)


def fall_due(case: Case, now: datetime, *, until: datetime | None = None) -> None:
    """Let everything happen that is due by now (or by `until`), in order, each with the time it was due."""
    since = case.seq
    while (due := next_due(case)) and due.at <= (until or now):
        case.why = due.step
        due.happen(due.at, now)
    late = [event for event in case.events_since(since) if event.kind in SEVERITY]
    if len(late) > 1:
        case.alert_only(max(late, key=_severity), since=since)


def _severity(event: Event) -> tuple[int, int]:
    return SEVERITY.index(event.kind), event.seq


def _wanted(case: Case) -> Iterator[Due]:
    """What a conversation with the customer answers to."""
    if case.open:
        yield from _promise(case, case.promise)
        yield from _callback(case)
        yield from _attempts(case)
    yield from _alarms(case)


def _planned(case: Case) -> Iterator[Due]:
    if case.open:
        yield from _reviews(case)
        yield from _progress(case)
        yield from _number(case)
    elif case.stage is Stage.RESOLVED and not case.over:
        yield from _final_survey(case)
    yield from _ringing(case)


def _promise(case: Case, promise: PromiseState) -> Iterator[Due]:
    if promise.original is None or not promise.open:
        return
    if promise.warned < len(promise.original.warnings):
        warning = promise.original.warnings[promise.warned]
        fraction = f"{warning.fraction:.0%}"
        yield Due(warning.due, f"promise, {fraction} gone", partial(_warn_of_promise, case, fraction))
    else:
        yield Due(promise.original.due, "promise due", partial(_break_promise, case))


def _warn_of_promise(case: Case, fraction: str, due: datetime, now: datetime) -> None:
    case.promise.warned += 1
    case.note(EventKind.PROMISE_WARNED, now, due=due, detail=fraction)


def _break_promise(case: Case, due: datetime, now: datetime) -> None:
    case.promise.broken_at = due
    case.raise_alarm(case.note(EventKind.PROMISE_BROKEN, now, due=due), now)


def _callback(case: Case) -> Iterator[Due]:
    callback, margin = case.callback, case.policy.agreed_margin
    if callback and not callback.warned:
        yield Due(callback.time - margin, "agreed callback soon", partial(_warn_of_callback, case, callback))
    elif callback and not callback.broken:
        yield Due(callback.time + margin, "agreed callback due", partial(_break_callback, case, callback))
    if case.deadline and not case.deadline.missed:
        yield Due(case.deadline.due, "moved deadline due", partial(_miss_deadline, case, case.deadline))


def _warn_of_callback(case: Case, callback: Callback, due: datetime, now: datetime) -> None:
    callback.warned = True
    case.note(EventKind.CALLBACK_WARNED, now, due=callback.time)


def _break_callback(case: Case, callback: Callback, due: datetime, now: datetime) -> None:
    callback.broken = True
    case.raise_alarm(case.note(EventKind.CALLBACK_BROKEN, now, due=callback.time), now)


def _miss_deadline(case: Case, deadline: Deadline, due: datetime, now: datetime) -> None:
    deadline.missed = True
    case.raise_alarm(case.note(EventKind.DEADLINE_MISSED, now, due=due), now)


def _attempts(case: Case) -> Iterator[Due]:
    if case.next_attempt and not case.next_attempt_told and not case.ringing:
        yield Due(case.next_attempt, "next attempt due", partial(_want_next_attempt, case))
    if not (case.owner and case.call_wanted_since):
        return
    wait = case.policy.claimed_not_called
    if case.not_called_warned:
        yield Due(case.call_wanted_since + 2 * wait, "released if not called", partial(_release, case))
    else:
        yield Due(case.call_wanted_since + wait, "claimed, not called", partial(_warn_owner, case))


def _ringing(case: Case) -> Iterator[Due]:
    """Also once the case is over: until its end is heard, the number counts as ringing."""
    ringing = case.ringing
    if ringing:
        asked = ringing.asked_after or ringing.started_at
        yield Due(asked + case.policy.attempt_limit, "call without an end", partial(_ask_after, case, ringing))


def _left(case: Case) -> Iterator[Due]:
    ringing = case.ringing
    if ringing and ringing.id in case.left:
        soon = case.left[ringing.id] + TOLD_WITHIN
        yield Due(soon, "call left by its specialist", partial(_ask_after, case, ringing))


def _want_next_attempt(case: Case, due: datetime, now: datetime) -> None:
    case.next_attempt_told = True
    case.call_wanted_since, case.not_called_warned = (now if case.owner else None), False
    case.note(EventKind.NEXT_ATTEMPT_DUE, now, due=due)


def _ask_after(case: Case, ringing: Attempt, due: datetime, now: datetime) -> None:
    ringing.asked_after = now
    case.left.pop(ringing.id, None)
    case.note(EventKind.CALL_ASKED_AFTER, now, due=due, ref=ringing.id)


def _warn_owner(case: Case, due: datetime, now: datetime) -> None:
    case.not_called_warned = True
    case.note(EventKind.NOT_CALLED_WARNED, now, due=due)


def _release(case: Case, due: datetime, now: datetime) -> None:
    was = case.owner
    case.own(None, now)
    case.note(EventKind.NOT_CALLED_RELEASED, now, due=due, ref=was)


def _reviews(case: Case) -> Iterator[Due]:
    for review in case.waiting_reviews:
        if review.rung < LAST_REVIEW_RUNG:
            yield Due(review.due, "answer of second line due", partial(_hurry, case, review))


def _hurry(case: Case, review: Review, due: datetime, now: datetime) -> None:
    """Second line hears of it, then its lead, then the owner and the customer."""
    review.rung += 1
    review.due = case.company.after(due, case.policy.review) or due + case.policy.review
    event = case.note(EventKind.REVIEW_OVERDUE, now, due=due, ref=review.id, detail=str(review.rung))
    case.raise_alarm(event, now)


def _progress(case: Case) -> Iterator[Due]:
    if case.can_be_worked and not case.ringing:
        since = max(case.idle_since, case.ready_at() or case.idle_since)
        yield Due(since + case.policy.idle, "idle", partial(_nudge, case))
    if not case.goal_missed:
        yield Due(case.goal_due(), "goal: resolved", partial(_miss_goal, case))


def _calendar(case: Case) -> Iterator[Due]:
    if case.open and not case.calendar_wanted:
        yield Due(case.company.until - CALENDAR_RESERVE, "calendar runs out", partial(_want_calendar, case))


def _number(case: Case) -> Iterator[Due]:
    if not case.number_usable and not case.reached:
        yield Due(case.number_asked_at + case.policy.number_wait, "number awaited", partial(_stop_waiting, case))


def _stop_waiting(case: Case, due: datetime, now: datetime) -> None:
    case.note(EventKind.UNREACHABLE, now, due=due)
    case.end(Outcome.UNREACHABLE)


def _nudge(case: Case, due: datetime, now: datetime) -> None:
    case.idle_since = now
    case.note(EventKind.IDLE_NUDGED, now, due=due)


def _miss_goal(case: Case, due: datetime, now: datetime) -> None:
    case.goal_missed = True
    case.note(EventKind.GOAL_MISSED, now, due=due)


def _want_calendar(case: Case, due: datetime, now: datetime) -> None:
    case.calendar_wanted = True


def _final_survey(case: Case) -> Iterator[Due]:
    if case.resolved_at is None:
        return
    if not case.survey_reminded:
        yield Due(case.resolved_at + case.policy.survey_reminder, "final survey: reminder", partial(_remind, case))
    yield Due(case.resolved_at + case.policy.survey_expiry, "final survey: expiry", partial(_expire, case))


def _remind(case: Case, due: datetime, now: datetime) -> None:
    case.survey_reminded = True
    case.note(EventKind.SURVEY_REMINDED, now, due=due)


def _expire(case: Case, due: datetime, now: datetime) -> None:
    case.note(EventKind.SURVEY_EXPIRED, now, due=due)
    case.end(after_resolution(case, Outcome.NO_ANSWER))


def _alarms(case: Case) -> Iterator[Due]:
    for kind, alarm in case.alarms.items():
        yield Due(alarm.next_at, f"alarm repeats: {kind}", partial(_repeat, case, kind))


def _repeat(case: Case, kind: str, due: datetime, now: datetime) -> None:
    """Widening: 5, 10, 20, 40 … minutes after the one before."""
    alarm = case.alarms[kind]
    alarm.repeats += 1
    alarm.next_at = now + case.policy.alarm_repeat * 2**alarm.repeats
    case.note(EventKind.ALARM_REPEATED, now, due=due, detail=kind)
