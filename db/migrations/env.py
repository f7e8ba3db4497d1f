"""Alembic's entry point: a transaction a migration, one migrator at a time."""

import time
from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection, create_engine, text
from sqlmodel.sql.sqltypes import AutoString

from db import locks
from db.tables import metadata

PAUSE_SECONDS = 0.1


def render(kind: str, item: object, _: AutogenContext) -> str | Literal[False]:
    """Write SQLModel's own string type as the plain one it is."""
    return "sa.String()" if kind == "type" and isinstance(item, AutoString) else False


def take_turns(connection: Connection) -> None:
    """Hold the lock as long as the connection lives.

    It is asked for anew each time: who waits within a statement is waited for by an index that is built concurrently.
    """
    while not connection.execute(text("select pg_try_advisory_lock(:key)"), {"key": locks.MIGRATION}).scalar_one():
        connection.commit()
        time.sleep(PAUSE_SECONDS)
    connection.commit()


engine = create_engine(context.config.attributes["url"])
with engine.connect() as connection:
    take_turns(connection)
    context.configure(
        connection=connection,
        target_metadata=metadata,
        compare_type=True,
        render_item=render,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
