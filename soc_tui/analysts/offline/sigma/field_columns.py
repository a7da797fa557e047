"""How a rule names what it reads: a column, a value within one, or the text of several.

`DeviceName` is a column. `EventData/ImagePath` is the value called ImagePath within the column
EventData, or the column ImagePath where the rows have one. `{Domain}\\{Name}` is a template.
"""

from __future__ import annotations

import re
from collections.abc import Container

_IN_BRACES = re.compile(r"\{([^{}]+)\}")


def columns_in(field: str) -> tuple[str, ...]:
    """The columns of a template, or the field itself."""
    return tuple(_IN_BRACES.findall(field)) or (field,)


def pieces(template: str) -> list[str]:
    """Text, column, text, column … of a template; a single piece where it is none."""
    return _IN_BRACES.split(template)


def holder(column: str) -> str:
    """The column that holds a value; the column itself where it is none within another."""
    return column.partition("/")[0]


def key(column: str) -> str:
    """What a value is called within its column; empty for a column."""
    return column.partition("/")[2]


def is_there(column: str, available: Container[str]) -> bool:
    """Whether rows with these columns can have it."""
    return holder(column) in available or (bool(key(column)) and key(column) in available)
