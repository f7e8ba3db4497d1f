"""Migrations on a database that is in use: rows stay what they were, old processes may go on writing, writers go on."""

import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest
from alembic import command
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, Engine, event, text
from sqlmodel import Session, SQLModel, select

from db import inbox
from db.engine import engine_for
from db.migrate import config, upgrade
from db.tables import Case, Inbox, Response
from domain.promise import Promise
from domain.state import Snapshot
from ops.postgres import EmbeddedPostgres
from tests.databases import made

POPULATED = "0002"
"""The schema the rows were written at."""
ROWS = Path(__file__).with_name("rows_at_0002.sql").read_text()
WRITERS_WAIT_FOR = """select distinct relname from pg_locks join pg_class on pg_class.oid = relation
    where pid = pg_backend_pid() and relkind = 'r' and granted
    and mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')"""
ASKED = """insert into link (id, key, token_hash, case_id, kind, created_at)
    select gen_random_uuid(), id || '\\:final_survey', id, id, 'final_survey', now() from cases
    on conflict do nothing"""

Rows = Mapping[str, Sequence[tuple[object, ...]]]

STOPS_WRITERS: Mapping[str, Mapping[str, str]] = {
    "0003": {
        "response": "a nullable column is a change of the catalogue; its index reads each response once: 3 s a million",
        "staff": "the reference of a new, empty table is checked in no time",
    },
    "0004": {
        "cases": "triggers and the reference of an empty table are changes of the catalogue",
        "finalsurvey": "a trigger is a change of the catalogue",
        "link": "a trigger is a change of the catalogue",
        "timeline": "a trigger is a change of the catalogue",
    },
    "0006": {"inbox": "a trigger is a change of the catalogue"},
    "0008": {"attempt": "columns that are null or have a constant default are changes of the catalogue"},
    "0010": {"staff": "the reference of a new, empty table is checked in no time"},
    "0011": {"staff": "the reference of a new, empty table is checked in no time"},
    "0013": {
        "cases": "the reference of a new, empty table is checked in no time",
        "staff": "the reference of a new, empty table is checked in no time",
    },
}
"""Which tables a migration keeps writers away from until it ends, and why that is short. What takes longer is done
otherwise, as in 0005: indexes concurrently, rows in batches, each a transaction of its own."""


@pytest.fixture(scope="module")
def template(postgres: EmbeddedPostgres) -> Iterator[str]:
    """A database at the old schema, with rows in every table; nobody stays connected to it."""
    with made(postgres, template="template1") as name:
        command.upgrade(config(postgres.url_of(name)), POPULATED)
        pool = engine_for(postgres.url_of(name))
        fill(pool)
        pool.dispose()
        yield name


@pytest.fixture
def url(postgres: EmbeddedPostgres, template: str) -> Iterator[str]:
    """A database in use, of the test's own."""
    with made(postgres, template=template) as name:
        yield postgres.url_of(name)


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    pool = engine_for(url)
    yield pool
    pool.dispose()


@pytest.fixture
def populated(engine: Engine) -> Rows:
    """Its rows, as they were written."""
    found = rows_of(engine, columns_of(engine))
    assert [table for table, rows in found.items() if not rows] == []
    return found


