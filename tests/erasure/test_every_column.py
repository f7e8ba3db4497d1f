"""Every column of every table is classified: a new one that is in no class fails here until somebody has thought."""

import pytest
from sqlalchemy import Table

from db.personal import CLASSIFIED, Columns
from db.tables import metadata

TABLES = sorted(metadata.sorted_tables, key=lambda table: table.name)


def classes(columns: Columns) -> list[frozenset[str]]:
    emptied = frozenset(columns.emptied)
    return [columns.kept, emptied, columns.replaced, columns.deleted, columns.of_staff]


def test_every_table_is_classified_and_none_that_does_not_exist() -> None:
    assert sorted(CLASSIFIED) == [table.name for table in TABLES]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_column_is_in_one_class(table: Table) -> None:
    named = [name for names in classes(CLASSIFIED[table.name]) for name in names]
    assert sorted(named) == sorted(column.name for column in table.columns)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_what_a_column_becomes_may_be_stored(table: Table) -> None:
    impossible = [
        name
        for name, value in CLASSIFIED[table.name].emptied.items()
        if value is None and not table.columns[name].nullable
    ]
    assert impossible == []


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_rows_go_as_a_whole_or_not_at_all(table: Table) -> None:
    columns = CLASSIFIED[table.name]
    assert not columns.deleted or set(columns.deleted) == {column.name for column in table.columns}
