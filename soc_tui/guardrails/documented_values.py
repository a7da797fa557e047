"""Values that the documentation gives for a table's columns, from documented_values.toml."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from soc_tui.guardrails.toml_files import read_toml
from soc_tui.model.catalog import TableSpec

_FILE = Path(__file__).with_name("documented_values.toml")


def documented_values(table: TableSpec) -> Mapping[str, tuple[str, ...]]:
    """The documented values by column, of the columns that the table has."""
    known = known_tables()
    found = {**known.get("any", {}), **known.get(table.name, {})}
    return {column: values for column, values in found.items() if table.column(column)}


@cache
def known_tables() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """The whole file: values by table and column; "any" is of every table with such a column."""
    return {
        table: {column: _values(values) for column, values in columns.items()}
        for table, columns in read_toml(_FILE).items()
    }


def _values(said: object) -> tuple[str, ...]:
    return tuple(said.split()) if isinstance(said, str) else tuple(map(str, said))  # type: ignore[call-overload]
