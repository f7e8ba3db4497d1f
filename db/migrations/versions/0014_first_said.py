"""What customers said in the first place stands in the tally too, so that a report sees who was won back."""

import runpy
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

BATCH = 1000
FIRST = UUID(int=0)

# The bits are named in db/tally.py.
SAID = """
create or replace function first_said_of(nps int) returns smallint language sql immutable as $$
  select cast(cast(coalesce(nps >= 9, false) as int)
    + cast(coalesce(nps in (7, 8), false) as int) * 2
    + cast(coalesce(nps <= 6, false) as int) * 4 as smallint)
$$;
"""

TALLIED = """
create or replace view tallied as
select c.id as case_id, c.requested_at, c.promise_due, microseconds(c.requested_at, c.first_attempt_at) as first_attempt,
  microseconds(c.requested_at, c.reached_at) as reached, microseconds(c.requested_at, c.resolved_at) as resolved,
  microseconds(c.requested_at, c.closed_at) as closed, marks_of(c) as marks, source.id as source, policy.id as policy,
  product.id as product, cause.id as cause, outcome.id as outcome,
  case when survey.case_id is null then cast(0 as smallint) else answer_of(survey.tnps, survey.solved) end as answer,
  link.id is not null as asked,
  exists (select from timeline as t where t.case_id = c.id and t.kind = 'withdrawn' and t.by is not null)
    as withdrawn_by_staff,
  first_said_of(response.nps) as first_said
from cases as c
join response on response.id = c.id
join tallyname as source on source.name = c.source
join tallyname as policy on policy.name = c.policy
left join tallyname as product on product.name = c.product
left join tallyname as cause on cause.name = c.cause
left join tallyname as outcome on outcome.name = c.outcome
left join finalsurvey as survey on survey.case_id = c.id
left join link on link.key = c.id || '\\:final_survey'
"""

TALLY_ALL = """
create or replace function tally_all() returns void language sql as $$
  insert into tallyname (name)
  select distinct name
  from cases cross join lateral unnest(array[source, policy, product, cause, outcome]) as names (name)
  where name is not null
  on conflict do nothing;

  insert into tally (case_id, requested_at, promise_due, first_attempt, reached, resolved, closed, marks, source, policy,
    product, cause, outcome, answer, asked, withdrawn_by_staff, first_said)
  select * from tallied order by requested_at
  on conflict do nothing;
$$
"""

# Whoever amends the response of a new case is waited for; or waits until the case's row is there to be changed.
OF_THE_CASE = """
create or replace function tally_case() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    perform from response where id = new.id for share;
  end if;

  insert into tallyname (name)
  select name from unnest(array[new.source, new.policy, new.product, new.cause, new.outcome]) as names (name)
  where name is not null and not exists (select from tallyname as known where known.name = names.name)
  on conflict do nothing;

  insert into tally (case_id, requested_at, promise_due, first_attempt, reached, resolved, closed, marks, source, policy,
    product, cause, outcome, answer, asked, withdrawn_by_staff, first_said)
  select * from tallied where case_id = new.id
  on conflict (case_id) do update set requested_at = excluded.requested_at, promise_due = excluded.promise_due,
    first_attempt = excluded.first_attempt, reached = excluded.reached, resolved = excluded.resolved,
    closed = excluded.closed, marks = excluded.marks, source = excluded.source, policy = excluded.policy,
    product = excluded.product, cause = excluded.cause, outcome = excluded.outcome;
  return null;
end $$;
"""

OF_THE_RESPONSE = """
create or replace function tally_first_said() returns trigger language plpgsql as $$
begin
  update tally set first_said = first_said_of(new.nps) where case_id = new.id;
  return null;
end $$;
create or replace trigger tally_first_said after update of nps on response
  for each row when (old.nps is distinct from new.nps) execute function tally_first_said();
"""

# What the trigger changes of a row that the batch has read would be lost: whoever amends responses waits for the batch.
ALONE = "lock table response in share mode"

LAST_OF_BATCH = """
select case_id from (select case_id from tally where case_id > :after order by case_id limit :most) as batch
order by case_id desc limit 1
"""

FILL = """
update tally set first_said = first_said_of(response.nps) from response
where response.id = tally.case_id and response.nps is not null and tally.first_said = 0
  and tally.case_id > :after and tally.case_id <= :last
"""


def upgrade() -> None:
    # In the order in which writers take them. Stopped half-way through the batches, it begins anew.
    op.execute("lock table response in share row exclusive mode")
    op.execute("alter table tally add column if not exists first_said smallint not null default 0")
    for statement in (SAID, TALLIED, TALLY_ALL, OF_THE_CASE, OF_THE_RESPONSE):
        op.execute(statement)
    with op.get_context().autocommit_block():
        _fill(op.get_bind())


def _fill(connection: sa.Connection) -> None:
    after = FIRST
    while last := connection.execute(sa.text(LAST_OF_BATCH), {"after": after, "most": BATCH}).scalar():
        connection.execute(sa.text("begin"))
        connection.execute(sa.text(ALONE))
        connection.execute(sa.text(FILL), {"after": after, "last": last})
        connection.execute(sa.text("commit"))
        after = last


def downgrade() -> None:
    op.execute("drop trigger tally_first_said on response")
    op.execute("drop view tallied")
    before = runpy.run_path(str(Path(__file__).with_name("0004_report_speed.py")))
    op.execute(before["TALLIED"])
    op.execute(before["TALLY_ALL"].replace("create function", "create or replace function"))
    op.execute(
        before["OF_THE_CASE"].partition("create trigger")[0].replace("create function", "create or replace function")
    )
    op.execute("drop function tally_first_said, first_said_of")
    op.drop_column("tally", "first_said")
