"""What the tables of a DuckDB file hold, and over which time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import duckdb

from soc_tui.model.catalog import KqlType
from soc_tui.model.receipt import Extent
from soc_tui.model.row_sources import TableWindow
from soc_tui.model.sql_text import quoted_name
from soc_tui.model.time_columns import TIME_COLUMNS
from soc_tui.workspaces.local.duckdb_sandbox import FILE, StoredColumn, Tables
from soc_tui.workspaces.local.import_marks import read_missing

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def read_extents(
    con: DuckDBPyConnection, stored: Tables, tables: Sequence[TableWindow]
) -> dict[str, Extent]:
    """What there is of each table; one that DuckDB cannot read is not known."""
    found = {}
    missing = read_missing(con, FILE)
    for table in tables:
        columns = stored.get(table.name)
        if columns is None:
            found[table.name] = Extent(False)
            continue
        try:
            extent = _extent(con, table, columns)
            found[table.name] = replace(extent, missing=missing.get(table.name, ()))
        except duckdb.InterruptException:
            raise
        except duckdb.Error as error:
            found[table.name] = Extent(True, why_unknown=f"DuckDB: {type(error).__name__}")
    return found


def newest(con: DuckDBPyConnection, stored: Tables, now: dt.datetime) -> dt.datetime | None:
    """The minute after the newest row of all tables that is not after `now`; None without one."""
    found: list[dt.datetime] = []
    for name, columns in stored.items():
        if time := _time(columns):
            sql = (
                f"SELECT max({time}) FROM {FILE}.main.{quoted_name(name)}"
                f" WHERE {time} <= TIMESTAMP '{_text(now)}'"
            )
            try:
                found += [row[0] for row in con.execute(sql).fetchall() if row[0] is not None]
            except duckdb.InterruptException:
                raise
            except duckdb.Error:  # its table is told by the query that reads it
                continue
    if not found:
        return None
    last = max(found).replace(second=0, microsecond=0) + dt.timedelta(minutes=1)
    return min(now, last.replace(tzinfo=dt.UTC))


def _extent(con: DuckDBPyConnection, table: TableWindow, columns: Sequence[StoredColumn]) -> Extent:
    source = f"{FILE}.main.{quoted_name(table.name)}"
    time = _time(columns)
    if not time:
        counted = con.execute(f"SELECT count(*) FROM {source}").fetchall()
        return Extent(True, int(counted[0][0]), None, None, int(counted[0][0]))
    tests = [
        f"{time} {sign} TIMESTAMP '{_text(moment)}'"
        for sign, moment in ((">=", table.since), ("<=", table.until))
        if moment is not None
    ]
    inside = f"count(*) FILTER (WHERE {' AND '.join(tests)})" if tests else "count(*)"
    ((rows, oldest, newest, counted),) = con.execute(
        f"SELECT count(*), min({time}), max({time}), {inside} FROM {source}"
    ).fetchall()
    why = "" if table.known else "its time range cannot be read from the query"
    return Extent(True, rows, _utc(oldest), _utc(newest), counted if table.known else None, why)


def _time(columns: Sequence[StoredColumn]) -> str:
    """The column that tells when an event was, as a plain timestamp; empty without one."""
    for name in TIME_COLUMNS:
        for column in columns:
            if column.name == name and column.column.type is KqlType.DATETIME:
                return f"({column.value_sql})"
    return ""


def _text(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).replace(tzinfo=None).isoformat(sep=" ")


def _utc(moment: dt.datetime | None) -> dt.datetime | None:
    return moment.replace(tzinfo=dt.UTC) if moment is not None else None
