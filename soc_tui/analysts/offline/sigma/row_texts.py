"""Columns of rows as the texts that differ, and which of them each row has.

Logs repeat themselves: a test is made of each text that differs, not of each row.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from soc_tui.analysts.offline.sigma import field_columns
from soc_tui.analysts.offline.sigma.nested_values import values_of

Mask = npt.NDArray[np.bool_]
_LARGE = pa.large_string()


class Texts:
    """The texts of a column that differ.

    Attributes:
        different: They, none of them null.
        codes: For each row the number of its text; `len(different)` where it has none.
    """

    def __init__(self, different: pa.Array, codes: npt.NDArray[np.int32]) -> None:
        self.different, self.codes = different, codes

    @staticmethod
    def of(column: Any) -> Texts:
        """The texts of an Arrow column of any type, as DuckDB writes them."""
        whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        if pa.types.is_nested(whole.type):
            whole = _as_text(whole)
        elif pa.types.is_string(whole.type):
            whole = whole.cast(_LARGE)
        encoded = whole.dictionary_encode()
        texts = _as_text(encoded.dictionary)
        codes = encoded.indices.fill_null(len(texts)).to_numpy(zero_copy_only=False)
        return Texts(texts, codes.astype(np.int32, copy=False))

    @cached_property
    def lower(self) -> pa.Array:
        """The texts in lower case."""
        return pc.utf8_lower(self.different)

    @cached_property
    def numbers(self) -> npt.NDArray[np.float64]:
        """The texts as numbers; not a number where one is none."""
        return np.array([_number(text) for text in self.different.to_pylist()], np.float64)

    def mask(self, holds: Mask, *, missing: bool = False) -> Mask:
        """For each row whether it holds for its text; `missing`: where the row has none."""
        mask: Mask = np.append(holds, missing)[self.codes]
        return mask

    def null(self) -> Mask:
        """Rows that have no text."""
        mask: Mask = self.codes == len(self.different)
        return mask


def value_texts(held_in: Texts, names: Sequence[str]) -> dict[str, Texts]:
    """Values within the cells of a column, by name."""
    wanted = [name.lower() for name in names]
    found = [values_of(cell, wanted) for cell in held_in.different.to_pylist()]
    found.append([None] * len(names))
    made: dict[str, Texts] = {}
    for number, name in enumerate(names):
        texts = Texts.of(pa.array([one[number] for one in found], _LARGE))
        made[name] = Texts(texts.different, texts.codes[held_in.codes])
    return made


def either(first: Texts, second: Texts) -> Texts:
    """The first text of a row, or the second where it has none."""
    missing = len(first.different)
    codes = np.where(first.codes == missing, second.codes + missing, first.codes)
    return _same_once(pa.concat_arrays([first.different, second.different]), codes)


def joined(template: str, texts: dict[str, Texts]) -> Texts:
    """The texts of a template of columns; a part that is empty leaves no backslash at the end."""
    pieces = field_columns.pieces(template)
    columns = [texts[name] for name in pieces[1::2]]
    numbers = np.zeros(len(columns[0].codes), np.int64)
    row_of = np.zeros(0, np.int64)
    for column in columns:  # numbered anew each time, so that they stay small
        numbers = numbers * (len(column.different) + 1) + column.codes
        _, row_of, numbers = np.unique(numbers, return_index=True, return_inverse=True)
    parts: list[Any] = [pa.scalar(pieces[0], _LARGE)]
    for column, after in zip(columns, pieces[2::2], strict=True):
        filled = pa.concat_arrays([column.different, pa.array([""], _LARGE)])
        parts += [filled.take(pa.array(column.codes[row_of])), pa.scalar(after, _LARGE)]
    made = pc.binary_join_element_wise(*parts, pa.scalar("", _LARGE))
    return _same_once(pc.utf8_rtrim(made, "\\"), numbers)


def _same_once(texts: pa.Array, codes: npt.NDArray[Any]) -> Texts:
    """Texts that may repeat themselves, each once."""
    encoded = texts.dictionary_encode()
    lookup = np.append(encoded.indices.to_numpy(), len(encoded.dictionary)).astype(np.int32)
    return Texts(encoded.dictionary, lookup[np.minimum(codes, len(texts))])


def _as_text(values: pa.Array) -> pa.Array:
    """Values as DuckDB writes them."""
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        return values.cast(_LARGE)
    con = duckdb.connect(":memory:")
    try:
        con.from_arrow(pa.table({"value": values})).create_view("given")
        made = con.sql("SELECT CAST(value AS VARCHAR) AS text FROM given").to_arrow_table()
    finally:
        con.close()
    return pa.concat_arrays([pa.array([], _LARGE), *made.column("text").cast(_LARGE).chunks])


def _number(text: str) -> float:
    try:
        return float("nan") if "_" in text else float(text)
    except ValueError:
        return {"true": 1.0, "false": 0.0}.get(text, float("nan"))
