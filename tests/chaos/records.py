"""Invariants of what is on record: responses, cases, workflows, timelines."""

from collections import Counter
from collections.abc import Iterator

from channels.errors import RefusedReason
from db.casework import Case
from db.inbox import CONTACT_REQUEST
from db.outreach import SETTLED
from domain.state import Snapshot
from tests.chaos.evidence import Evidence, Live, Played
from tests.chaos.timelines import counted, mismatch


def every_response_has_one_case(evidence: Evidence) -> Iterator[str]:
    """Every response that was answered with a 2xx has exactly one case, and no case has another reason."""
    for lost in evidence.accepted - evidence.rows.cases.keys():
        yield f"{lost} was accepted, and has no case"
    by_name = Counter((one.source, one.form, one.external_id) for one in evidence.rows.responses)
    yield from (f"{name} is stored {count} times" for name, count in by_name.items() if count > 1)
    for case, row in evidence.rows.cases.items():
        if case not in evidence.accepted and row.previous_id is None:
            yield f"{case} has no response that was accepted"
    requests = Counter(row.case_id for row in evidence.rows.inbox if row.kind == CONTACT_REQUEST)
    if requests != Counter(evidence.rows.cases.keys()):
        yield f"contact requests and cases differ: {requests - Counter(evidence.rows.cases.keys())}"
    if evidence.workflows != len(evidence.rows.cases):
        yield f"there are {evidence.workflows} workflows for {len(evidence.rows.cases)} cases"


def rows_equal_workflows(evidence: Evidence) -> Iterator[str]:
    """Each case's rows equal its workflow's snapshot, and a completed workflow's result."""
    for case, row in evidence.rows.cases.items():
        live = evidence.live[case]
        yield from (f"{case}: {complaint}" for complaint in _differences(evidence, row, live))


def _differences(evidence: Evidence, row: Case, live: Live) -> Iterator[str]:
    stored, snapshot = Snapshot.model_validate(row.snapshot), live.snapshot
    if snapshot is None:
        yield "its workflow cannot be asked"
        return
    for name in Snapshot.model_fields:
        if getattr(stored, name) != getattr(snapshot, name):
            yield f"{name} is {getattr(stored, name)} in the row, {getattr(snapshot, name)} in the workflow"
    for name, value in _columns(snapshot).items():
        if getattr(row, name) != value:
            yield f"column {name} is {getattr(row, name)}, the workflow says {value}"
    if live.outcome is not None and live.outcome != row.outcome:
        yield f"the workflow's result is {live.outcome}, the row says {row.outcome}"
    yield from _attempts_and_reviews(evidence, snapshot)
    raised = {alert.key for alert in evidence.rows.alerts if alert.case_id == row.id and alert.ended_at is None}
    if raised != {f"{row.id}:{alarm.seq}" for alarm in snapshot.alarms.values()}:
        yield f"alerts {raised} are open, the workflow's alarms are {set(snapshot.alarms)}"


def _columns(snapshot: Snapshot) -> dict[str, object]:
    same = ("seq", "stage", "outcome", "reached_at", "first_attempt_at", "urgent_at", "ready_at", "waiting_for")
    more = ("waiting_until", "goal_missed", "resolved_at", "cause", "solved", "one_conversation", "closed_at")
    promise = snapshot.promise
    return {name: getattr(snapshot, name) for name in (*same, *more)} | {
        "owner_id": snapshot.owner,
        "promise_due": promise.due,
        "promise_kept_at": promise.kept_at,
        "promise_broken_at": promise.broken_at,
        "promise_moved_at": promise.moved_at,
        "promise_void": promise.void,
        "next_id": snapshot.next_case,
    }


def _attempts_and_reviews(evidence: Evidence, snapshot: Snapshot) -> Iterator[str]:
    rows = {one.id: (one.outcome, one.ended_at) for one in evidence.rows.attempts if one.case_id == snapshot.case}
    if rows != {one.id: (one.outcome, one.ended_at) for one in snapshot.attempts}:
        yield f"its attempts differ: {rows} in the rows, {snapshot.attempts} in the workflow"
    asked = {one.id: (one.rung, one.answered_at) for one in evidence.rows.reviews if one.case_id == snapshot.case}
    if asked != {one.id: (one.rung, one.answered_at) for one in snapshot.reviews}:
        yield f"its reviews differ: {asked} in the rows, {snapshot.reviews} in the workflow"


def every_history_replays(evidence: Evidence) -> Iterator[str]:
    """Every history leads the code to the same commands: a worker that takes a case over is not stopped by its past."""
    yield from (f"{case}: {live.no_replay}" for case, live in evidence.live.items() if live.no_replay)


def cases_end_as_scripted(evidence: Evidence) -> Iterator[str]:
    """Every case went by its script, to its end."""
    for played in evidence.played:
        yield from (f"{played.script.name} {played.cases}: {complaint}" for complaint in _against(evidence, played))


def _against(evidence: Evidence, played: Played) -> Iterator[str]:
    if played.failure:
        yield played.failure
    script = played.script
    if len(played.cases) != len(script.outcomes):
        yield f"{len(played.cases)} of {len(script.outcomes)} cases came to be"
    for case, pattern, outcome in zip(played.cases, script.timelines, script.outcomes, strict=False):
        if complaint := mismatch(pattern, evidence.rows.timelines.get(case, ())):
            yield complaint
        if case in evidence.rows.cases and evidence.rows.cases[case].outcome != outcome:
            yield f"its outcome is {evidence.rows.cases[case].outcome} instead of {outcome}"
        if case in evidence.live and evidence.live[case].status != "COMPLETED":
            yield f"its workflow is {evidence.live[case].status}"


def timelines_are_whole(evidence: Evidence) -> Iterator[str]:
    """Every case's steps are numbered 1 to n, as its row says, without gap or double, and were told live."""
    for case, steps in evidence.rows.timelines.items():
        numbers = [step.seq for step in steps]
        if numbers != list(range(1, len(numbers) + 1)):
            yield f"{case}: its steps are numbered {numbers}"
        if len({step.event_id for step in steps}) != len(steps):
            yield f"{case}: a step is on record twice"
        if case in evidence.rows.cases and evidence.rows.cases[case].seq != len(steps):
            yield f"{case}: {len(steps)} steps, but its row stands at {evidence.rows.cases[case].seq}"
        if unheard := set(numbers) - evidence.heard.get(case, frozenset()):
            yield f"{case}: the live events told nothing of steps {sorted(unheard)}"
        yield from (f"{case}: {complaint}" for complaint in counted(evidence.rows.cases[case], steps))


def nothing_is_left_undone(evidence: Evidence) -> Iterator[str]:
    """Every stored fact reached its case, every message is settled, and nobody had to be called for help."""
    for row in evidence.rows.inbox:
        if row.done_at is None:
            yield f"{row.kind} of {row.case_id} did not arrive: {row.error} after {row.attempts} tries"
    for alert in evidence.rows.alerts:
        if alert.kind == "fact_stuck" and alert.ended_at is None:
            yield f"{alert.case_id}: a fact is stuck"
    for message in evidence.rows.messages:
        stopped = message.error == RefusedReason.OPTED_OUT  # they wrote STOP before we heard of it
        if message.state not in SETTLED or (message.state == "failed" and not stopped):
            yield f"{message.template} of {message.case_id} by {message.channel} is {message.state} ({message.error})"
