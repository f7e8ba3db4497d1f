"""Databases with the schema of the migrations and no rows."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from ops.postgres import DATABASE, EmbeddedPostgres

_numbers = itertools.count()


@contextmanager
def a_database(migrated: EmbeddedPostgres) -> Iterator[str]:
    """One of one's own on this server, whose first database is migrated, for as long as the block lasts."""
    name = sql.Identifier(f"test_{next(_numbers)}")
    with psycopg.connect(host=str(migrated.home.socket), user="postgres", dbname="postgres", autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(name, sql.Identifier(DATABASE)))
        yield migrated.url_of(name.as_string().strip('"'))
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))
