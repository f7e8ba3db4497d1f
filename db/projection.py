"""Writes a case's rows: timeline, case, attempts, reviews, alerts; once, in order, in one statement."""

from sqlalchemy import Connection, text

from domain.events import EventKind
from domain.projection import Record, Ticket

# One statement, because the timeline's lock orders all writers of the house: it must not be held while we talk to and
# fro. The same event twice changes nothing; another event under a used number violates (case_id, seq) and fails loudly.
# `served`: one ring serves both; reached here, the customer is reached in every other open case of theirs.
_STATEMENT = """
with told as (select * from jsonb_to_record(cast(:snapshot as jsonb)) as snapshot
  (seq int, stage text, outcome text, owner uuid, promise jsonb, attempts jsonb, reviews jsonb, alarms jsonb,
   reached_at timestamptz, first_attempt_at timestamptz, urgent_at timestamptz, ready_at timestamptz, waiting_for text,
   waiting_until timestamptz, goal_missed boolean, resolved_at timestamptz, cause text, solved boolean,
   one_conversation boolean, closed_at timestamptz, next_case uuid)),
state as (select cast(:case as uuid) as id, seq, stage, outcome, owner as owner_id,
  (promise->'original'->>'due')::timestamptz as promise_due, (promise->>'kept_at')::timestamptz as promise_kept_at,
  (promise->>'kept_by_log')::boolean as promise_kept_by_log,
  (promise->>'broken_at')::timestamptz as promise_broken_at, (promise->>'moved_at')::timestamptz as promise_moved_at,
  (promise->>'void')::boolean as promise_void, reached_at, first_attempt_at, urgent_at, ready_at, waiting_for,
  waiting_until, goal_missed, resolved_at, cause, solved, one_conversation, closed_at, next_case as next_id,
  cast(:snapshot as jsonb) as snapshot from told),
{case},
called as (insert into attempt (id, case_id, by, logged, inbound, started_at, answered_at, ended_at, outcome)
  select row.id, written.id, row.by, row.logged, coalesce(row.inbound, false), row.started_at, row.answered_at,
    row.ended_at, row.outcome
  from written, told, jsonb_to_recordset(told.attempts) as row
    (id uuid, by uuid, logged boolean, inbound boolean, started_at timestamptz, answered_at timestamptz,
     ended_at timestamptz, outcome text)
  on conflict (id) do update
    set answered_at = coalesce(excluded.answered_at, attempt.answered_at), ended_at = excluded.ended_at,
      outcome = excluded.outcome
    where attempt.case_id = excluded.case_id),
reviewed as (insert into review (id, case_id, asked_at, due, rung, forwarded, asked_back, answered_at)
  select row.id, written.id, row.asked_at, row.due, row.rung, row.forwarded, row.asked_back, row.answered_at
  from written, told, jsonb_to_recordset(told.reviews) as row
    (id uuid, asked_at timestamptz, due timestamptz, rung int, forwarded boolean, asked_back boolean,
     answered_at timestamptz)
  on conflict (id) do update set asked_at = excluded.asked_at, due = excluded.due, rung = excluded.rung,
    forwarded = excluded.forwarded, asked_back = excluded.asked_back, answered_at = excluded.answered_at
    where review.case_id = excluded.case_id),
alarm as (select written.id || ':' || (value->>'seq') as key, written.id as case_id, alarms.key as kind,
  (value->>'due')::timestamptz as due, (value->>'repeats')::int as repeats
  from written, told, jsonb_each(told.alarms) as alarms),
raised as (insert into alert (id, key, case_id, kind, due, raised_at, repeats)
  select gen_random_uuid(), key, case_id, kind, due, :at, repeats from alarm
  on conflict (key) do update set repeats = excluded.repeats),
calmed as (update alert set ended_at = :at, acknowledged_by = cast(:acknowledged_by as uuid),
    acknowledged_at = case when cast(:acknowledged_by as uuid) is not null then cast(:at as timestamptz) end
  from written
  where alert.case_id = written.id and alert.ended_at is null and alert.key not like 'inbox:%'
    and alert.key not in (select key from alarm)),
served as (insert into inbox (id, kind, key, case_id, body, urgent_at, received_at, attempts, next_try_at)
  select gen_random_uuid(), 'served_elsewhere', written.id || ':' || other.id, other.id,
    jsonb_build_object('id', written.id || ':' || other.id, 'at', cast(:reached_at as text), 'case', written.id),
    now(), now(), 0, now()
  from written join cases other on other.customer_id = written.customer_id and other.id <> written.id
  where cast(:reached_at as text) is not null and other.closed_at is null and other.reached_at is null
  on conflict (kind, key) do nothing)
insert into timeline (case_id, seq, event_id, kind, at, due, by, ref, detail)
select cast(:case as uuid), seq, id, kind, at, due, by, ref, detail
from jsonb_to_recordset(cast(:events as jsonb)) as event
  (seq int, id text, kind text, at timestamptz, due timestamptz, by uuid, ref uuid, detail text)
order by seq
on conflict (case_id, event_id) do nothing
"""

_COLUMNS = """seq, stage, outcome, owner_id, promise_due, promise_kept_at, promise_kept_by_log, promise_broken_at,
  promise_moved_at, promise_void, reached_at, first_attempt_at, urgent_at, ready_at, waiting_for, waiting_until,
  goal_missed, resolved_at, cause, solved, one_conversation, closed_at, next_id, snapshot"""

_OPENED = f"""
written as (insert into cases (id, customer_id, loop, previous_id, sibling_id, offered_to, source, product, policy,
    requested_at, {_COLUMNS})
  select response.id, :customer, :loop, :previous, :sibling, :offered_to, source, product, :policy,
    :requested_at, {_COLUMNS}
  from (select id as state_id, {_COLUMNS} from state) as state join
    (select id, source, product from response) as response on response.id = state.state_id
  on conflict (id) do nothing returning id, customer_id),
linked as (update cases set next_id = cast(:case as uuid) where id = :previous)
"""

_MOVED = """
written as (update cases set ({columns}) = (select {values} from state)
  where id = cast(:case as uuid) and seq < (select seq from state) returning id, customer_id)
""".format(columns=_COLUMNS, values=_COLUMNS.replace("next_id", "coalesce(next_id, cases.next_id)"))


_OPEN, _MOVE = text(_STATEMENT.format(case=_OPENED)), text(_STATEMENT.format(case=_MOVED))


def project(connection: Connection, record: Record) -> None:
    """Bring the rows to the record's sequence number. Twice changes nothing; it may commit by itself.

    Raises `IntegrityError` when another event already stands under one of the numbers.
    """
    statement, ticket = (_OPEN, _terms(record.ticket)) if record.ticket else (_MOVE, {})
    connection.execute(
        statement,
        {
            "case": record.snapshot.case,
            "snapshot": record.snapshot.model_dump_json(),
            "events": "[" + ",".join(event.model_dump_json() for event in record.events) + "]",
            "at": max(event.at for event in record.events),
            "acknowledged_by": next((e.by for e in record.events if e.kind is EventKind.ACKNOWLEDGED), None),
            "reached_at": next((e.at.isoformat() for e in record.events if e.kind is EventKind.CUSTOMER_REACHED), None),
            **ticket,
        },
    )


def _terms(ticket: Ticket) -> dict[str, object]:
    return ticket.model_dump()
