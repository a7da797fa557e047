"""A DuckDB file as a workspace: real KQL, no cloud."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.errors import QueryError, WorkspaceError
from soc_tui.model.inert import inert
from soc_tui.model.receipt import Extent
from soc_tui.model.row_sources import TableWindow
from soc_tui.model.rows import Rows, twice_named
from soc_tui.threads import interruptible
from soc_tui.workspaces.local.duckdb_job import Job
from soc_tui.workspaces.local.schema_cache import FileState, Schema, SchemaCache

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

    from soc_tui.workspaces.local.dialect.python_functions import Python

MAX_ROWS = 500_000
"""Rows kept when the caller sets no cap: the limit of the Log Analytics API.

Source: https://learn.microsoft.com/azure/azure-monitor/service-limits
"""


class LocalWorkspace:
    """Answers KQL from the tables of a DuckDB file, read-only.

    The file is open only while queries run, so that an import can write to it in between, and
    several processes can query it at once.

    Args:
        path: The DuckDB file; it need not exist before the first query.
        name: Name for the status strip; "local: <file name>" by default.
        now: Clock for `ago()`, `now()` and `timespan`, UTC; the wall clock by default.
        geoip: File of places by address, in MaxMind's format, for `geo_info_from_ip_address()`.
        from_end: Time counts from the end of the logs instead, see `end_of_logs`.
    """

    on_this_machine = True

    def __init__(
        self,
        path: Path,
        *,
        name: str = "",
        now: Callable[[], dt.datetime] | None = None,
        geoip: Path | None = None,
        from_end: bool = False,
    ) -> None:
        self._path = path
        self._geoip = geoip
        self._name = name or f"local: {path.name}"
        self._now = now
        self._from_end = from_end
        self._end: tuple[Schema, dt.datetime | None] | None = None
        self._lock = threading.Lock()
        self._shared: DuckDBPyConnection | None = None
        self._users = 0
        self._closed = False
        self._cache = SchemaCache()
        self._schema: Schema | None = None
        self._state: FileState | None = None

    @property
    def name(self) -> str:
        """Short name for the status strip."""
        return self._name

    async def query(
        self, kql: str, *, timespan: dt.timedelta | None = None, max_rows: int | None = None
    ) -> Rows:
        """Run `kql` and return its rows; see Workspace.query.

        Args:
            timespan: Rows of each stored table whose TimeGenerated (or Timestamp, where a table
                has no TimeGenerated) is older than this are not seen by the query.
            max_rows: Most rows kept; MAX_ROWS by default.
        """
        job = Job()
        return await interruptible(lambda: self._run(job, kql, timespan, max_rows), job.stop)

    async def schema(self) -> Mapping[str, tuple[Column, ...]]:
        """Tables and views of the file with their KQL types."""
        job = Job()
        return await interruptible(lambda: self._read_schema(job), job.stop)

    async def extents(self, tables: Sequence[TableWindow]) -> Mapping[str, Extent]:
        """What the file holds of these tables; see Workspace.extents."""
        job = Job()
        return await interruptible(lambda: self._read_extents(job, tables), job.stop)

    async def end_of_logs(self) -> dt.datetime | None:
        """The minute after the newest row that is not in the future, UTC.

        None where there is no such row, or time does not count from there.
        """
        if not self._from_end:
            return None
        job = Job()
        return await interruptible(lambda: self._read_end(job), job.stop)

    async def aclose(self) -> None:
        """Refuse further queries; running ones finish and close the file."""
        self._closed = True

    def _run(self, job: Job, kql: str, timespan: dt.timedelta | None, max_rows: int | None) -> Rows:
        import duckdb

        from soc_tui.workspaces.local import duckdb_sandbox
        from soc_tui.workspaces.local.dialect.python_functions import add_functions
        from soc_tui.workspaces.local.kql_to_sql import translate

        started = time.monotonic()
        limit = MAX_ROWS if max_rows is None else max_rows
        with self._cursor(job) as con:
            schema = self._schema_of(con)
            columns = schema.columns
            now = self._clock(con, schema)
            since = (now or dt.datetime.now(dt.UTC)) - timespan if timespan is not None else None

            def answer(text: str, most: int) -> tuple[pa.Table, tuple[Column, ...]]:
                translation = translate(text, columns, now, peek)
                try:
                    add_functions(con, translation.sql, self._functions(kql, translation.sql))
                    duckdb_sandbox.create_views(
                        con, schema.tables, translation.tables, since, translation.said
                    )
                    found = _fetch(con, translation.sql, translation.parameters, most)
                    return _as_written(*found) if translation.said else found
                except duckdb.Error as error:
                    seen = [one.name for table in translation.tables for one in columns[table]]
                    raise _query_error(kql, error, seen) from error

            peek = _Peek(answer)
            table, found = answer(kql, limit)
        partial = None
        if table.num_rows > limit:
            table = table.slice(0, limit)
            partial = f"Only the first {limit:,} rows were kept; more exist."
        return Rows(table, found, partial, time.monotonic() - started)

    def _functions(self, kql: str, sql: str) -> Mapping[str, Python]:
        """The functions in Python that this SQL may call."""
        from soc_tui.workspaces.local.dialect.functions.places import GEO_INFO, geo_info
        from soc_tui.workspaces.local.dialect.functions.registry import PYTHON
        from soc_tui.workspaces.local.kql_to_sql import needs_geoip

        if f"soc_{GEO_INFO}_" not in sql:
            return PYTHON
        if self._geoip is None:
            raise needs_geoip(kql)
        return {**PYTHON, GEO_INFO: geo_info(self._geoip)}

    def _read_schema(self, job: Job) -> dict[str, tuple[Column, ...]]:
        with self._cursor(job) as con:
            return dict(self._schema_of(con).columns)

    def _read_extents(self, job: Job, tables: Sequence[TableWindow]) -> dict[str, Extent]:
        from soc_tui.workspaces.local.extents import read_extents

        with self._cursor(job) as con:
            return read_extents(con, self._schema_of(con).tables, tables)

    def _read_end(self, job: Job) -> dt.datetime | None:
        with self._cursor(job) as con:
            return self._end_of(con, self._schema_of(con))

    def _end_of(self, con: DuckDBPyConnection, schema: Schema) -> dt.datetime | None:
        from soc_tui.workspaces.local.extents import newest

        with self._lock:
            known = self._end
        if known is None or known[0] is not schema:
            known = schema, newest(con, schema.tables, dt.datetime.now(dt.UTC))
            with self._lock:
                self._end = known
        return known[1]

    def _clock(self, con: DuckDBPyConnection, schema: Schema) -> dt.datetime | None:
        """The time that a query counts from; None for the wall clock."""
        if self._now is not None:
            return self._now()
        return self._end_of(con, schema) if self._from_end else None

    def _schema_of(self, con: DuckDBPyConnection) -> Schema:
        """Tables and columns of the file that is open, read once for as long as it is the same."""
        from soc_tui.workspaces.local.duckdb_sandbox import read_tables

        with self._lock:
            schema = self._schema
        if schema is None:
            schema = Schema.of(read_tables(con))
            with self._lock:
                self._schema = schema
                if self._state is not None:
                    self._cache.keep(self._state, schema)
        return schema

    @contextlib.contextmanager
    def _cursor(self, job: Job) -> Iterator[DuckDBPyConnection]:
        with self._lock:
            if self._closed:
                raise WorkspaceError(f"The workspace {self._name!r} is closed.")
            if self._shared is None:
                self._shared = self._open()
            self._users += 1
            cursor = self._shared.cursor()
        try:
            with job.on(cursor):
                yield cursor
        finally:
            cursor.close()
            with self._lock:
                self._users -= 1
                if self._users == 0 and self._shared is not None:
                    self._shared.close()
                    self._shared = None

    def _open(self) -> DuckDBPyConnection:
        """The file, and its schema where that is known.

        Nobody writes to the file while it is open here, so its state is the same before and after
        opening unless another file took its place meanwhile.
        """
        from soc_tui.workspaces.local.duckdb_sandbox import open_sandbox

        before = FileState.of(self._path)
        con = open_sandbox(self._path)
        self._state = before if FileState.of(self._path).stamps == before.stamps else None
        self._schema = None if self._state is None else self._cache.get(self._state)
        return con


@dataclasses.dataclass(frozen=True, slots=True)
class _Peek:
    """Rows and columns of a query that stands in another."""

    answer: Callable[[str, int], tuple[pa.Table, tuple[Column, ...]]]

    def values(self, kql: str) -> list[object]:
        return list(self.answer(kql, MAX_ROWS)[0].column(0).to_pylist())

    def types(self, kql: str) -> dict[str, KqlType]:
        return {column.name: column.type for column in self.answer(kql, 0)[1]}


def _fetch(
    con: DuckDBPyConnection, sql: str, parameters: Mapping[str, object], limit: int
) -> tuple[pa.Table, tuple[Column, ...]]:
    """Up to `limit` + 1 rows: the one more shows that there are more."""
    from soc_tui.workspaces.local import arrow_rows

    relation = con.sql(sql, params=dict(parameters)) if parameters else con.sql(sql)
    if twice := twice_named(relation.columns):
        # By its name DuckDB would give the first of them for both.
        raise QueryError(
            f"The query returns two columns named {inert(twice, 80)}.",
            "Kusto does not allow that.",
            "Rename one of them.",
        )
    plain = relation.project(arrow_rows.select_list(relation)).limit(limit + 1)
    types = [str(kind) for kind in relation.types]
    return arrow_rows.as_rows_table(plain.to_arrow_table(), relation.columns, types)


def _as_written(
    table: pa.Table, columns: tuple[Column, ...]
) -> tuple[pa.Table, tuple[Column, ...]]:
    """The columns with the names that the query has for them."""
    from soc_tui.workspaces.local.rewrite.spellings import unmarked

    named = tuple(dataclasses.replace(one, name=unmarked(one.name)) for one in columns)
    return table.rename_columns([one.name for one in named]), named


def _query_error(kql: str, error: duckdb.Error, columns: list[str]) -> WorkspaceError:
    """DuckDB's error in KQL's words: its own text may hold SQL and log cells."""
    import duckdb

    from soc_tui.workspaces.local.kql_to_sql import unknown_column
    from soc_tui.workspaces.local.rewrite.spellings import unmarked

    missing = _MISSING_COLUMN.search(str(error))
    if isinstance(error, duckdb.BinderException) and missing and missing.lastgroup:
        return unknown_column(kql, unmarked(missing[missing.lastgroup]), columns)
    if isinstance(error, duckdb.IOException):
        return WorkspaceError(
            "The log file could not be read.",
            "It may be damaged or was changed during the query.",
            "Run the query again; if it fails again, reimport the logs.",
        )
    for kind, texts in _QUERY_ERRORS.items():
        if isinstance(error, getattr(duckdb, kind)):
            return QueryError(*texts)
    return QueryError(
        "The local workspace could not run the query.",
        f"DuckDB stopped with {type(error).__name__}.",
        "Simplify the query.",
    )


# DuckDB's ways of saying that a name is no column. The second to fourth come from
# `SELECT x AS x` and `GROUP BY x AS x`, which is how projections are translated.
_MISSING_COLUMN = re.compile(
    r'column "(?P<a>.+?)" (?:was )?not found'
    r'|Column "(?P<b>.+?)" referenced that exists in the SELECT'
    r'|Alias with name "+(?P<c>.+?)"+ exists|Column "(?P<d>.+?)" in EXCLUDE list not found'
    r'|does not have a column named "(?P<e>.+?)"'
)
_QUERY_ERRORS = {
    "BinderException": (
        "The query does not fit the types of the columns.",
        "An operator or function got a value of the wrong type.",
        "Convert it with tostring(), tolong(), todatetime() or todynamic().",
    ),
    "OutOfMemoryException": (
        "The query needs more memory than the local workspace may use.",
        "It holds too many rows or groups in memory.",
        "Filter earlier, shorten the time range, or summarize less.",
    ),
    "ConversionException": (
        "A value could not be converted.",
        "",
        "Filter out those rows, or compare them as strings.",
    ),
    "OutOfRangeException": (
        "A number is out of range.",
        "",
        "Convert it with toreal() first.",
    ),
    "PermissionException": (
        "The query tries to access something outside the log file.",
        "The local workspace only reads the tables in its own file.",
    ),
}
