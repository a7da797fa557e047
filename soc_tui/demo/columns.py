"""From generated columns to Arrow tables with every column that the catalog documents."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np

from soc_tui.demo.clock import MISSING, Ints, Texts
from soc_tui.demo.company import WORKSPACE_ID
from soc_tui.model.catalog import KqlType, TableSpec

if TYPE_CHECKING:
    import pyarrow as pa

Columns = dict[str, Ints | Texts]

_SOURCES = {
    "SigninLogs": "Azure AD",
    "AzureActivity": "Azure",
    "AzureNetworkAnalytics_CL": "RestAPI",
}
DUCKDB_TYPES = {
    KqlType.BOOL: "BOOLEAN", KqlType.DATETIME: "TIMESTAMP", KqlType.DECIMAL: "DECIMAL(38, 17)",
    KqlType.DYNAMIC: "JSON", KqlType.GUID: "UUID", KqlType.INT: "INTEGER", KqlType.LONG: "BIGINT",
    KqlType.REAL: "DOUBLE", KqlType.STRING: "VARCHAR", KqlType.TIMESPAN: "INTERVAL",
}  # fmt: skip
"""Storage of each KQL type. duckdb_kql compares datetime with `now() AT TIME ZONE 'UTC'`, so it is
TIMESTAMP without a zone, in UTC; dynamic is JSON."""


def joined(*blocks: Columns) -> Columns:
    """Blocks of the same columns, one below the other, in the order of time."""
    columns = {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
    order = np.argsort(columns["TimeGenerated"], kind="stable")
    return {name: values[order] for name, values in columns.items()}


def _report_ids(columns: Columns, count: int) -> Ints:
    """A counter for each device, as MDE numbers its events."""
    devices = columns.get("DeviceId")
    if devices is None:
        return np.arange(1, count + 1)
    _, codes = np.unique(devices.astype(str), return_inverse=True)
    order = np.argsort(codes, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(codes))[:-1]])
    numbers = np.empty(count, dtype=np.int64)
    numbers[order] = np.arange(count) - np.repeat(starts, np.bincount(codes))
    return numbers + 1000


def _general(spec: TableSpec, columns: Columns, count: int) -> Columns:
    """Columns that every table has, where the catalog lists them."""
    texts = {
        "TenantId": WORKSPACE_ID,
        "SourceSystem": _SOURCES.get(spec.name, ""),
        "Type": spec.name,
        "_IsBillable": "True",
    }
    found: Columns = {name: np.full(count, text, dtype=object) for name, text in texts.items()}
    found["Timestamp"] = columns["TimeGenerated"]
    found["_BilledSize"] = 900 + (np.arange(count) * 37) % 1100
    if spec.name.startswith("Device"):
        found["ReportId"] = _report_ids(columns, count)
    return {name: values for name, values in found.items() if spec.column(name) is not None}


def arrow_table(spec: TableSpec, columns: Columns, anchor: dt.datetime) -> pa.Table:
    """All columns of the catalog, in its order; times become UTC dates before `anchor`."""
    import pyarrow as pa

    count = len(columns["TimeGenerated"])
    filled = columns | _general(spec, columns, count)
    zero = int(anchor.timestamp()) * 1_000_000 + anchor.microsecond
    arrays = [
        _arrow_column(column.type, filled.get(column.name), count, zero) for column in spec.columns
    ]
    return pa.table(arrays, names=list(spec.column_names))


def _arrow_column(kind: KqlType, values: Ints | Texts | None, count: int, zero: int) -> pa.Array:
    import pyarrow as pa

    if values is None:
        default = pa.scalar("", pa.string()) if kind is KqlType.STRING else pa.scalar(None)
        return pa.repeat(default, count)
    if kind is KqlType.DATETIME:
        times = np.asarray(values, dtype=np.int64)
        return pa.array(times + zero, mask=times == MISSING, type=pa.timestamp("us"))
    if kind in (KqlType.INT, KqlType.LONG):
        numbers = np.asarray(values, dtype=np.int64)
        return pa.array(numbers, mask=numbers == MISSING)
    if kind in (KqlType.REAL, KqlType.BOOL):
        return pa.array(np.asarray(values, dtype=float if kind is KqlType.REAL else bool))
    as_text = count and not isinstance(values[0], str)
    texts = pa.array(values.astype(str) if as_text else values, type=pa.string())
    if kind in (KqlType.DYNAMIC, KqlType.GUID):
        return _empty_as_null(texts)
    return texts


def _empty_as_null(texts: pa.Array) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)
