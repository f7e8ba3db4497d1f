"""Writes a case's rows: timeline, case, attempts, reviews, alerts; once, in order, in one transaction."""

import json

from sqlalchemy import Connection, text

from domain.events import EventKind
from domain.projection import Record, Ticket
from domain.state import Snapshot

# The timeline comes first: its statement lock orders all writers. The same event twice changes nothing; another
# event under a used number violates (case_id, seq) and fails loudly.
_APPEND = text("""
insert into timeline (case_id, seq, event_id, kind, at, due, by, ref, detail)
select :case, seq, id, kind, at, due, by, ref, detail
from jsonb_to_recordset(cast(:events as jsonb)) as event
  (seq int, id text, kind text, at timestamptz, due timestamptz, by uuid, ref uuid, detail text)
order by seq
on conflict (case_id, event_id) do nothing
""")

_OPEN = text("""
insert into cases (id, seq, customer_id, loop, previous_id, sibling_id, offered_to, source, product, policy, stage,
  requested_at, promise_kept_by_log, promise_void, goal_missed, snapshot)
select :case, 0, :customer, :loop, :previous, :sibling, :offered_to, source, product, :policy, 'awaiting_callback',
  :requested_at, false, false, false, '{}'
from response where id = :case
on conflict (id) do nothing
""")

_LINK_BACK = text("update cases set next_id = :case where id = :previous")

_UPDATE = text("""
with told as (select * from jsonb_to_record(cast(:snapshot as jsonb)) as snapshot
  (seq int, stage text, outcome text, owner uuid, promise jsonb, reached_at timestamptz, first_attempt_at timestamptz,
   urgent_at timestamptz, ready_at timestamptz, waiting_for text, waiting_until timestamptz, goal_missed boolean,
   resolved_at timestamptz, cause text, solved boolean, one_conversation boolean, closed_at timestamptz,
   next_case uuid))
update cases set seq = told.seq, stage = told.stage, outcome = told.outcome, owner_id = told.owner,
  promise_due = (told.promise->'original'->>'due')::timestamptz,
  promise_kept_at = (told.promise->>'kept_at')::timestamptz,
  promise_kept_by_log = (told.promise->>'kept_by_log')::boolean,
  promise_broken_at = (told.promise->>'broken_at')::timestamptz,
  promise_moved_at = (told.promise->>'moved_at')::timestamptz,
  promise_void = (told.promise->>'void')::boolean,
  reached_at = told.reached_at, first_attempt_at = told.first_attempt_at, urgent_at = told.urgent_at,
  ready_at = told.ready_at, waiting_for = told.waiting_for, waiting_until = told.waiting_until,
  goal_missed = told.goal_missed, resolved_at = told.resolved_at, cause = told.cause, solved = told.solved,
  one_conversation = told.one_conversation, closed_at = told.closed_at,
  next_id = coalesce(told.next_case, cases.next_id), snapshot = cast(:snapshot as jsonb)
from told where cases.id = :case and cases.seq < told.seq
""")

_ATTEMPTS = text("""
insert into attempt (id, case_id, by, logged, started_at, answered_at, ended_at, outcome)
select id, :case, by, logged, started_at, answered_at, ended_at, outcome
from jsonb_to_recordset(cast(:rows as jsonb)) as attempt
  (id uuid, by uuid, logged boolean, started_at timestamptz, answered_at timestamptz, ended_at timestamptz,
   outcome text)
on conflict (id) do update
  set answered_at = excluded.answered_at, ended_at = excluded.ended_at, outcome = excluded.outcome
  where attempt.case_id = excluded.case_id
""")

