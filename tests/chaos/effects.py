"""Invariants of what went out, counted in the provider's own log."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from uuid import UUID

from activities.delivery import MAIL_EVENT_WAIT
from channels.simulator.log import Kind, Line
from db.outreach import Message
from domain.words import AttemptOutcome
from tests.chaos.evidence import Evidence


def no_attempt_rings_twice(evidence: Evidence) -> Iterator[str]:
    """Each attempt rings once; one given back for technical reasons, never; no telephone rings twice at a time."""
    rung = Counter(UUID(str(line.body["attempt_id"])) for line in evidence.lines_of(Kind.CALL))
    yield from (f"attempt {attempt} rang {count} times" for attempt, count in rung.items() if count > 1)
    known = {attempt.id: attempt for attempt in evidence.rows.attempts}
    yield from (f"the provider was asked for {attempt}, of which there is no row" for attempt in rung.keys() - known)
    for attempt in known.values():
        given_back = attempt.outcome == AttemptOutcome.TECHNICAL
        if not attempt.logged and given_back == bool(rung[attempt.id]):
            yield f"attempt {attempt.id} ended as {attempt.outcome} and rang {rung[attempt.id]} times"
    yield from _overlapping(evidence)


def _overlapping(evidence: Evidence) -> Iterator[str]:
    ended = {line.body["call_id"]: line.at for line in evidence.lines_of(Kind.EVENT) if line.body.get("outcome")}
    by_phone = defaultdict[str, list[Line]](list)
    for line in evidence.lines_of(Kind.CALL):
        by_phone[str(line.body["customer_phone"])].append(line)
    for calls in by_phone.values():
        for first, second in pairwise(calls):
            end = ended.get(first.body["provider_id"])
            if end is None or second.at < end:
                yield f"attempt {second.body['attempt_id']} rang while {first.body['attempt_id']} did"


def no_message_goes_out_twice(evidence: Evidence) -> Iterator[str]:
    """Each SMS once; a mail or an alert once more only after a doubt that lasted, which its row shows."""
    rows = {message.id: message for message in evidence.rows.messages}
    sent = defaultdict[UUID, list[Line]](list)
    for line in (*evidence.lines_of(Kind.SMS), *evidence.lines_of(Kind.MAIL), *evidence.lines_of(Kind.ALERT)):
        sent[UUID(str(line.body["message_id"]))].append(line)
    yield from (f"message {message} went out, and has no row" for message in sent.keys() - rows)
    for message_id, lines in sent.items():
        row = rows.get(message_id)
        if row and len(lines) > 1 and len(lines) > _allowed(row, lines):
            yield f"{row.template} {message_id} went out {len(lines)} times by {row.channel}"
    for message in rows.values():
        if message.state in ("accepted", "delivered") and not sent[message.id]:
            yield f"{message.template} {message.id} is {message.state}, and never went out"


def _allowed(row: Message, lines: Sequence[Line]) -> int:
    """How often it may have gone out: of a mail nobody can say in time whether it did, a doubled alert is harmless."""
    if row.channel == "alert":
        return row.attempts
    doubted = row.channel == "mail" and lines[1].at - lines[0].at >= MAIL_EVENT_WAIT
    return min(row.attempts, 2) if doubted else 1
