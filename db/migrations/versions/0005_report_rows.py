"""What the report counts of the cases that are there already, and indexes for the queue, search and the card.

Nobody waits for it longer than for one batch, and indexes are built beside the writers. Stopped half-way, it begins anew.
"""

from uuid import UUID

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

BATCH = 1000
FIRST = UUID(int=0)

NAMES = """
insert into tallyname (name)
select distinct name
from cases cross join lateral unnest(array[source, policy, product, cause, outcome]) as names (name)
where name is not null
on conflict do nothing
"""

# What the triggers of these tables change of a row that is not there yet would be lost: their writers wait for the
# batch. A case itself needs no lock: its trigger writes the whole row, and then the batch leaves it alone.
ALONE = "lock table timeline, link, finalsurvey in share mode"

# Whoever reads a whole table for each batch keeps those writers waiting for seconds.
BY_INDEX = "set local enable_seqscan = off"

LAST_OF_BATCH = """
select id from (select id from cases where id > :after order by id limit :most) as batch order by id desc limit 1
"""

TALLY = """
insert into tally (case_id, requested_at, promise_due, first_attempt, reached, resolved, closed, marks, source, policy,
  product, cause, outcome, answer, asked, withdrawn_by_staff)
select * from tallied where case_id > :after and case_id <= :last
on conflict do nothing
"""

INDEXES = {
    "inbox_waiting_by_urgency": "inbox (urgent_at, id, next_try_at) where done_at is null",
    "case_closed": "cases (urgent_at, id) where closed_at is not null",
    "ix_customer_email": "customer (email)",
    "response_email": "response (lower(email))",
    "ix_response_phone_typed": "response (phone_typed)",
}


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute(NAMES)
        _tally(op.get_bind())
        for name, columns in INDEXES.items():
            op.execute(f"drop index concurrently if exists {name}")
            op.execute(f"create index concurrently {name} on {columns}")
        op.execute("drop index concurrently if exists inbox_waiting")
        op.execute("alter index inbox_waiting_by_urgency rename to inbox_waiting")


def _tally(connection: sa.Connection) -> None:
    after = FIRST
    while last := connection.execute(sa.text(LAST_OF_BATCH), {"after": after, "most": BATCH}).scalar():
        connection.execute(sa.text("begin"))
        connection.execute(sa.text(BY_INDEX))
        connection.execute(sa.text(ALONE))
        connection.execute(sa.text(TALLY), {"after": after, "last": last})
        connection.execute(sa.text("commit"))
        after = last


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for name in list(INDEXES)[1:]:
            op.execute(f"drop index concurrently if exists {name}")
        op.execute("drop index concurrently if exists inbox_waiting")
        op.execute("create index concurrently inbox_waiting on inbox (next_try_at, urgent_at) where done_at is null")
