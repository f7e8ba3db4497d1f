"""Evidence spoilt on purpose, one way an invariant: a check that finds nothing must be able to find something."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

from channels.simulator.log import Kind
from db.casework import Timeline
from db.inbox import CONTACT_REQUEST
from db.intake import Inbox
from db.outreach import Message
from domain.events import EventKind
from tests.chaos import effects, invariants, ladders, records
from tests.chaos.evidence import Evidence
from tests.chaos.invariants import Invariant

Tampering = Callable[[Evidence], Evidence]


def _lose_a_case(evidence: Evidence) -> Evidence:
    return replace(evidence, accepted=evidence.accepted | {uuid4()})


def _request_twice(evidence: Evidence) -> Evidence:
    request = next(row for row in evidence.rows.inbox if row.kind == CONTACT_REQUEST)
    return replace(evidence, rows=replace(evidence.rows, inbox=[*evidence.rows.inbox, request]))


def _start_another_workflow(evidence: Evidence) -> Evidence:
    return replace(evidence, workflows=evidence.workflows + 1)


def _forget_the_owner(evidence: Evidence) -> Evidence:
    for case, live in evidence.live.items():
        if live.snapshot and live.snapshot.owner:
            forgetful = replace(live, snapshot=live.snapshot.model_copy(update={"owner": None}))
            return replace(evidence, live={**evidence.live, case: forgetful})
    raise AssertionError("nobody owns a case")


def _end_otherwise(evidence: Evidence) -> Evidence:
    case, live = next(iter(evidence.live.items()))
    return replace(evidence, live={**evidence.live, case: replace(live, outcome="merged")})


def _do_not_replay(evidence: Evidence) -> Evidence:
    case, live = next(iter(evidence.live.items()))
    return replace(evidence, live={**evidence.live, case: replace(live, no_replay="nondeterminism")})


def _stop_a_player(evidence: Evidence) -> Evidence:
    first, *others = evidence.played
    return replace(evidence, played=[replace(first, failure="gave up"), *others])


def _without_step(kind: EventKind) -> Tampering:
    def tamper(evidence: Evidence) -> Evidence:
        case, steps = _with(evidence, kind)
        lost = next(step for step in steps if step.kind == kind)
        return _told(evidence, case, [step for step in steps if step is not lost])

    return tamper


def _with_step_twice(kind: EventKind) -> Tampering:
    def tamper(evidence: Evidence) -> Evidence:
        case, steps = _with(evidence, kind)
        doubled = next(step for step in steps if step.kind == kind)
        return _told(evidence, case, [*steps, doubled])

    return tamper


def _too_early(evidence: Evidence) -> Evidence:
    case, steps = _with(evidence, EventKind.PROMISE_BROKEN)
    broken = next(step for step in steps if step.kind == EventKind.PROMISE_BROKEN)
    early = [Timeline(**{**broken.model_dump(), "at": broken.at - timedelta(days=1)})]
    return _told(evidence, case, [*early, *(step for step in steps if step is not broken)])


def _before_dawn(evidence: Evidence) -> Evidence:
    assert evidence.up
    return replace(evidence, up=evidence.up + timedelta(days=1))


def _send_again(kind: Kind) -> Tampering:
    def tamper(evidence: Evidence) -> Evidence:
        return replace(evidence, lines=[*evidence.lines, evidence.lines_of(kind)[0]])

    return tamper


def _ring_for_nobody(evidence: Evidence) -> Evidence:
    line = evidence.lines_of(Kind.CALL)[0]
    unknown = line.model_copy(update={"body": {**line.body, "attempt_id": str(uuid4())}})
    return replace(evidence, lines=[*evidence.lines, unknown])


def _never_sent(evidence: Evidence) -> Evidence:
    return replace(evidence, lines=[line for line in evidence.lines if line.kind is not Kind.SMS])


def _hear_nothing(evidence: Evidence) -> Evidence:
    return replace(evidence, heard={})


def _leave_a_fact(evidence: Evidence) -> Evidence:
    first, *others = evidence.rows.inbox
    waiting = Inbox(**{**first.model_dump(), "done_at": None})
    return replace(evidence, rows=replace(evidence.rows, inbox=[waiting, *others]))


def _lose_a_message(evidence: Evidence) -> Evidence:
    first, *others = evidence.rows.messages
    lost = Message(**{**first.model_dump(), "state": "failed", "error": "lost"})
    return replace(evidence, rows=replace(evidence.rows, messages=[lost, *others]))


def _answer_with_500(evidence: Evidence) -> Evidence:
    return replace(evidence, tally={"500 POST /webhooks": 1})


def _miss(evidence: Evidence) -> Evidence:
    first, *others = evidence.disruptions
    return replace(evidence, disruptions=[replace(first, struck=False), *others])


def _with(evidence: Evidence, kind: EventKind) -> tuple[UUID, Sequence[Timeline]]:
    return next(one for one in evidence.rows.timelines.items() if any(step.kind == kind for step in one[1]))


def _told(evidence: Evidence, case: UUID, steps: Sequence[Timeline]) -> Evidence:
    timelines: Mapping[UUID, Sequence[Timeline]] = {**evidence.rows.timelines, case: steps}
    return replace(evidence, rows=replace(evidence.rows, timelines=timelines))


CASES: tuple[tuple[Invariant, Tampering], ...] = (
    (invariants.every_blow_struck, _miss),
    (records.every_response_has_one_case, _lose_a_case),
    (records.every_response_has_one_case, _request_twice),
    (records.every_response_has_one_case, _start_another_workflow),
    (records.rows_equal_workflows, _forget_the_owner),
    (records.rows_equal_workflows, _end_otherwise),
    (records.every_history_replays, _do_not_replay),
    (records.cases_end_as_scripted, _stop_a_player),
    (records.cases_end_as_scripted, _without_step(EventKind.CLAIMED)),
    (records.cases_end_as_scripted, _with_step_twice(EventKind.RESOLVED)),
    (ladders.no_step_of_a_ladder_is_skipped_or_doubled, _without_step(EventKind.PROMISE_WARNED)),
    (ladders.no_step_of_a_ladder_is_skipped_or_doubled, _with_step_twice(EventKind.PROMISE_BROKEN)),
    (ladders.no_step_of_a_ladder_is_skipped_or_doubled, _with_step_twice(EventKind.NEXT_ATTEMPT_DUE)),
    (ladders.no_step_of_a_ladder_is_skipped_or_doubled, _with_step_twice(EventKind.REVIEW_OVERDUE)),
    (ladders.no_step_of_a_ladder_is_skipped_or_doubled, _too_early),
    (effects.no_attempt_rings_twice, _send_again(Kind.CALL)),
    (effects.no_attempt_rings_twice, _ring_for_nobody),
    (effects.no_message_goes_out_twice, _send_again(Kind.SMS)),
    (effects.no_message_goes_out_twice, _send_again(Kind.MAIL)),
    (effects.no_message_goes_out_twice, _never_sent),
    (records.timelines_are_whole, _without_step(EventKind.CUSTOMER_ANSWERED)),
    (records.timelines_are_whole, _with_step_twice(EventKind.RESPONSE_AMENDED)),
    (records.timelines_are_whole, _hear_nothing),
    (records.nothing_is_left_undone, _leave_a_fact),
    (records.nothing_is_left_undone, _lose_a_message),
    (ladders.what_fell_due_in_the_dark_happened_at_dawn, _before_dawn),
    (ladders.what_fell_due_in_the_dark_happened_at_dawn, _with_step_twice(EventKind.SURVEY_REMINDED)),
    (invariants.an_outage_is_told_as_one, _answer_with_500),
)
"""Which invariant must notice what."""
