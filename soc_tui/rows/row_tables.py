"""Finds the table of each row: from the query, from a column that names it, from filled columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.row_sources import RowSources, RowTable
from soc_tui.model.rows import Rows

_WRITTEN_BY_SERVICE = "Type"
"""Each row of Log Analytics names its table here.

Source: https://learn.microsoft.com/azure/azure-monitor/logs/log-standard-columns
"""
_USUAL = ("$table", "source_", "SourceTable", _WRITTEN_BY_SERVICE)
_NAME = re.compile(r"[A-Za-z_]\w*")
_MADE_UP = re.compile(r"union_arg\d+")
_FEWEST_SHOWN = 64
"""A column with more values than this names no tables."""

# The first table one of whose sets of columns is there. Sets overlap, so the order matters.
_TELLTALES: tuple[tuple[str, tuple[frozenset[str], ...]], ...] = tuple(
    (table, tuple(frozenset(columns.split()) for columns in sets))
    for table, *sets in (
        ("AlertEvidence", "AlertId EntityType", "AlertId EvidenceRole"),
        ("AlertInfo", "AlertId AttackTechniques", "AlertId Category", "AlertId Title"),
        ("AzureNetworkAnalytics_CL", "FlowType_s", "NSGRule_s", "SrcIP_s", "DestIP_s", "VM_s"),
        ("AzureActivity", "OperationNameValue", "CallerIpAddress", "ActivityStatusValue"),
        ("SigninLogs", "UserPrincipalName ResultType", "UserPrincipalName IPAddress",
         "ResultType AppDisplayName", "ConditionalAccessStatus"),
        ("DeviceRegistryEvents", "RegistryKey", "RegistryValueName", "RegistryValueData"),
        ("DeviceLogonEvents", "LogonType", "LogonId"),
        ("DeviceNetworkEvents", "RemoteUrl", "RemotePort", "RemoteIP"),
        ("DeviceProcessEvents", "ProcessCommandLine", "ProcessId"),
        ("DeviceFileEvents", "FileOriginUrl", "PreviousFileName", "FolderPath", "FileName"),
    )
)  # fmt: skip
_KNOWN = frozenset(table for table, _ in _TELLTALES)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where rows come from.

    Attributes:
        counts: Rows of each table that has any, by name.
        of_rows: The table of each row, null where it cannot be told; None when all rows are of one
            table, or of none that is known.
        available: Of each table, the columns of the rows that its rows bring.
        unknown: Rows whose table cannot be told.
        guessed: True when only the columns told.
        silent: Tables of the query that none of the rows come from.
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    of_rows: pa.Array | None = None
    available: Mapping[str, frozenset[str]] = field(default_factory=dict)
    unknown: int = 0
    guessed: bool = False
    silent: tuple[str, ...] = ()

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables that the rows come from; none when that cannot be told."""
        return tuple(self.counts)

    @property
    def text(self) -> str:
        """The tables in words."""
        *rest, last = self.tables or ("an unknown table",)
        return f"{', '.join(rest)} and {last}" if rest else last


def origin_of(rows: Rows, sources: RowSources) -> Origin:
    """Where the rows come from.

    Args:
        sources: What the query tells of it.
    """
    every = frozenset(rows.column_names)
    if sources.only:
        return Origin({sources.only: rows.count}, available={sources.only: every})
    of_rows = _by_label(rows, sources)
    if of_rows is None or of_rows.null_count:
        filled = _by_filled_columns(rows, sources)
        of_rows = filled if of_rows is None or filled is None else pc.coalesce(of_rows, filled)
    if of_rows is None or of_rows.null_count == len(of_rows):
        return _guessed(rows, sources)
    counted = {one["values"]: one["counts"] for one in pc.value_counts(of_rows).to_pylist()}
    counts = {name: counted[name] for name in sorted(filter(None, counted))}
    return Origin(
        counts,
        of_rows,
        {name: _available(rows, name, of_rows, sources) for name in counts},
        counted.get(None, 0),
        silent=tuple(one.name for one in sources.tables if one.name not in counts),
    )


def _guessed(rows: Rows, sources: RowSources) -> Origin:
    """By the columns of the answer, where the query does not speak of several tables."""
    inferred = ""
    if len(sources.tables) < 2 and not sources.complete:
        inferred = infer(rows.column_names) or "".join(one.name for one in sources.tables)
    if not inferred:
        return Origin(unknown=rows.count, silent=tuple(one.name for one in sources.tables))
    available = {inferred: frozenset(rows.column_names)}
    return Origin({inferred: rows.count}, available=available, guessed=True)


