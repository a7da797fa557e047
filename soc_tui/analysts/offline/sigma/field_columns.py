"""How a rule names what it reads: a column, a value within one, or the text of several.

`DeviceName` is a column. `EventData/ImagePath` is the value called ImagePath within the column
EventData, or the column ImagePath where the rows have one (`a|b`: either name; `a?`: the rows need
not have it). `{Domain}\\{Name}` is a template.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator

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


def keys(column: str) -> tuple[str, ...]:
    """What a value may be called within its column; none for a column."""
    return tuple(filter(None, column.partition("/")[2].removesuffix("?").split("|")))


def may_lack(column: str) -> bool:
    """Whether rows need not have it."""
    return column.endswith("?")


def is_there(column: str, available: Container[str]) -> bool:
    """Whether rows with these columns can have it, or need not."""
    return (
        may_lack(column)
        or holder(column) in available
        or any(key in available for key in keys(column))
    )


def shown_of(columns: Iterable[str], available: Container[str]) -> Iterator[str]:
    """The columns of the rows in which these stand; those that are not there are left out."""
    for column in columns:
        own = [key for key in keys(column) if key in available]
        yield from own or ([holder(column)] if holder(column) in available else [])
