"""Whoever stores many rows for the relay may wake it for all of them at once."""

from alembic import op

revision = "0006"
down_revision = "0005"

# Transactions that notify commit one after another: PostgreSQL holds a lock over their commit, its wait for the disk
# included. A transaction that sets this wakes the relay when it is through; all others go on as they did.
UNLESS_WOKEN_BY_CALLER = """
create or replace trigger wake_the_readers after insert on inbox for each statement
  when (current_setting('closeloop.relay_woken_by_caller', true) is distinct from 'on')
  execute function wake_the_readers()
"""
ALWAYS = """
create or replace trigger wake_the_readers after insert on inbox for each statement
  execute function wake_the_readers()
"""


def upgrade() -> None:
    op.execute(UNLESS_WOKEN_BY_CALLER)


def downgrade() -> None:
    op.execute(ALWAYS)
