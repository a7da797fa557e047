"""Rows as text for the clipboard: a cell, a row, a column, or a KQL filter.

What would act on a terminal or hide in a text is written as an escape, unless raw texts are wanted.
"""

from __future__ import annotations

import json
from typing import Any

from soc_tui.kql.text.literals import identifier, literal, string
from soc_tui.model.catalog import KqlType
from soc_tui.model.inert import inert, inert_json
from soc_tui.model.rows import Rows
from soc_tui.rows.values import json_value, value_text


def cell_copy(rows: Rows, index: int, name: str, *, raw: bool = False) -> str:
    """The whole value of one cell."""
    place = rows.column_names.index(name)
    text = value_text(rows.table.column(place)[index].as_py())
    return text if raw else inert(text)


def row_copy(rows: Rows, index: int, *, raw: bool = False) -> str:
    """The row as one JSON object on one line."""
    document = json.dumps(row_document(rows, index), ensure_ascii=False)
    return document if raw else inert_json(document)


def row_document(rows: Rows, index: int) -> dict[str, Any]:
    """JSON values of one row by column name."""
    return {
        column.name: json_value(rows.table.column(place)[index].as_py(), column.type)
        for place, column in enumerate(rows.columns)
    }


def column_copy(rows: Rows, name: str, order: Any = None, *, raw: bool = False) -> str:
    """All shown values of a column, a line each."""
    column = rows.table.column(rows.column_names.index(name))
    if order is not None:
        column = column.take(order)
    texts = map(value_text, column.to_pylist())
    return "\n".join(texts if raw else map(inert, texts))


def predicate(rows: Rows, index: int, name: str, *, keep: bool = True) -> str:
    """The KQL condition that keeps (or excludes) rows with this cell's value."""
    place = rows.column_names.index(name)
    kind = rows.columns[place].type
    return condition(name, kind, rows.table.column(place)[index].as_py(), keep=keep)


def condition(name: str, kind: KqlType, value: Any, *, keep: bool = True) -> str:
    """KQL that holds for rows whose column `name` has this value, or that have another one."""
    column = identifier(name)
    operator = "==" if keep else "!="
    if value is None or value == "":
        return f"{'isempty' if keep else 'isnotempty'}({column})"
    if kind is KqlType.DYNAMIC:
        return f"tostring({column}) {operator} {string(str(value))}"
    if kind is KqlType.STRING:
        return f"{column} {operator} {string(str(value))}"
    written = literal(value_text(value), kind)
    if written is None:
        return f"tostring({column}) {operator} {string(value_text(value))}"
    return f"{column} {operator} {written}"
