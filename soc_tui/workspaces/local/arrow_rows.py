"""DuckDB results as Rows: each column in the Arrow type that model/rows.py promises.

Heavy imports: this module is itself imported lazily.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.sql_text import quoted_name
from soc_tui.workspaces.local.duckdb_sandbox import kql_type

if TYPE_CHECKING:
    from duckdb import DuckDBPyRelation

ARROW_TYPES = {
    KqlType.BOOL: pa.bool_(),
    KqlType.DATETIME: pa.timestamp("us", tz="UTC"),
    KqlType.DYNAMIC: pa.string(),
    KqlType.GUID: pa.string(),
    KqlType.INT: pa.int32(),
    KqlType.LONG: pa.int64(),
    KqlType.REAL: pa.float64(),
    KqlType.STRING: pa.string(),
    KqlType.TIMESPAN: pa.duration("us"),
}
"""Arrow type per KQL type; decimal keeps DuckDB's precision and scale."""


def select_list(relation: DuckDBPyRelation) -> str:
    """SQL that brings what Arrow cannot convert by itself into plain types."""
    kinds = zip(relation.columns, (str(kind) for kind in relation.types), strict=True)
    return ", ".join(f"{_expression(name, kind)} AS {quoted_name(name)}" for name, kind in kinds)


def _expression(name: str, duckdb_type: str) -> str:
    kind, column = kql_type(duckdb_type), quoted_name(name)
    if duckdb_type.upper() == "TIMESTAMP WITH TIME ZONE":
        return f"timezone('UTC', {column})"
    if kind is KqlType.DYNAMIC and duckdb_type.upper() != "JSON":
        column = f"to_json({column})"
    form = _PLAIN.get(kind)
    return form.format(column) if form else column


_PLAIN = {
    KqlType.DATETIME: "CAST({} AS TIMESTAMP)",
    KqlType.DYNAMIC: "nullif(CAST({} AS VARCHAR), 'null')",  # JSON's null is null
    KqlType.GUID: "CAST({} AS VARCHAR)",
    KqlType.REAL: "CAST({} AS DOUBLE)",
    KqlType.STRING: "coalesce(CAST({} AS VARCHAR), '')",  # KQL strings are never null
    KqlType.TIMESPAN: "epoch_us({})",
}


def as_rows_table(
    table: pa.Table, names: list[str], duckdb_types: list[str]
) -> tuple[pa.Table, tuple[Column, ...]]:
    """The table with promised Arrow types, and its columns with KQL types."""
    arrays, columns = [], []
    for array, name, duckdb_type in zip(table.columns, names, duckdb_types, strict=True):
        converted, kind = _converted(array, kql_type(duckdb_type))
        arrays.append(converted)
        columns.append(Column(name, kind))
    schema = pa.schema([(c.name, a.type) for c, a in zip(columns, arrays, strict=True)])
    return pa.Table.from_arrays(arrays, schema=schema), tuple(columns)


def _converted(array: pa.ChunkedArray, kind: KqlType) -> tuple[pa.ChunkedArray, KqlType]:
    if kind is KqlType.DECIMAL:
        return array, kind
    if kind is KqlType.TIMESPAN:
        return pc.cast(array, pa.int64()).cast(ARROW_TYPES[kind]), kind
    try:
        return pc.cast(array, ARROW_TYPES[kind]), kind
    except pa.ArrowInvalid:
        if kind is not KqlType.LONG:
            raise
        # A sum beyond 64 bits: real keeps its size, where Kusto would wrap around.
        return pc.cast(array, pa.float64()), KqlType.REAL
