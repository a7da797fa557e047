"""Result columns as text: each distinct cell once, and its index for each row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from soc_tui.analysts.packing.cell_text import cell_text, escape
from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.rows import Rows

if TYPE_CHECKING:
    import pyarrow as pa

Positions = NDArray[np.int64]

# Roughly what a tokenizer takes as one: a short word, three digits, a sign with the blank before.
_PIECE = re.compile(r"[A-Za-z]{1,7}|\d{1,3}|\s?[^\w\s]{1,2}|.", re.DOTALL)


@dataclass(frozen=True)
class TextColumn:
    """One column, its cells as `cells.cell_text` writes them.

    Attributes:
        name: As it is written, control characters visible.
        values: Distinct cells, in order of first appearance.
        codes: For each row the position of its cell in `values`.
    """

    name: str
    type: KqlType
    values: tuple[str, ...]
    codes: Positions

    @cached_property
    def counts(self) -> Positions:
        """Rows of each value."""
        return np.bincount(self.codes, minlength=len(self.values))

    @cached_property
    def tokens(self) -> NDArray[np.float64]:
        """Rough size of each value, tokens."""
        return np.array([rough_tokens(value) for value in self.values], dtype=np.float64)


def rough_tokens(text: str) -> int:
    """About the tokens of a text, in a fraction of the time; good enough to compare layouts."""
    return len(_PIECE.findall(text))


def text_columns(rows: Rows, indices: Positions) -> tuple[TextColumn, ...]:
    """All columns of the rows at these 0-based indices."""
    all_in_order = np.array_equal(indices, np.arange(rows.count))
    table = rows.table if all_in_order else rows.table.take(indices)
    return tuple(
        _text_column(column, table.column(position)) for position, column in enumerate(rows.columns)
    )


def combined(first: Positions, second: Positions) -> tuple[Positions, Positions]:
    """Codes of the pairs of two columns' codes, and one row of each pair."""
    if not len(first):
        return first, first
    pairs = first * (int(second.max()) + 1) + second
    _, rows, codes = np.unique(pairs, return_index=True, return_inverse=True)
    return codes.astype(np.int64), rows.astype(np.int64)


def _text_column(column: Column, cells: pa.ChunkedArray) -> TextColumn:
    import pyarrow as pa

    if pa.types.is_string(cells.type):
        values, codes = _strings(cells)
    elif pa.types.is_timestamp(cells.type):
        values, codes = _strings(_time_texts(cells))
    else:
        values, codes = _factorized([cell_text(cell, column.type) for cell in cells.to_pylist()])
    return TextColumn(escape(column.name), column.type, values, codes)


def _time_texts(cells: pa.ChunkedArray) -> pa.ChunkedArray:
    """As `cell_text` writes datetimes, all at once."""
    import pyarrow as pa
    import pyarrow.compute as pc

    # Microseconds print with six digits, so no zero of a whole second is cut off.
    texts = pc.strftime(cells.cast(pa.timestamp("us")), format="%Y-%m-%dT%H:%M:%S")
    short = pc.utf8_rtrim(pc.utf8_rtrim(texts, characters="0"), characters=".")
    return pc.binary_join_element_wise(short, "Z", "")


def _strings(cells: pa.ChunkedArray) -> tuple[tuple[str, ...], Positions]:
    """As `_factorized`, without a Python object for each cell. Null and empty are one."""
    import pyarrow as pa

    encoded: Any = pa.concat_arrays(cells.chunks or [pa.array([], cells.type)])
    encoded = encoded.fill_null("").dictionary_encode()
    values = tuple(escape(value) for value in encoded.dictionary.to_pylist())
    return values, encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)


def _factorized(texts: Sequence[str]) -> tuple[tuple[str, ...], Positions]:
    known: dict[str, int] = {}
    codes = np.fromiter((known.setdefault(text, len(known)) for text in texts), np.int64)
    return tuple(known), codes
