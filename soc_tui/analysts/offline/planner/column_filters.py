"""Conditions on columns as filters on a table. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from soc_tui.analysts.offline.planner.column_words import ROW_COLUMNS
from soc_tui.analysts.offline.planner.named_columns import Condition
from soc_tui.analysts.offline.planner.narrowing import Filter
from soc_tui.analysts.offline.planner.said_values import documented
from soc_tui.analysts.packing.cell_text import escape
from soc_tui.model.catalog import KqlType, TableSpec
from soc_tui.model.plan import Operator, Predicate

_NEGATIVE = (
    Operator.NOT_IN, Operator.NOT_CONTAINS, Operator.NOT_HAS, Operator.NOT_STARTS_WITH,
    Operator.NOT_ENDS_WITH, Operator.NOT_REGEX,
)  # fmt: skip
# Windows numbers logon types, Defender names them.
# Source: https://learn.microsoft.com/windows-server/identity/securing-privileged-access/reference-tools-logon-types
_LOGON_TYPES = {
    "2": "Interactive", "3": "Network", "4": "Batch", "5": "Service", "7": "Unlock",
    "8": "NetworkCleartext", "9": "NewCredentials", "10": "RemoteInteractive",
    "11": "CachedInteractive",
}  # fmt: skip
_NUMBERS = frozenset({KqlType.INT, KqlType.LONG, KqlType.REAL, KqlType.DECIMAL})


def column_filters(found: Sequence[Condition], table: TableSpec) -> tuple[Filter, ...]:
    """The conditions as filters on that table; those on columns it lacks give none."""
    made: list[Filter] = []
    for one in found:
        name = one.column(table)
        if one.of_row:
            made.extend(_row_filters(one, table))
        elif name:
            made.extend(_filters(one, name, table))
    return tuple(made)


def _row_filters(one: Condition, table: TableSpec) -> Iterator[Filter]:
    present = tuple(name for name in ROW_COLUMNS if table.column(name))
    denies = one.operator in _NEGATIVE
    groups = [(value,) for value in one.values] if one.every else [one.values]
    for values in groups:
        said = " or ".join(f"“{escape(value[:80])}”" for value in values)
        for columns in [(name,) for name in present] if denies else [present]:
            why = f"{', '.join(columns)} {one.operator} {said}."
            yield Filter(Predicate(columns, one.operator, values), why)


def _filters(one: Condition, name: str, table: TableSpec) -> Iterator[Filter]:
    column = table.column(name)
    number = column is not None and column.type in _NUMBERS
    operator = one.operator
    if name == "LogonType" and not number:
        one = replace(one, values=tuple(_LOGON_TYPES.get(value, value) for value in one.values))
    if operator in (Operator.IN, Operator.NOT_IN):
        one = replace(one, values=tuple(documented(name, value, table) for value in one.values))
    if column is not None and column.type is KqlType.DYNAMIC and operator is Operator.IN:
        operator = Operator.HAS
    if number and operator in (Operator.CONTAINS, Operator.HAS):
        operator = Operator.IN
    if one.upper:
        upper = Predicate((name,), Operator.LESS_OR_EQUAL, (one.upper,))
        yield Filter(upper, f"{name} at most {one.upper}.")
    if operator is Operator.IN and any("*" in value for value in one.values):
        operator = Operator.REGEX
        one = replace(one, values=tuple(map(_wildcard, one.values)))
    groups = [(value,) for value in one.values] if one.every else [one.values]
    for values in groups:
        chosen = operator
        if chosen is Operator.HAS and len(values) > 1:
            chosen = Operator.HAS_ANY
        said = ", ".join(f"“{escape(value[:80])}”" for value in values)
        yield Filter(
            Predicate((name,), chosen, values), f"{name} {chosen} {said}.".replace(" .", ".")
        )


def _wildcard(value: str) -> str:
    """A name with asterisks as a regular expression of the whole text."""
    return f"(?i)^{'.*'.join(map(re.escape, value.split('*')))}$"