_REVIEWS = text("""
insert into review (id, case_id, asked_at, due, rung, forwarded, asked_back, answered_at)
select id, :case, asked_at, due, rung, forwarded, asked_back, answered_at
from jsonb_to_recordset(cast(:rows as jsonb)) as review
  (id uuid, asked_at timestamptz, due timestamptz, rung int, forwarded boolean, asked_back boolean,
   answered_at timestamptz)
on conflict (id) do update set asked_at = excluded.asked_at, due = excluded.due, rung = excluded.rung,
  forwarded = excluded.forwarded, asked_back = excluded.asked_back, answered_at = excluded.answered_at
  where review.case_id = excluded.case_id
""")

_RAISE_ALERTS = text("""
insert into alert (id, key, case_id, kind, due, raised_at, repeats)
select gen_random_uuid(), :case || ':' || (value->>'seq'), cast(:case as uuid), key, (value->>'due')::timestamptz,
  :at, (value->>'repeats')::int
from jsonb_each(cast(:alarms as jsonb))
on conflict (key) do update set repeats = excluded.repeats
""")

_END_ALERTS = text("""
update alert set ended_at = :at, acknowledged_at = case when :acknowledged then :at end, acknowledged_by = :by
where case_id = cast(:case as uuid) and ended_at is null
  and not exists (select from jsonb_each(cast(:alarms as jsonb)) where :case || ':' || (value->>'seq') = alert.key)
""")

# One ring serves both: reached here, reached in every other open case of the same customer.
_SERVE_SIBLINGS = text("""
insert into inbox (id, kind, key, case_id, body, urgent_at, received_at, attempts, next_try_at)
select gen_random_uuid(), 'served_elsewhere', :case || ':' || other.id, other.id,
  jsonb_build_object('id', :case || ':' || other.id, 'at', cast(:at as text), 'case', cast(:case as text)),
  now(), now(), 0, now()
from cases this join cases other on other.customer_id = this.customer_id and other.id <> this.id
where this.id = cast(:case as uuid) and other.closed_at is null and other.reached_at is null
on conflict (kind, key) do nothing
""")


def project(connection: Connection, record: Record) -> None:
    """Bring the rows to the record's sequence number. Doing it twice changes nothing; the caller commits.

    Raises `IntegrityError` when another event already stands under one of the numbers.
    """
    snapshot = record.snapshot
    case = {"case": snapshot.case}
    events = "[" + ",".join(event.model_dump_json() for event in record.events) + "]"
    connection.execute(_APPEND, {**case, "events": events})
    if record.ticket:
        _open(connection, snapshot, record.ticket)
    document = snapshot.model_dump_json()
    written = connection.execute(_UPDATE, {**case, "snapshot": document}).rowcount
    if written:
        _follow(connection, record)


def _open(connection: Connection, snapshot: Snapshot, ticket: Ticket) -> None:
    connection.execute(_OPEN, {"case": snapshot.case, **ticket.model_dump()})
    if ticket.previous:
        connection.execute(_LINK_BACK, {"case": snapshot.case, "previous": ticket.previous})


def _follow(connection: Connection, record: Record) -> None:
    snapshot = record.snapshot
    document = snapshot.model_dump(mode="json", include={"attempts", "reviews", "alarms"})
    for statement, rows in ((_ATTEMPTS, "attempts"), (_REVIEWS, "reviews")):
        if document[rows]:
            connection.execute(statement, {"case": snapshot.case, "rows": json.dumps(document[rows])})
    _tell_alerts(connection, record, json.dumps(document["alarms"]))
    for event in record.events:
        if event.kind is EventKind.CUSTOMER_REACHED:
            connection.execute(_SERVE_SIBLINGS, {"case": str(snapshot.case), "at": event.at.isoformat()})


def _tell_alerts(connection: Connection, record: Record, alarms: str) -> None:
    at = max(event.at for event in record.events)
    by = next((event.by for event in record.events if event.kind is EventKind.ACKNOWLEDGED), None)
    values = {"case": str(record.snapshot.case), "at": at, "alarms": alarms}
    connection.execute(_END_ALERTS, {**values, "by": by, "acknowledged": by is not None})
    if record.snapshot.alarms:
        connection.execute(_RAISE_ALERTS, values)
