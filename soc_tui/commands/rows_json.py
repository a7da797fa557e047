"""A hunt as JSON with the rows that its findings cite."""

from __future__ import annotations

import datetime as dt
import json
import math
from typing import Any

from soc_tui.analysts.cells import cell_text
from soc_tui.history.exports import document, json_text
from soc_tui.model.catalog import KqlType
from soc_tui.model.hunt import Hunt
from soc_tui.model.rows import Rows, row_index


def hunt_json(hunt: Hunt) -> str:
    """The hunt's document with its rows, as text."""
    return json_text(hunt_document(hunt))


def hunt_document(hunt: Hunt) -> dict[str, Any]:
    """The hunt's document; each evidence item has its whole `row` beside the quoted cells.

    `row` is null where the rows are gone or the cited row does not exist.
    """
    data = document(hunt)
    for finding in data["findings"]:
        for item in finding["evidence"]:
            item["row"] = row_values(hunt.rows, item["row_id"]) if hunt.rows else None
    return data


def row_values(rows: Rows, row_id: str) -> dict[str, Any] | None:
    """The row of that id as JSON values by column name, or None when there is no such row.

    datetime is ISO 8601 in UTC with `Z`, timespan `d.hh:mm:ss.fffffff`, decimal a text, dynamic the
    value itself.
    """
    index = row_index(row_id, rows.count)
    if index is None:
        return None
    return {
        column.name: _value(rows.table.column(position)[index].as_py(), column.type)
        for position, column in enumerate(rows.columns)
    }


def _value(value: object, kql_type: KqlType) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        # JSON has no NaN and no infinity.
        return value if math.isfinite(value) else str(value)
    if isinstance(value, str):
        return _dynamic(value) if kql_type is KqlType.DYNAMIC else value
    if isinstance(value, dt.datetime | dt.timedelta):
        return cell_text(value, kql_type)
    return str(value)


def _dynamic(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=str)
    except (ValueError, RecursionError):
        return text
