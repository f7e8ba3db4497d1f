"""The statements that draw many cases and write their rows."""

TABLES = (
    "staff",
    "customer",
    "response",
    "cases",
    "attempt",
    "finalsurvey",
    "link",
    "message",
    "timeline",
    "inbox",
    "tally",
)

SETTINGS = (
    # Neither does each of a million rows wake the readers, nor is it checked by itself.
    "set local session_replication_role = replica",
    "set local synchronous_commit = off",
    "set local work_mem = '256MB'",
    "set local jit = off",
)

_STAFF = """
insert into staff (id, name, role, language, active)
select gen_random_uuid(), 'Specialist ' || n, 'specialist', 'ru', true from generate_series(1, :staff) as n
"""

# Most come in by day; an id of version 7 says when, as those of the product do. A tenth of the customers come back.
_REQUESTS = """
create temporary table asked on commit drop as
select n, ended, random() as d1, random() as d2, random() as d3, random() as d4, random() as d5, random() as d6,
  cast(lpad(to_hex(cast(extract(epoch from at) * 1000 as bigint)), 12, '0') || '7'
    || substr(replace(cast(gen_random_uuid() as text), '-', ''), 14) as uuid) as id,
  cast(n as bigint) * 7919 % :customers as customer, at as requested_at,
  case when d_source < 0.7 then 'typeform' when d_source < 0.9 then 'formbricks' else 'generic' end as source,
  (array['antivirus', 'antivirus', 'antivirus', 'internet_security', 'internet_security', 'business', 'mobile'])
    [1 + floor(8 * d_product)] as product,
  at + case when d_due < 0.84 then interval '1 hour' when d_due < 0.99 then d_hours * interval '14 hours' end as due,
  (array['activation', 'slow_computer', 'network_setup', 'licence', 'renewal', 'removal', 'payment', 'update',
    'false_alarm', 'parental_control', 'not_ours', 'other'])[1 + floor(12 * power(d_cause, 2.5))] as cause,
  (array(select id from staff order by name))[1 + floor(:staff * d_owner)] as owner
from (
  select n, n <= :closed as ended, case when n <= :closed
      then cast(:now as timestamptz) - interval '9 days' - random() * cast(:days as float8) * interval '1 day'
      else cast(:now as timestamptz) - power(random(), 2) * interval '2 days' end as at,
    random() as d_source, random() as d_product, random() as d_due, random() as d_hours, random() as d_cause,
    random() as d_owner
  from generate_series(1, :cases) as n
) as drawn
order by at
"""

# What happened when. d1: how the callback went; d2: when the first call was; d3: how long the work took; d4: how it
# ended; d5: the final survey's score; d6: when it was answered.
_STEPS = """
create temporary table drawn on commit drop as
select *,
  case when fate in ('withdrawn', 'wrong_number', 'unreachable') then requested_at + took
    when answered_at is not null then answered_at when asked then resolved_at + interval '7 days'
    else resolved_at end as ended_at,
  case when fate in ('withdrawn', 'wrong_number', 'unreachable') then fate when not solved then 'unsolved'
    when answered_at is not null then 'answered' when asked then 'no_answer' else 'not_asked' end as outcome
from (
  select *, case when asked and d6 < 0.45 then resolved_at - ln(1 - d6 / 0.45) * interval '20 hours' end as answered_at
  from (
    select *, reached_at + took as resolved_at, reached_at is not null and d4 < 0.93 as solved,
      reached_at is not null and d4 < 0.9 as asked
    from (
      select *, case when fate in ('withdrawn', 'wrong_number') then null else first_at end as first_attempt_at,
        case fate when 'reached' then first_at when 'reached_later' then first_at + d4 * interval '20 hours' end
          as reached_at
      from (
        select *, requested_at - ln(1 - d2) * interval '18 minutes' as first_at,
          power(-ln(1 - d3), 2.2) * interval '50 minutes' as took,
          case when d1 < 0.02 then 'withdrawn' when d1 < 0.04 then 'wrong_number' when d1 < 0.09 then 'unreachable'
            when d1 < 0.2 then 'reached_later' else 'reached' end as fate
        from asked
      ) as called
    ) as reached
  ) as resolved
) as answered
"""

