"""Invariants of the clock: every deadline once, in order, with the time it was due, also over a night."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from db.casework import Case, Timeline
from domain.agenda import SEVERITY
from domain.events import EventKind
from domain.state import Snapshot
from tests.chaos.evidence import Evidence

WHEN_DUE = frozenset(
    {
        EventKind.PROMISE_WARNED,
        EventKind.PROMISE_BROKEN,
        EventKind.NEXT_ATTEMPT_DUE,
        EventKind.REVIEW_OVERDUE,
        EventKind.SURVEY_REMINDED,
        EventKind.ALARM_REPEATED,
        EventKind.CALL_ASKED_AFTER,
    }
)
"""Steps of the clock, whose `due` is the instant they had to happen."""


def no_step_of_a_ladder_is_skipped_or_doubled(evidence: Evidence) -> Iterator[str]:
    """Warnings, breach, next attempts and overdue reviews: each once, in order, with the time it was due."""
    for case, steps in evidence.rows.timelines.items():
        complaints = (*_promise_ladder(evidence.rows.cases[case], steps), *_other_ladders(steps))
        yield from (f"{case}: {complaint}" for complaint in complaints)


def _promise_ladder(case: Case, steps: Sequence[Timeline]) -> Iterator[str]:
    promise = Snapshot.model_validate(case.snapshot).promise
    if promise.original is None:
        return
    warned = [(step.detail, step.due) for step in steps if step.kind == EventKind.PROMISE_WARNED]
    wanted = [(f"{warning.fraction:.0%}", warning.due) for warning in promise.original.warnings]
    if warned != wanted[: len(warned)]:
        yield f"warned of the promise {warned} instead of {wanted}"
    decided = promise.kept_at or promise.moved_at or promise.broken_at
    missing = [due for _, due in wanted[len(warned) :] if decided and due <= decided]
    if missing:
        yield f"nobody was warned at {missing}, the promise was decided at {decided}"
    broken = [step.due for step in steps if step.kind == EventKind.PROMISE_BROKEN]
    if broken != ([promise.due] if promise.broken_at else broken[:0]):
        yield f"broken at {broken}, due {promise.due}, on record as broken at {promise.broken_at}"


def _other_ladders(steps: Sequence[Timeline]) -> Iterator[str]:
    for step in steps:
        if step.kind in WHEN_DUE and (step.due is None or step.at < step.due):
            yield f"{step.kind} happened at {step.at}, before it was due at {step.due}"
    planned = [step.due for step in steps if step.kind == EventKind.NEXT_ATTEMPT_PLANNED]
    due = [step.due for step in steps if step.kind == EventKind.NEXT_ATTEMPT_DUE]
    if due != planned:
        yield f"next attempts were planned for {planned}, and fell due at {due}"
    for kind in (EventKind.REVIEW_OVERDUE, EventKind.ALARM_REPEATED):
        dues = [step.due for step in steps if step.kind == kind and step.due]
        if any(later <= earlier for earlier, later in pairwise(dues)):
            yield f"{kind} does not climb: {dues}"
    rungs = [step.detail for step in steps if step.kind == EventKind.REVIEW_OVERDUE]
    if rungs != ["1", "2", "3"][: len(rungs)]:
        yield f"reviews were overdue by rungs {rungs}"


def what_fell_due_in_the_dark_happened_at_dawn(evidence: Evidence) -> Iterator[str]:
    """Deadlines that fell due while all was down fire on the way up, with the time they were due; one alert each."""
    if evidence.down is None or evidence.up is None:
        if evidence.sleepers:
            yield "there was no night"
        return
    for sleeper in evidence.sleepers:
        if not evidence.down < sleeper.due < evidence.up:
            yield f"{sleeper.step} fell due at {sleeper.due}, outside the night {evidence.down} – {evidence.up}"
        late = [step for step in evidence.rows.timelines.get(sleeper.case, ()) if _in_the_dark(evidence, step)]
        found = [step for step in late if step.kind == sleeper.step and step.due == sleeper.due]
        if len(found) != 1:
            yield f"{sleeper.case}: {sleeper.step}, due {sleeper.due}, happened {len(found)} times"
        yield from (f"{sleeper.case}: {step.kind} at {step.at}" for step in late if step.at < evidence.up)
        yield from _loud(evidence, late)


def _in_the_dark(evidence: Evidence, step: Timeline) -> bool:
    if step.due is None or evidence.down is None or evidence.up is None:
        return False
    return step.kind in WHEN_DUE and evidence.down < step.due < evidence.up


def _loud(evidence: Evidence, late: Sequence[Timeline]) -> Iterator[str]:
    """Of what fell due in one night, only the gravest alerts."""
    alerting = (step for step in late if step.kind in SEVERITY)
    grave = sorted(alerting, key=lambda step: SEVERITY.index(EventKind(step.kind)))
    for step in grave[:-1]:
        key = f"{step.case_id}:{step.seq}:"
        if any(message.key.startswith(key) and message.channel == "alert" for message in evidence.rows.messages):
            yield f"{step.case_id}: {step.kind} {step.detail} alerted beside {grave[-1].kind}"
