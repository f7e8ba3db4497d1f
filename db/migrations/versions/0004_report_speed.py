"""What the report counts, one narrow row a case, kept by triggers; of cases that are there already, see the next one."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"

# The bits are named in db/tally.py.
MARKS = """
create function marks_of(c cases) returns int language sql immutable as $$
  select cast(c.first_attempt_at is not null as int)
    + cast(c.reached_at is not null as int) * 2
    + cast(c.resolved_at is not null as int) * 4
    + cast(c.closed_at is not null as int) * 8
    + cast(c.outcome is not null as int) * 16
    + cast(c.stage = 'resolved' as int) * 32
    + cast(c.promise_kept_at is not null as int) * 64
    + cast(c.promise_kept_by_log as int) * 128
    + cast(c.promise_broken_at is not null as int) * 256
    + cast(c.promise_moved_at is not null as int) * 512
    + cast(c.promise_void as int) * 1024
    + cast(coalesce(c.reached_at <= c.promise_due, false) as int) * 2048
    + cast(coalesce(c.solved, false) as int) * 4096
    + cast(coalesce(c.solved and c.one_conversation, false) as int) * 8192
    + cast(c.goal_missed as int) * 16384
$$;

create function answer_of(tnps int, solved boolean) returns smallint language sql immutable as $$
  select cast(1 + cast(coalesce(tnps >= 9, false) as int) * 2
    + cast(coalesce(tnps in (7, 8), false) as int) * 4
    + cast(coalesce(tnps <= 6, false) as int) * 8
    + cast(coalesce(solved, false) as int) * 16
    + cast(coalesce(not solved, false) as int) * 32 as smallint)
$$;

create function microseconds(since timestamptz, until timestamptz) returns bigint language sql immutable as $$
  select cast(extract(epoch from until - since) * 1000000 as bigint)
$$;
"""

# Each case as its rows say it now; the numbers of its names must be there.
TALLIED = """
create view tallied as
select c.id as case_id, c.requested_at, c.promise_due, microseconds(c.requested_at, c.first_attempt_at) as first_attempt,
  microseconds(c.requested_at, c.reached_at) as reached, microseconds(c.requested_at, c.resolved_at) as resolved,
  microseconds(c.requested_at, c.closed_at) as closed, marks_of(c) as marks, source.id as source, policy.id as policy,
  product.id as product, cause.id as cause, outcome.id as outcome,
  case when survey.case_id is null then cast(0 as smallint) else answer_of(survey.tnps, survey.solved) end as answer,
  link.id is not null as asked,
  exists (select from timeline as t where t.case_id = c.id and t.kind = 'withdrawn' and t.by is not null)
    as withdrawn_by_staff
from cases as c
join tallyname as source on source.name = c.source
join tallyname as policy on policy.name = c.policy
left join tallyname as product on product.name = c.product
left join tallyname as cause on cause.name = c.cause
left join tallyname as outcome on outcome.name = c.outcome
left join finalsurvey as survey on survey.case_id = c.id
left join link on link.key = c.id || '\\:final_survey'
"""

# For rows that came past the triggers: those that were there before, and what is copied in bulk.
TALLY_ALL = """
create function tally_all() returns void language sql as $$
  insert into tallyname (name)
  select distinct name
  from cases cross join lateral unnest(array[source, policy, product, cause, outcome]) as names (name)
  where name is not null
  on conflict do nothing;

  insert into tally (case_id, requested_at, promise_due, first_attempt, reached, resolved, closed, marks, source, policy,
    product, cause, outcome, answer, asked, withdrawn_by_staff)
  select * from tallied order by requested_at
  on conflict do nothing;
