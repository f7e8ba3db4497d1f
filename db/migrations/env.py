"""Alembic's entry point: one transaction, one migrator at a time."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import create_engine, text
from sqlmodel.sql.sqltypes import AutoString

from db.tables import metadata

MIGRATION_LOCK = 4_207_001


def render(kind: str, item: object, _: AutogenContext) -> str | Literal[False]:
    """Write SQLModel's own string type as the plain one it is."""
    return "sa.String()" if kind == "type" and isinstance(item, AutoString) else False


engine = create_engine(context.config.attributes["url"])
with engine.begin() as connection:
    connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
    context.configure(connection=connection, target_metadata=metadata, compare_type=True, render_item=render)
    context.run_migrations()
engine.dispose()
