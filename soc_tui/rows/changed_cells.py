"""A column with each distinct cell changed once. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def changed_cells(cells: Any, change: Callable[[str], str]) -> tuple[Any, int]:
    """A column of strings with each distinct cell changed, and the number of cells that differ."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_string(cells.type):
        return cells, 0
    encoded = pa.concat_arrays(cells.chunks or [pa.array([], cells.type)]).dictionary_encode()
    values = encoded.dictionary.to_pylist()
    after = [change(value) for value in values]
    differing = [place for place, value in enumerate(values) if after[place] != value]
    if not differing:
        return cells, 0
    count = pc.sum(pc.is_in(encoded.indices, pa.array(differing, pa.int32()))).as_py()
    return pa.chunked_array([pa.array(after, pa.string()).take(encoded.indices)]), int(count)