$$
"""

# What other tables tell of a case is read when its row is new, and afterwards changed by their own triggers alone: two
# transactions that change one case wait for each other, and neither undoes what the other wrote.
OF_THE_CASE = """
create function tally_case() returns trigger language plpgsql as $$
begin
  insert into tallyname (name)
  select name from unnest(array[new.source, new.policy, new.product, new.cause, new.outcome]) as names (name)
  where name is not null and not exists (select from tallyname as known where known.name = names.name)
  on conflict do nothing;

  insert into tally (case_id, requested_at, promise_due, first_attempt, reached, resolved, closed, marks, source, policy,
    product, cause, outcome, answer, asked, withdrawn_by_staff)
  select * from tallied where case_id = new.id
  on conflict (case_id) do update set requested_at = excluded.requested_at, promise_due = excluded.promise_due,
    first_attempt = excluded.first_attempt, reached = excluded.reached, resolved = excluded.resolved,
    closed = excluded.closed, marks = excluded.marks, source = excluded.source, policy = excluded.policy,
    product = excluded.product, cause = excluded.cause, outcome = excluded.outcome;
  return null;
end $$;

create trigger tally_new_case after insert on cases for each row execute function tally_case();
create trigger tally_case after update on cases for each row when (
  marks_of(old) <> marks_of(new)
  or (old.requested_at, old.promise_due, old.first_attempt_at, old.reached_at, old.resolved_at, old.closed_at, old.source,
      old.policy, old.product, old.cause, old.outcome)
    is distinct from (new.requested_at, new.promise_due, new.first_attempt_at, new.reached_at, new.resolved_at,
      new.closed_at, new.source, new.policy, new.product, new.cause, new.outcome)
) execute function tally_case();
"""

OF_OTHERS = """
create function tally_answer() returns trigger language plpgsql as $$
begin
  update tally set answer = answer_of(new.tnps, new.solved) where case_id = new.case_id;
  return null;
end $$;
create trigger tally_answer after insert or update of tnps, solved on finalsurvey
  for each row execute function tally_answer();

create function tally_asked() returns trigger language plpgsql as $$
begin
  update tally set asked = true where case_id = new.case_id;
  return null;
end $$;
create trigger tally_asked after insert on link
  for each row when (new.kind = 'final_survey') execute function tally_asked();

create function tally_withdrawn() returns trigger language plpgsql as $$
begin
  update tally set withdrawn_by_staff = true where case_id = new.case_id;
  return null;
end $$;
create trigger tally_withdrawn after insert on timeline
  for each row when (new.kind = 'withdrawn' and new.by is not null) execute function tally_withdrawn();
"""


def upgrade() -> None:
    # In the order in which writers take them, or a writer and we would wait for each other.
    op.execute("lock table timeline, cases, link, finalsurvey in share row exclusive mode")
    op.create_table(
        "tallyname",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "tally",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("requested_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("promise_due", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("first_attempt", sa.BigInteger(), nullable=True),
        sa.Column("reached", sa.BigInteger(), nullable=True),
        sa.Column("resolved", sa.BigInteger(), nullable=True),
        sa.Column("closed", sa.BigInteger(), nullable=True),
        sa.Column("marks", sa.Integer(), nullable=False),
        sa.Column("source", sa.Integer(), nullable=False),
        sa.Column("policy", sa.Integer(), nullable=False),
        sa.Column("product", sa.Integer(), nullable=True),
        sa.Column("cause", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.Integer(), nullable=True),
        sa.Column("answer", sa.SmallInteger(), nullable=False),
        sa.Column("asked", sa.Boolean(), nullable=False),
        sa.Column("withdrawn_by_staff", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("case_id"),
        postgresql_with={"fillfactor": 80},  # a case changes a few times: its row stays on its page
    )
    op.execute(MARKS)
    op.execute(TALLIED)
    op.execute(TALLY_ALL)
    op.execute(OF_THE_CASE)
    op.execute(OF_OTHERS)
    op.create_index(op.f("ix_tally_requested_at"), "tally", ["requested_at"], unique=False)


def downgrade() -> None:
    op.execute("drop trigger tally_new_case on cases")
    op.execute("drop trigger tally_case on cases")
    op.execute("drop function tally_case, tally_answer, tally_asked, tally_withdrawn, tally_all cascade")
    op.execute("drop view tallied")
    op.execute("drop function marks_of, answer_of, microseconds")
    op.drop_index(op.f("ix_tally_requested_at"), table_name="tally")
    op.drop_table("tally")
    op.drop_table("tallyname")
