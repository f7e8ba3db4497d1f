"""The timeline is append-only, commits in the order of its ids, and wakes its readers; so does the inbox."""

from alembic import op

revision = "0002"
down_revision = "0001"

# The lock is taken before ids are drawn (a row trigger would be too late), so `id > last` can lose no row that
# commits late. 7 is this lock's own key.
TIMELINE_IN_COMMIT_ORDER = """
create function timeline_in_commit_order() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock(7);
  return null;
end $$;
create trigger timeline_in_commit_order before insert on timeline
  for each statement execute function timeline_in_commit_order();
"""

TIMELINE_IS_APPEND_ONLY = """
create function timeline_is_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'the timeline is append-only';
end $$;
create trigger timeline_is_append_only before update or delete or truncate on timeline
  for each statement execute function timeline_is_append_only();
"""

WAKE_THE_READERS = """
create function wake_the_readers() returns trigger language plpgsql as $$
begin
  perform pg_notify(tg_table_name, '');
  return null;
end $$;
create trigger wake_the_readers after insert on timeline for each statement execute function wake_the_readers();
create trigger wake_the_readers after insert on inbox for each statement execute function wake_the_readers();
"""


def upgrade() -> None:
    op.execute(TIMELINE_IN_COMMIT_ORDER)
    op.execute(TIMELINE_IS_APPEND_ONLY)
    op.execute(WAKE_THE_READERS)


def downgrade() -> None:
    op.execute("drop function timeline_in_commit_order, timeline_is_append_only, wake_the_readers cascade")
