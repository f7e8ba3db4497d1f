"""Databases with the schema of the migrations and no rows of anybody's."""

import atexit
import itertools
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from uuid import uuid4

import psycopg
from psycopg import Connection, sql
from sqlalchemy import Engine
from sqlalchemy.pool import QueuePool

from db.engine import engine_for
from ops.postgres import DATABASE, OWNER, EmbeddedPostgres
from tests.waiting import until

TABLES = "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
STATE = """
    select md5(string_agg(what, e'\\n' order by what)) from (
      select row(oid, relname, relkind, relpersistence, relowner, relacl, reloptions, relrowsecurity)::text
        from pg_class where oid >= 16384 and relkind <> 't'
      union all select row(attrelid, attname, atttypid, atttypmod, attnotnull, attisdropped, attstattarget)::text
        from pg_attribute where attrelid >= 16384
      union all select t::text from pg_attrdef t
      union all select t::text from pg_constraint t where oid >= 16384
      union all select row(indexrelid, indisvalid, indisunique)::text from pg_index where indexrelid >= 16384
      union all select t::text from pg_trigger t
      union all select t::text from pg_proc t where oid >= 16384
      union all select t::text from pg_namespace t where nspname !~ '^pg_(toast_)?temp'
      union all select t::text from pg_event_trigger t
      union all select row(sequencename, last_value)::text from pg_sequences
      union all select row(starelid, staattnum)::text from pg_statistic where starelid >= 16384
      union all select row(setrole, setconfig)::text from pg_db_role_setting, pg_database d
        where setdatabase = d.oid and d.datname = current_database()
      union all {rows}
    ) as everything (what)
"""
"""The schema, the settings, the rows it began with, how far each sequence is; and statistics, which make plans."""

REWIND = "select setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false) from pg_sequences"


@contextmanager
def a_database(migrated: EmbeddedPostgres) -> Iterator[str]:
    """One of one's own on this server, whose first database is migrated, for as long as the block lasts."""
    databases = _databases_of(migrated)
    name = databases.taken()
    yield migrated.url_of(name)
    databases.leave(name)


@contextmanager
def a_pool(migrated: EmbeddedPostgres) -> Iterator[Engine]:
    """Connections to a database of one's own. A thread may still be busy with one at the end: it is waited for, as
    what comes back to a pool that was disposed of is closed by nobody."""
    with a_database(migrated) as url:
        engine = engine_for(url)
        yield engine
        let_go(engine)


def let_go(engine: Engine) -> None:
    """Close its connections, once all have come back. AssertionError when one does not."""
    pool = engine.pool
    assert isinstance(pool, QueuePool)
    until(lambda: pool.checkedout() == 0, "every connection comes back")
    engine.dispose()


@contextmanager
def made(server: EmbeddedPostgres, *, template: str) -> Iterator[str]:
    """The name of a new one, as the template is, for as long as the block lasts; nobody may be connected to that."""
    make(server, name := f"made_{uuid4().hex}", template=template)
    yield name
    with _connected(server) as admin:
        admin.execute(_named("drop database {} with (force)", name))


def make(server: EmbeddedPostgres, name: str, *, template: str = DATABASE) -> None:
    """A database beside the others, as the template is, with which nobody may be connected."""
    with _connected(server) as admin:
        admin.execute(_named("create database {} template {}", name, template))


class _Databases:
    """Of one server. To make one takes far longer than to empty one that was left, and to prove that it is as new.

    Each has a name that nobody had before: whatever an earlier user left running cannot reach it.
    """

    def __init__(self, server: EmbeddedPostgres) -> None:
        self._server, self._numbers = server, itertools.count(1)
        self._admin = _connected(server)
        atexit.register(self._admin.close)
        self._left = ["test_0"]
        make(server, "test_0")
        with _connected(server, "test_0") as connection:
            tables = {table for (table,) in connection.execute(TABLES)}
            filled = {table for table in tables if connection.execute(_named("table {} limit 1", table)).fetchone()}
            self._state = sql.SQL(STATE).format(rows=_union("select t::text from {} t", filled))
            self._as_new = connection.execute(self._state).fetchone()
        self._used = _union("select {name} where exists (table {})", tables - filled)

    def taken(self) -> str:
        """The one that was left first, as those who used it are gone; or a new one."""
        name = f"test_{next(self._numbers)}"
        if len(self._left) < 2:
            make(self._server, name)
            return name
        self._end_connections(left := self._left.pop(0))
        self._admin.execute(_named("alter database {} rename to {}", left, name))
        if self._is_as_new(name):
            return name
        self._admin.execute(_named("drop database {} with (force)", name))
        return self.taken()

    def leave(self, name: str) -> None:
        """Let another have it, and nobody who is still there write any more."""
        self._end_connections(name)
        self._left.append(name)

    def _end_connections(self, name: str) -> None:
        self._admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (name,))

    def _is_as_new(self, name: str) -> bool:
        """Once the rows are out of the tables that began without any. An altered schema may not even allow that."""
        with _connected(self._server, name) as connection, suppress(psycopg.ProgrammingError):
            self._empty(connection)
            return connection.execute(self._state).fetchone() == self._as_new
        return False

    def _empty(self, connection: Connection) -> None:
        connection.execute("set session_replication_role = replica")  # the timeline refuses to be emptied
        for (table,) in connection.execute(self._used).fetchall():
            connection.execute(_named("delete from {}", table))
        connection.execute(REWIND)


@cache
def _databases_of(server: EmbeddedPostgres) -> _Databases:
    return _Databases(server)


def _union(select: str, tables: Iterable[str]) -> sql.Composed:
    """Of one table after the other; {name} is its name as a value."""
    one = sql.SQL(select)
    return sql.SQL(" union all ").join(one.format(sql.Identifier(name), name=name) for name in sorted(tables))


def _named(statement: str, *names: str) -> sql.Composed:
    return sql.SQL(statement).format(*map(sql.Identifier, names))


def _connected(server: EmbeddedPostgres, database: str = "postgres") -> Connection:
    return psycopg.connect(host=str(server.home.socket), user=OWNER, dbname=database, autocommit=True)