def fill(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(ROWS.replace("%", "%%"))


def columns_of(engine: Engine) -> dict[str, list[str]]:
    """Each table's columns, in their order."""
    query = """select table_name, array_agg(cast(column_name as text) order by ordinal_position) as columns
        from information_schema.columns
        where table_schema = 'public' and table_name <> 'alembic_version'
        and table_name in (select tablename from pg_tables) group by 1"""
    with engine.connect() as connection:
        return {row.table_name: row.columns for row in connection.execute(text(query))}


def rows_of(engine: Engine, columns: Mapping[str, Sequence[str]]) -> Rows:
    """All rows, as far as these columns go."""
    with engine.connect() as connection:
        return {table: _rows(connection, table, names) for table, names in columns.items()}


def _rows(connection: Connection, table: str, names: Sequence[str]) -> list[tuple[object, ...]]:
    listed = ", ".join(f'"{name}"' for name in names)
    return sorted((tuple(row) for row in connection.execute(text(f'select {listed} from "{table}"'))), key=repr)


def later() -> list[Script]:
    """Every migration after the one the rows were written at, oldest first."""
    scripts = ScriptDirectory.from_config(config("unused"))
    return [script for script in reversed(list(scripts.walk_revisions())) if script.revision > POPULATED]


def model_classes() -> list[type[SQLModel]]:
    return [one for one in SQLModel.__subclasses__() if one.__module__.startswith("db.") and hasattr(one, "__table__")]


def test_every_row_is_what_it_was(populated: Rows, url: str, engine: Engine) -> None:
    columns = columns_of(engine)
    upgrade(url)
    assert rows_of(engine, columns) == populated


def test_the_code_of_today_reads_the_rows_of_then(populated: Rows, url: str, engine: Engine) -> None:
    upgrade(url)
    with Session(engine) as session:
        for model in model_classes():
            assert len(session.exec(select(model)).all()) >= len(populated.get(str(model.__tablename__), ()))
        for case in session.exec(select(Case)):
            assert Snapshot.model_validate(case.snapshot).case == case.id
        for response in session.exec(select(Response)):
            assert response.promise is None or Promise.model_validate(response.promise)
        for row in session.exec(select(Inbox).where(Inbox.kind != inbox.CONTACT_REQUEST)):
            assert inbox.FACTS[row.kind].model_validate(row.body).id


def test_what_an_older_process_writes_fits_the_newest_schema(postgres: EmbeddedPostgres) -> None:
    with made(postgres, template="template1") as name:
        upgrade(postgres.url_of(name))
        engine = engine_for(postgres.url_of(name))
        fill(engine)
        assert all_are_counted(engine)
        engine.dispose()


def all_are_counted(engine: Engine) -> bool:
    """The report has a row of each case, by its triggers."""
    query = text("select (select count(*) from cases) as cases, (select count(*) from tally) as counted")
    with engine.connect() as connection:
        row = connection.execute(query).one()
    return bool(row.cases == row.counted > 0)


@pytest.mark.parametrize("script", later(), ids=lambda script: script.revision)
def test_a_migration_can_be_taken_back_or_says_why_not(
    script: Script, populated: Rows, url: str, engine: Engine
) -> None:
    command.upgrade(config(url), script.revision)
    why_not: str | None = getattr(script.module, "irreversible", None)
    if why_not:
        return
    columns = columns_of(engine)
    before = rows_of(engine, columns)
    command.downgrade(config(url), str(script.down_revision))
    command.upgrade(config(url), script.revision)
    assert columns_of(engine) == columns
    assert rows_of(engine, columns) == before


def test_all_the_way_back_and_forth_again(populated: Rows, url: str, engine: Engine) -> None:
    columns = columns_of(engine)
    upgrade(url)
    command.downgrade(config(url), POPULATED)
    assert columns_of(engine) == columns
    assert rows_of(engine, columns) == populated
    upgrade(url)


@pytest.mark.parametrize("script", later(), ids=lambda script: script.revision)
def test_a_migration_says_whom_it_keeps_waiting(script: Script, populated: Rows, url: str, engine: Engine) -> None:
    command.upgrade(config(url), str(script.down_revision))
    with engine.connect() as connection:
        tables_before, outside = set(columns_of(engine)), list[str]()
        event.listen(connection, "before_cursor_execute", partial(_note_outside_transactions, outside))
        with migrating(connection):
            script.module.upgrade()
            locked = {table for (table,) in connection.execute(text(WRITERS_WAIT_FOR))}
    assert locked & tables_before == set(STOPS_WRITERS.get(script.revision, {}))
    assert [said for said in outside if re.match(r"create (unique )?index (?!concurrently)", said, re.IGNORECASE)] == []


def _note_outside_transactions(noted: list[str], connection: Connection, _: object, said: str, *__: object) -> None:
    if connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT":
        noted.append(said.strip())


@contextmanager
def migrating(connection: Connection) -> Iterator[None]:
    """Inside, what a migration asks for is done on this connection."""
    steps = MigrationContext.configure(connection, opts={"transaction_per_migration": True})
    with steps.begin_transaction(_per_migration=True), Operations.context(steps):
        yield


def report_rows(batch: int) -> ModuleType:
    """The migration that counts the cases that are there already, in batches of this size."""
    (script,) = (script for script in later() if script.revision == "0005")
    vars(script.module)["BATCH"] = batch
    return script.module


def counted(engine: Engine) -> tuple[list[object], list[object]]:
    """What the report counts, and what it ought to."""
    with engine.connect() as connection:
        tally = connection.execute(text("select * from tally order by case_id")).all()
        return list(tally), list(connection.execute(text("select * from tallied order by case_id")).all())


def test_cases_are_counted_batch_by_batch(populated: Rows, url: str, engine: Engine) -> None:
    command.upgrade(config(url), "0004")
    with engine.connect() as connection, migrating(connection):
        report_rows(batch=3).upgrade()
    found, wanted = counted(engine)
    assert found == wanted
    assert len(found) == len(populated["cases"])


def test_what_is_written_while_cases_are_counted_is_counted(populated: Rows, url: str, engine: Engine) -> None:
    command.upgrade(config(url), "0004")
    with ThreadPoolExecutor() as threads, engine.connect() as connection:
        with engine.begin() as writer:
            writer.execute(text(ASKED))
            migrated = threads.submit(_count_cases, connection)
            assert not wait([migrated], timeout=1).done, "it must wait for the writer"
        migrated.result()
    found, wanted = counted(engine)
    assert found == wanted
    assert all(row.asked for row in wanted)  # type: ignore[attr-defined]  # rows have their columns as attributes


def _count_cases(connection: Connection) -> None:
    with migrating(connection):
        report_rows(batch=3).upgrade()


def test_first_scores_are_counted_batch_by_batch(populated: Rows, url: str, engine: Engine) -> None:
    (script,) = (script for script in later() if script.revision == "0014")
    command.upgrade(config(url), str(script.down_revision))
    vars(script.module)["BATCH"] = 3
    with engine.connect() as connection, migrating(connection):
        script.module.upgrade()
        script.module.upgrade()  # as when the first one was stopped before its end
    found, wanted = counted(engine)
    assert found == wanted
    assert {row.first_said for row in wanted} > {0, 1}  # type: ignore[attr-defined]  # rows have their columns as attributes
