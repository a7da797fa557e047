"""Which column tells when an event of an imported table was, shown and changed.

Heavy imports: this module is itself imported lazily.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from soc_tui.model.catalog import KqlType
from soc_tui.model.sql_text import quoted_name
from soc_tui.model.time_columns import TIME_COLUMNS
from soc_tui.workspaces.local.import_marks import mark_time, read_time_mark
from soc_tui.workspaces.local.log_import.store import stored_types
from soc_tui.workspaces.local.writing import database_error, writer

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

OF_THE_FILE = "TimeGeneratedOfTheFile"
"""Keeps what the file itself called TimeGenerated, once another column is taken."""
_LIMITS = {"memory_limit": "640MB"}


@dataclass(frozen=True, slots=True)
class TableTime:
    """The times of a table.

    Attributes:
        column: That tells when an event was.
        others: Columns of times that could be taken instead.
    """

    table: str
    column: str
    others: tuple[str, ...]


def read_times(database: Path) -> tuple[TableTime, ...]:
    """The tables that have a choice, by name. Blocks. FileImportError: the file cannot be read."""
    try:
        with duckdb.connect(str(database), read_only=True) as con:
            tables = con.execute(
                "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main'"
                " AND database_name = current_database() ORDER BY table_name"
            ).fetchall()
            found = [_time_of(con, name) for (name,) in tables]
    except duckdb.Error as error:
        raise database_error(database, error) from error
    return tuple(one for one in found if one.others)


def take_time(database: Path, table: str, column: str) -> int:
    """Fill TimeGenerated from another column; how many rows have no time now. Blocks.

    What the file itself called TimeGenerated is kept beside it.

    Raises:
        FileImportError: the file cannot be written.
    """
    there, time = quoted_name(table), quoted_name(TIME_COLUMNS[0])
    try:
        with writer(database, database.parent, _LIMITS) as con:
            con.execute("BEGIN")
            types = stored_types(con, table)
            if TIME_COLUMNS[0] not in types:
                con.execute(f"ALTER TABLE {there} ADD COLUMN {time} TIMESTAMP")
            elif not read_time_mark(con, table) and OF_THE_FILE not in types:
                kept = quoted_name(OF_THE_FILE)
                con.execute(f"ALTER TABLE {there} ADD COLUMN {kept} TIMESTAMP")
                con.execute(f"UPDATE {there} SET {kept} = {time}")
            con.execute(f"UPDATE {there} SET {time} = {quoted_name(column)}")
            mark_time(con, table, column)
            left = con.execute(f"SELECT count(*) - count({time}) FROM {there}").fetchone()
            con.execute("COMMIT")
            con.execute("CHECKPOINT")
    except duckdb.Error as error:
        raise database_error(database, error) from error
    return int(left[0]) if left else 0


def _time_of(con: DuckDBPyConnection, table: str) -> TableTime:
    types = stored_types(con, table)
    times = [name for name, kind in types.items() if kind is KqlType.DATETIME]
    own = next((name for name in TIME_COLUMNS if name in times), "")
    column = read_time_mark(con, table) or own
    others = tuple(n for n in times if n not in (column, TIME_COLUMNS[0]))
    return TableTime(table, column, others)