# An open case stands somewhere on the way: what is not behind it has not happened.
_OPEN = """
update drawn set outcome = null, ended_at = null, answered_at = null, asked = false,
  first_attempt_at = case when d5 >= 0.6 and fate like 'reached%' then requested_at + 0.3 * (:now - requested_at) end,
  reached_at = case when d5 >= 0.6 and fate like 'reached%' then requested_at + 0.3 * (:now - requested_at) end,
  resolved_at = case when d5 >= 0.95 and fate like 'reached%' then requested_at + 0.6 * (:now - requested_at) end,
  owner = case when d5 >= 0.6 and fate like 'reached%' then owner end,
  fate = case when d5 < 0.6 or fate not like 'reached%' then 'awaiting_callback' when d5 < 0.85 then 'in_progress'
    when d5 < 0.95 then 'under_review' else 'resolved' end
where not ended
"""

DRAW = (_STAFF, _REQUESTS, _STEPS, _OPEN, "create index on drawn (id)", "analyze drawn")

_CUSTOMERS = """
insert into customer (id, external_id, invited_email, email, name, address_form, phone, language, zone, city, version,
  created_at)
select gen_random_uuid(), 'C-' || customer, 'customer' || customer || '@example.com',
  'customer' || customer || '@example.com', 'Customer ' || customer, 'Customer',
  '+7900' || lpad(cast(customer as text), 7, '0'), 'ru', 'Europe/Moscow', 'Moscow', 1, min(requested_at)
from drawn group by customer order by customer
"""

_RESPONSES = """
insert into response (id, source, form, external_id, version, finished, submitted_at, received_at, customer_id,
  language, product, policy, answers, nps, comment, name, email, phone_typed, phone, contact_requested_at, promise)
select drawn.id, source, 'after-purchase', 'r-' || n, requested_at, true, requested_at, requested_at, customer.id, 'ru',
  product, 'standard', jsonb_build_array(
    jsonb_build_object('id', 'q1', 'question', 'How likely are you to recommend us?', 'answer', n % 11),
    jsonb_build_object('id', 'q2', 'question', 'What can we do better?', 'answer', repeat('Please call me. ', 8))),
  n % 11, repeat('Please call me. ', 8), customer.name, customer.email, customer.phone, customer.phone, requested_at,
  jsonb_build_object('requested_at', requested_at, 'due', due)
from drawn join customer on customer.external_id = 'C-' || drawn.customer
"""

_CASES = """
insert into cases (id, seq, customer_id, loop, source, product, policy, stage, outcome, owner_id, requested_at,
  promise_due, promise_kept_at, promise_kept_by_log, promise_broken_at, promise_moved_at, promise_void, reached_at,
  first_attempt_at, urgent_at, waiting_for, waiting_until, goal_missed, resolved_at, cause, solved, one_conversation,
  closed_at, snapshot)
select drawn.id, 12, customer.id, 1, source, product, 'standard', case when ended then 'closed' else fate end, outcome,
  owner, requested_at, due, case when first_at < due and not moved and not void then first_attempt_at end,
  d2 > 0.9 and d2 < 0.93,
  case when (first_at >= due or first_attempt_at is null) and not moved and not void and due < seen then due end,
  case when moved then requested_at + 0.5 * (due - requested_at) end, void, reached_at, first_attempt_at,
  case when not ended and fate <> 'resolved' then coalesce(due, requested_at) + d4 * interval '1 day' end,
  case when not ended then 'deadline' end, case when not ended then due + d4 * interval '1 day' end,
  coalesce(resolved_at, seen) > requested_at + interval '24 hours', resolved_at,
  case when resolved_at is not null then cause end, case when resolved_at is not null then solved end,
  case when resolved_at is not null then d3 < 0.62 end, ended_at,
  jsonb_build_object('case', drawn.id, 'seq', 12, 'stage', fate, 'number_usable', not void, 'alarms', '{}',
    'filling', repeat(md5(cast(drawn.id as text)), 36))
from drawn join customer on customer.external_id = 'C-' || drawn.customer,
  lateral (select d3 > 0.96 and due is not null and fate like 'reached%' as moved, coalesce(ended_at, now()) as seen,
    fate in ('withdrawn', 'wrong_number') and d5 < 0.8 as void) as promise
"""

