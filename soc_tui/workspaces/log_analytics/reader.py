"""Walks through a large answer of the query API without freezing the interpreter.

json.loads holds the interpreter's lock from the first byte to the last: for 100 MB that is most of
a second in which no other thread runs, the screen's included. Here one row is decoded at a time and
a few thousand are converted at a time, and the answer never exists as a whole in Python objects.

Heavy imports: this module is itself imported lazily.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from soc_tui.model.catalog import Column, KqlType

CHUNK_ROWS = 2_000
"""Rows converted in one go."""

Columns = Callable[[Any], tuple[Column, ...]]
Convert = Callable[[Sequence[Any], KqlType], pa.Array]


class MalformedError(ValueError):
    """The text is not an answer of the query API. The message names no cell."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The content of one response.

    Attributes:
        table: The first table (`PrimaryResult`), at most `max_rows` of it; None without any table.
        row_count: Rows of that table in the answer.
        table_count: Tables in the answer.
        error: The `error` beside the tables, or None.
    """

    table: pa.Table | None
    columns: tuple[Column, ...]
    row_count: int
    table_count: int
    error: Any


def walk(body: bytes, max_rows: int | None, columns: Columns, convert: Convert) -> Answer:
    """Read an answer.

    Args:
        columns: Reads the `columns` of a table.
        convert: Makes an Arrow array of some cells of one column.

    Raises:
        ValueError, LookupError, TypeError or ArithmeticError: not in the API's form, or a cell is
            not of its column's type.
    """
    try:
        return _walk(_Reader(body.decode("utf-8")), max_rows, columns, convert)
    except RecursionError as error:
        raise MalformedError("It is nested too deeply.") from error


class _Reader:
    """Walks through a JSON text; only what is asked for becomes Python objects."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._decoder = json.JSONDecoder()

    def next_char(self) -> str:
        while self._text[self._at] in " \t\r\n":
            self._at += 1
        return self._text[self._at]

    def value(self) -> Any:
        self.next_char()
        found, self._at = self._decoder.raw_decode(self._text, self._at)
        return found

    def each_key(self) -> Iterator[str]:
        """Each key of an object; the caller reads its value before asking for the next key."""
        for _ in self._parts("{", "}"):
            key = self.value()
            self._expect(":")
            yield str(key)

    def each_element(self) -> Iterator[None]:
        """Once before each element of an array; the caller reads the element."""
        return self._parts("[", "]")

    def _parts(self, opening: str, closing: str) -> Iterator[None]:
        self._expect(opening)
        if self.next_char() == closing:
            self._at += 1
            return
        while True:
            yield
            if self.next_char() == closing:
                self._at += 1
                return
            self._expect(",")

    def _expect(self, char: str) -> None:
        if self.next_char() != char:
            raise MalformedError(f"It is missing a {char!r}.")
        self._at += 1


def _walk(reader: _Reader, max_rows: int | None, columns: Columns, convert: Convert) -> Answer:
    first: _Table | None = None
    count, error = 0, None
    for key in reader.each_key():
        if key == "tables":
            for _ in reader.each_element():
                count += 1
                table = _Table(convert, max_rows if first is None else 0)
                _read_table(reader, table, columns)
                first = first or table
        elif key == "error":
            error = reader.value()
        else:
            reader.value()
    if first is None:
        return Answer(None, (), 0, count, error)
    return Answer(first.finish(), first.columns or (), first.seen, count, error)


def _read_table(reader: _Reader, table: _Table, columns: Columns) -> None:
    for key in reader.each_key():
        if key == "columns":
            table.columns = columns(reader.value())
        elif key == "rows":
            for _ in reader.each_element():
                table.add(reader.value())
        else:
            reader.value()


@dataclass
class _Table:
    convert: Convert
    max_rows: int | None
    columns: tuple[Column, ...] | None = None
    seen: int = 0
    _pending: list[Any] = field(default_factory=list)
    _chunks: list[list[Any]] = field(default_factory=list)

    def add(self, row: Any) -> None:
        self.seen += 1
        if self.max_rows is not None and self.seen > self.max_rows:
            return
        self._pending.append(row)
        if self.columns is not None and len(self._pending) >= CHUNK_ROWS:
            self._convert_pending(self.columns)

    def finish(self) -> pa.Table:
        if self.columns is None:
            raise MalformedError("A table in it has no columns.")
        self._convert_pending(self.columns)
        arrays = [
            self._joined([chunk[i] for chunk in self._chunks], column.type)
            for i, column in enumerate(self.columns)
        ]
        pairs = zip(self.columns, arrays, strict=True)
        return pa.Table.from_arrays(arrays, schema=pa.schema([(c.name, a.type) for c, a in pairs]))

    def _convert_pending(self, columns: tuple[Column, ...]) -> None:
        rows, self._pending = self._pending, []
        if any(not isinstance(row, list) or len(row) != len(columns) for row in rows):
            raise MalformedError("A row in it does not fit its columns.")
        cells = zip(*rows, strict=True) if rows else ((),) * len(columns)
        self._chunks.append(
            [self._chunk(values, c.type) for c, values in zip(columns, cells, strict=True)]
        )

    def _chunk(self, values: Sequence[Any], kind: KqlType) -> Any:
        # One precision and scale must hold all decimals of a column: they wait for each other.
        return values if kind is KqlType.DECIMAL else self.convert(values, kind)

    def _joined(self, chunks: list[Any], kind: KqlType) -> pa.ChunkedArray:
        if kind is KqlType.DECIMAL:
            return pa.chunked_array([self.convert([v for c in chunks for v in c], kind)])
        return pa.chunked_array(chunks)
