"""Values from rows as KQL literals, for completing filters."""

from __future__ import annotations

from soc_tui.kql.text.literals import literal
from soc_tui.model.catalog import KqlType
from soc_tui.model.rows import Rows

VALUES = 50
"""Values kept of a column, the most frequent."""

_ROWS = 100_000
_DISTINCT = 2_000
_CHARACTERS = 200
_TYPES = {KqlType.STRING, KqlType.GUID, KqlType.INT, KqlType.LONG, KqlType.BOOL}


def seen_values(rows: Rows) -> dict[str, tuple[str, ...]]:
    """Literals of the values in the first 100,000 rows by column, the most frequent first.

    Values of more than 200 characters, times and dynamic values are left out. Takes tens of
    milliseconds; not for the UI thread.
    """
    found: dict[str, tuple[str, ...]] = {}
    table = rows.table.slice(0, _ROWS)
    for column, cells in zip(rows.columns, table.columns, strict=True):
        if column.type not in _TYPES:
            continue
        counted = cells.value_counts().slice(0, _DISTINCT).to_pylist()
        counted.sort(key=lambda entry: -entry["counts"])
        written = (_written(entry["values"], column.type) for entry in counted)
        literals = [text for text in written if text is not None]
        if literals:
            found[column.name] = tuple(literals[:VALUES])
    return found


def _written(value: object, kind: KqlType) -> str | None:
    if value is None or value == "":
        return None
    text = str(value)
    return literal(text, kind) if len(text) <= _CHARACTERS else None
