"""What follows from a catalog alone is worked out once for each. Pure but for its memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from soc_tui.model.catalog import Catalog, TableSpec

_Made = TypeVar("_Made")
_MOST = 256


def per_catalog(make: Callable[[Catalog], _Made]) -> Callable[[Catalog], _Made]:
    """The function, called once for catalogs of the very same tables."""
    kept: dict[tuple[int, ...], tuple[tuple[TableSpec, ...], _Made]] = {}

    def made(catalog: Catalog) -> _Made:
        tables = tuple(catalog.tables.values())
        key = tuple(map(id, tables))
        found = kept.get(key)
        if found is None:
            if len(kept) >= _MOST:
                kept.clear()
            # The tables are kept as well, so that no other can take the place of one in memory.
            found = kept[key] = (tables, make(catalog))
        return found[1]

    return made