def _by_label(rows: Rows, sources: RowSources) -> pa.Array | None:
    """The table of each row, as a column names it; None when none does."""
    texts = [column.name for column in rows.columns if column.type is KqlType.STRING]
    usual = dict.fromkeys((*sources.label_columns, *_USUAL))
    for name in (*(one for one in usual if one in texts), *(x for x in texts if x not in usual)):
        encoded = rows.table.column(name).combine_chunks().dictionary_encode()
        if isinstance(encoded, pa.ChunkedArray):
            encoded = encoded.combine_chunks()
        values = encoded.dictionary.to_pylist()
        if len(values) > _FEWEST_SHOWN:
            continue
        declared = name in sources.label_columns or (name in _USUAL[:2] and not sources.complete)
        named = [_table_of(value, sources, declared=declared) for value in values]
        surely = name in usual or all(named)
        if surely and any(named):
            return pa.array(named, pa.string()).take(encoded.indices)
    return None


def _table_of(value: str | None, sources: RowSources, *, declared: bool) -> str | None:
    """The table that a label stands for; None when that is no one table.

    Args:
        declared: The query itself makes the column a column of tables.
    """
    if not value:
        return None
    bearing = {one.name for one in sources.tables if value in one.labels or value == one.name}
    if bearing or sources.complete:
        return bearing.pop() if len(bearing) == 1 else None
    is_name = declared and _NAME.fullmatch(value) and not _MADE_UP.fullmatch(value)
    return value if value in _KNOWN or is_name else None


def _by_filled_columns(rows: Rows, sources: RowSources) -> pa.Array | None:
    """The table of each row: the only one that has all the columns that the row fills."""
    tables = [one for one in sources.tables if one.columns is not None]
    if not sources.complete or len(tables) < len(sources.tables) or not tables:
        return None
    every = set().union(*(one.columns or () for one in tables))
    shown = [column for column in rows.columns if column.name in every]
    filled = {column.name: _filled(rows, column) for column in shown}
    fits = {one.name: _none_of(filled, one, rows.count) for one in tables}
    return _only_fit(fits, rows.count)


def _none_of(filled: Mapping[str, pa.Array], table: RowTable, count: int) -> pa.Array:
    """Which rows fill no column that the table does not have."""
    fit: pa.Array = pa.repeat(pa.scalar(True), count)
    for name, mask in filled.items():
        if name not in (table.columns or ()):
            fit = pc.and_(fit, pc.invert(mask))
    return fit


def _only_fit(fits: Mapping[str, pa.Array], count: int) -> pa.Array:
    """Where one table fits and no other does, its name; else null."""
    found = pa.nulls(count, pa.string())
    fitting = pa.repeat(pa.scalar(0, pa.int64()), count)
    for name, fit in fits.items():
        fitting = pc.add(fitting, pc.cast(fit, pa.int64()))
        found = pc.if_else(fit, pa.scalar(name), found)
    return pc.if_else(pc.equal(fitting, 1), found, pa.scalar(None, pa.string()))


def _filled(rows: Rows, column: Column) -> pa.Array:
    """Which rows hold something in a column; an empty text, list or object is nothing."""
    cells = rows.table.column(column.name).combine_chunks()
    if isinstance(cells, pa.ChunkedArray):
        cells = cells.combine_chunks()
    if column.type in {KqlType.STRING, KqlType.DYNAMIC, KqlType.GUID}:
        empty = pc.is_in(cells, value_set=pa.array(["", "[]", "{}", "null"], pa.string()))
        return pc.and_(pc.is_valid(cells), pc.invert(empty))
    return pc.is_valid(cells)


def _available(rows: Rows, table: str, of_rows: pa.Array, sources: RowSources) -> frozenset[str]:
    """The columns of the answer that a table's rows bring.

    Of a union, a column that only other tables bring is not one of its own: its cells are empty
    whatever happened. One that no table brings was made later, for all rows.
    """
    every = frozenset(rows.column_names)
    known = {one.name: one.columns for one in sources.tables}
    own = frozenset(known.get(table) or ())
    foreign = every & set().union(*(columns or () for columns in known.values())) - own
    return every - empty_columns(rows, foreign, table, of_rows)


def empty_columns(
    rows: Rows, names: Iterable[str], table: str, of_rows: pa.Array | None
) -> frozenset[str]:
    """Which of these columns hold nothing in any row of a table."""
    wanted = frozenset(names)
    mine = None if of_rows is None else pc.fill_null(pc.equal(of_rows, table), False)
    empty = set()
    for column in rows.columns:
        if column.name in wanted:
            filled = _filled(rows, column)
            if not pc.any(filled if mine is None else pc.and_(filled, mine)).as_py():
                empty.add(column.name)
    return frozenset(empty)


def infer(columns: Iterable[str]) -> str:
    """The table's name, or empty when the columns do not tell."""
    available = set(columns)
    for table, sets in _TELLTALES:
        if any(telltale <= available for telltale in sets):
            return table
    return ""
