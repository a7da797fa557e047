"""A DuckDB file opened so that a query can read its tables and nothing else.

The file is attached read-only to an in-memory database whose configuration is then locked: no
other file, no network, no extension, no Python variable and no temporary file can be reached from
SQL, whatever the KQL was. Heavy imports: this module is itself imported lazily.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.errors import WorkspaceError
from soc_tui.model.sql_text import quoted_name, quoted_text
from soc_tui.model.time_columns import TIME_COLUMNS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FILE = "logs"  # name under which the file is attached

_KQL_TYPES = {
    "BOOLEAN": KqlType.BOOL,
    "TINYINT": KqlType.INT,
    "UTINYINT": KqlType.INT,
    "SMALLINT": KqlType.INT,
    "USMALLINT": KqlType.INT,
    "INTEGER": KqlType.INT,
    "UINTEGER": KqlType.LONG,
    "BIGINT": KqlType.LONG,
    "UBIGINT": KqlType.LONG,
    "HUGEINT": KqlType.LONG,
    "UHUGEINT": KqlType.LONG,
    "FLOAT": KqlType.REAL,
    "DOUBLE": KqlType.REAL,
    "UUID": KqlType.GUID,
    "DATE": KqlType.DATETIME,
    "TIME": KqlType.TIMESPAN,
    "INTERVAL": KqlType.TIMESPAN,
    "JSON": KqlType.DYNAMIC,
    "VARIANT": KqlType.DYNAMIC,
}


def kql_type(duckdb_type: str) -> KqlType:
    """KQL type of values of a DuckDB type, `string` for what KQL has no type of."""
    name = duckdb_type.upper()
    if name.startswith("TIMESTAMP"):
        return KqlType.DATETIME
    if name.startswith("DECIMAL"):
        return KqlType.DECIMAL
    if name.endswith("]") or name.startswith(("STRUCT", "MAP", "UNION")):
        return KqlType.DYNAMIC
    return _KQL_TYPES.get(name, KqlType.STRING)


@dataclass(frozen=True, slots=True)
class StoredColumn:
    """A column as the file stores it."""

    name: str
    duckdb_type: str

    @property
    def column(self) -> Column:
        """The column as KQL sees it."""
        return Column(self.name, kql_type(self.duckdb_type))

    @property
    def value_sql(self) -> str:
        """Expression that gives the column in the type that duckdb_kql's SQL expects."""
        name, kind = quoted_name(self.name), self.duckdb_type.upper()
        if kind == "TIMESTAMP WITH TIME ZONE":
            return f"timezone('UTC', {name})"
        if kql_type(kind) is KqlType.DATETIME and kind != "TIMESTAMP":
            return f"CAST({name} AS TIMESTAMP)"
        if kql_type(kind) is KqlType.DYNAMIC and kind != "JSON":
            return f"to_json({name})"
        return f"CAST({name} AS VARCHAR)" if kind.startswith("ENUM") else name


Tables = Mapping[str, tuple[StoredColumn, ...]]


def open_sandbox(path: Path) -> DuckDBPyConnection:
    """Attach `path` read-only and lock the connection down.

    Raises:
        WorkspaceError: the file is missing, is no DuckDB file, or a writer holds it.
    """
    if not path.is_file():
        raise WorkspaceError(
            f"The log file {path} does not exist."
            if not path.exists()
            else f"{path} is not a file.",
            next_step="Check workspace.path in the settings, or create the file with"
            " `soc-tui import FILE`.",
        )
    con = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_unsigned_extensions": "false",
            "python_enable_replacements": "false",  # a KQL name must not resolve to a variable
            "temp_directory": "",  # no spilling: nothing is written
            "memory_limit": f"{_memory_limit_bytes() // 2**20}MB",
            "threads": str(min(os.cpu_count() or 1, 4)),
        },
    )
    try:
        con.execute("SET TimeZone = 'UTC'")
        target = quoted_text(str(path.resolve()))
        con.execute(f"ATTACH {target} AS {FILE} (READ_ONLY, TYPE duckdb)")
        con.execute("SET enable_external_access = false")
        con.execute("SET lock_configuration = true")
    except duckdb.Error as error:
        con.close()
        raise _open_error(path, error) from error
    return con


def _memory_limit_bytes() -> int:
    """Half of the machine's memory, at least 512 MB: the app and its rows need the rest."""
    try:
        physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # no sysconf on Windows
        physical = 4 * 2**30
    return max(physical // 2, 512 * 2**20)


def _open_error(path: Path, error: duckdb.Error) -> WorkspaceError:
    text = str(error)
    if "lock" in text or "Unique file handle conflict" in text:
        return WorkspaceError(
            f"The log file {path} is in use.",
            "Another program is writing to it.",
            "Wait until the import is done (or close the program) and run the query again.",
        )
    if "not a valid DuckDB" in text or "Serialization" in text:
        return WorkspaceError(
            f"{path} is not a DuckDB file.",
            next_step="Import exported logs with `soc-tui import FILE`, and set"
            " workspace.path to the resulting file.",
        )
    if "version" in text:
        return WorkspaceError(
            f"{path} was written by an incompatible version of DuckDB.",
            next_step="Update soc-tui, or import the logs again.",
        )
    if "ermission denied" in text:
        return WorkspaceError(
            f"{path} cannot be read.", "Permission denied.", "Check the owner and the file mode."
        )
    return WorkspaceError(
        f"The log file {path} cannot be opened.",
        "It may be damaged or truncated.",
        "Restore it from a backup, or import the logs again.",
    )


def read_tables(con: DuckDBPyConnection) -> dict[str, tuple[StoredColumn, ...]]:
    """Tables and views of the attached file's main schema, with their columns in order."""
    rows = con.execute(
        "SELECT table_name, column_name, data_type FROM duckdb_columns()"
        " WHERE database_name = ? AND schema_name = 'main' AND NOT internal"
        " ORDER BY table_name, column_index",
        [FILE],
    ).fetchall()
    return {
        table: tuple(StoredColumn(column, kind) for _, column, kind in columns)
        for table, columns in groupby(rows, itemgetter(0))
    }


def create_views(
    con: DuckDBPyConnection,
    tables: Tables,
    names: Iterable[str],
    since: dt.datetime | None,
    said: Mapping[str, str] | None = None,
) -> None:
    """Make a temporary view per name on this cursor, which is all that its queries can see.

    Args:
        since: Rows with a time column at or before this moment (UTC) are outside; None for all.
        said: Columns that have another name in the views.
    """
    for name in names:
        columns = tables[name]
        fields = ", ".join(
            f"{one.value_sql} AS {quoted_name((said or {}).get(one.name, one.name))}"
            for one in columns
        )
        source = f"{FILE}.main.{quoted_name(name)}{_window(columns, since)}"
        con.execute(
            f"CREATE OR REPLACE TEMP VIEW {quoted_name(name)} AS SELECT {fields} FROM {source}"
        )


def _window(columns: tuple[StoredColumn, ...], since: dt.datetime | None) -> str:
    if since is None:
        return ""
    kinds = {column.name: column.column.type for column in columns}
    for name in TIME_COLUMNS:
        if kinds.get(name) is KqlType.DATETIME:
            moment = since.astimezone(dt.UTC).replace(tzinfo=None).isoformat(sep=" ")
            return f" WHERE {quoted_name(name)} > TIMESTAMP '{moment}'"
    return ""
