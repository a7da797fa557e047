"""Reads a query: one walk for all that want to know of its tables, columns, bounds and cap."""

from __future__ import annotations

from functools import lru_cache

from soc_tui.kql.operators.registry import OPERATORS
from soc_tui.kql.reading.pipeline import Pipeline
from soc_tui.kql.reading.result import Reading
from soc_tui.kql.reading.walker import Walker
from soc_tui.kql.references.types import Reference
from soc_tui.kql.syntax import tree as t
from soc_tui.model.catalog import Catalog

_NO_TABLES = Catalog()


class SameCatalog:
    """A catalog as a key: equal to itself only. It is not copied, and never changes."""

    __slots__ = ("catalog",)

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SameCatalog) and other.catalog is self.catalog

    def __hash__(self) -> int:
        return id(self.catalog)


def read_query(kql: str, catalog: Catalog = _NO_TABLES) -> Reading:
    """A query, read against the tables of a catalog: columns of all others are not known.

    Raises:
        NotKqlError, TooComplexError: it cannot be read.
        RecursionError: it is nested too deeply.
    """
    return _read(kql, SameCatalog(catalog))


@lru_cache(maxsize=4)
def _read(kql: str, catalog: SameCatalog) -> Reading:
    return Walker(catalog.catalog, OPERATORS).read(t.parse(kql))


def forget() -> None:
    """Forget what was read, so that the next reading is from scratch (for measuring)."""
    _read.cache_clear()


def references(kql: str) -> tuple[Reference, ...]:
    """Everything that `kql` refers to, in the order of the text; raises as `read_query` does."""
    return read_query(kql).references


def main_pipeline(kql: str) -> Pipeline:
    """The pipeline of the answer; raises as `read_query` does."""
    return read_query(kql).pipeline


def main_table(kql: str) -> str:
    """The table that the answer's rows come from; "" when it is not one, or cannot be told."""
    try:
        tables = set(main_pipeline(kql).tables)
    except t.UNREADABLE:
        return ""
    return tables.pop() if len(tables) == 1 else ""


def row_cap(kql: str) -> int | None:
    """The smallest `take`, `top` or `sample` that holds for the answer, rows; None without one."""
    try:
        cap = main_pipeline(kql).cap
    except t.UNREADABLE:
        return None
    return cap.rows if cap else None