# Pages of the staff read the state of an open case from its snapshot.
_OPEN_SNAPSHOTS = """
update cases set snapshot = snapshot || jsonb_build_object('stage', stage, 'outcome', outcome, 'owner', owner_id,
    'tries', 0, 'attempts', cast('[]' as jsonb), 'reviews', cast('[]' as jsonb), 'alarms', cast('{}' as jsonb))
  || jsonb_build_object('promise', jsonb_build_object('kept_at', promise_kept_at, 'broken_at', promise_broken_at,
    'moved_at', promise_moved_at, 'void', promise_void, 'original', case when promise_due is not null then
      jsonb_build_object('requested_at', requested_at, 'due', promise_due, 'warnings', cast('[]' as jsonb)) end))
  || jsonb_build_object('callback', case when promise_kept_at is null then urgent_at end, 'deadline', null,
    'next_attempt', null, 'reached_at', reached_at, 'first_attempt_at', first_attempt_at, 'resolved_at', resolved_at,
    'cause', cause, 'solved', solved, 'one_conversation', one_conversation, 'closed_at', null, 'next_case', null,
    'goal_missed', goal_missed, 'urgent_at', urgent_at, 'ready_at', null, 'waiting_for', waiting_for,
    'waiting_until', waiting_until)
where closed_at is null
"""

_ATTEMPTS = """
insert into attempt (id, case_id, by, logged, started_at, answered_at, ended_at, outcome, phone, posted_at, provider_id)
select gen_random_uuid(), id, coalesce(owner, (select id from staff limit 1)), false, first_attempt_at,
  reached_at, first_attempt_at + interval '5 minutes', case when reached_at is null then 'no_answer' else 'reached' end,
  '+7900' || lpad(cast(customer as text), 7, '0'), first_attempt_at, 'call-' || n
from drawn where first_attempt_at is not null
"""

_LINKS = """
insert into link (id, key, token_hash, case_id, kind, created_at, used_at)
select gen_random_uuid(), id || '\\:final_survey', md5('a' || id) || md5('b' || id), id, 'final_survey', resolved_at,
  answered_at
from drawn where asked
"""

_ANSWERS = """
insert into finalsurvey (case_id, tnps, solved, contact_requested, answered_at)
select id, case when d5 < 0.05 then 0 when d5 < 0.12 then floor(7 * d2) when d5 < 0.3 then 7 + floor(2 * d2)
    when d5 < 0.95 then 9 + floor(2 * d2) end,
  case when d3 < 0.92 then d4 < 0.8 end, d4 < 0.02, answered_at
from drawn where answered_at is not null
"""

_MESSAGES = """
insert into message (id, key, case_id, template, channel, state, attempts, created_at, posted_at, settled_at,
  provider_id)
select gen_random_uuid(), id || '\\:survey\\:mail', id, 'final_survey', 'mail', 'delivered', 1, resolved_at,
  resolved_at, resolved_at, 'mail-' || n
from drawn where asked
"""

_TIMELINES = """
insert into timeline (case_id, seq, event_id, kind, at, due, by, detail)
select id, steps.seq, kind, kind, steps.at, null,
  case when kind = 'resolved' or (kind = 'withdrawn' and d5 < 0.2) then coalesce(owner, id) end, ''
from drawn cross join lateral (values (1, 'opened', requested_at), (2, 'customer_reached', reached_at),
  (3, 'resolved', resolved_at), (4, case when fate = 'withdrawn' then 'withdrawn' else 'closed' end, ended_at)
) as steps (seq, kind, at)
where steps.at is not null
order by steps.at
"""

_INBOX = """
insert into inbox (id, kind, key, case_id, body, urgent_at, received_at, attempts, next_try_at, done_at, result)
select gen_random_uuid(), 'contact_request', id, id, '{}', requested_at, requested_at, 1, requested_at, requested_at,
  'started'
from drawn
"""

WRITE = (
    _CUSTOMERS,
    "analyze customer",
    _RESPONSES,
    _CASES,
    _OPEN_SNAPSHOTS,
    _ATTEMPTS,
    _LINKS,
    _ANSWERS,
    _MESSAGES,
    _TIMELINES,
    _INBOX,
    "select tally_all()",
)
