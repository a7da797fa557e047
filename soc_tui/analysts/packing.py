"""Rows as text for a model, with fewer tokens than CSV and the same facts.

Columns with one value are said once, empty columns are only named, identical rows stand on one
line with all their ids. `unpack` gives every cell back; only cells over `max_cell_chars` lose
their middle, visibly, and each is counted in `Unseen.cells_cut`.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from soc_tui.analysts.cells import cell_text, escape, unescape
from soc_tui.model.quote import Unseen
from soc_tui.model.rows import Rows, row_id

MAX_CELL_CHARS = 2_000
"""A longer cell is shown without its middle, characters."""

_TAIL_SHARE = 4
_CONSTANT = "Columns with the same value in every row (name, value):"
_EMPTY = "Columns that are empty in every row:"
_ROWS = "Rows (row ids, then one cell for each column named here):"
_IDS = re.compile(r"r(\d+)(?:-r(\d+))?")


@dataclass(frozen=True, slots=True)
class Packed:
    """Rows as a model gets them.

    Attributes:
        text: Between two lines that hold the boundary.
        boundary: Random, so that no log can close the block; named in the prompt.
    """

    text: str
    boundary: str
    unseen: Unseen


def new_boundary() -> str:
    """A boundary that no log could know: 64 random bits."""
    return f"LOGS-{secrets.token_hex(8)}"


def pack(
    rows: Rows,
    *,
    row_cap: int | None = None,
    boundary: str = "",
    max_cell_chars: int = MAX_CELL_CHARS,
) -> Packed:
    """Pack all rows. Takes about 1 s for 10,000 rows of 40 columns: call from a thread.

    Args:
        row_cap: The query's `take` cap when the answer filled it; goes into `unseen`.
        boundary: Random when empty.
    """
    boundary = boundary or new_boundary()
    names = [escape(column.name) for column in rows.columns]
    columns = _texts(rows)
    layout = _Layout.of(columns)
    lines = _fold(zip(*(columns[i] for i in layout.varying), strict=True), rows.count)
    shorten = _Shortener(max_cell_chars)

    text = [boundary]
    if layout.constant:
        text.append(_CONSTANT)
        for i in layout.constant:
            text.append(f"{names[i]}\t{shorten(columns[i][0], times=rows.count)}")
    if layout.empty:
        text += [_EMPTY, "\t".join(names[i] for i in layout.empty)]
    text += [_ROWS, "\t".join(["ids", *(names[i] for i in layout.varying)])]
    for cells, indices in lines.items():
        shown = (shorten(cell, times=len(indices)) for cell in cells)
        text.append("\t".join([_ids_text(indices), *shown]))
    text.append(boundary)

    unseen = Unseen(
        rows_total=rows.count,
        rows_sent=rows.count,
        rows_folded=rows.count - len(lines),
        cells_cut=shorten.count,
        partial=rows.partial,
        row_cap=row_cap,
    )
    return Packed("\n".join(text), boundary, unseen)


def unpack(text: str) -> dict[str, list[str]]:
    """Cell texts by column name, in row order: what `pack` was given, rendered by `cell_text`."""
    lines = text.split("\n")[1:-1]
    at_rows = lines.index(_ROWS)
    head, header, body = lines[:at_rows], lines[at_rows + 1], lines[at_rows + 2 :]
    parsed = [(_indices(line), line.split("\t")[1:]) for line in body]
    count = sum(len(indices) for indices, _ in parsed)

    columns = {name: [""] * count for name in _empty_names(head)}
    columns |= {name: [value] * count for name, value in _constants(head)}
    for position, name in enumerate(header.split("\t")[1:]):
        values = [""] * count
        for indices, cells in parsed:
            for index in indices:
                values[index] = cells[position]
        columns[unescape(name)] = values
    return columns


def _texts(rows: Rows) -> list[list[str]]:
    return [
        [cell_text(value, column.type) for value in rows.table.column(i).to_pylist()]
        for i, column in enumerate(rows.columns)
    ]


@dataclass(frozen=True, slots=True)
class _Layout:
    """Positions of the columns by how they are shown."""

    varying: tuple[int, ...]
    constant: tuple[int, ...]
    empty: tuple[int, ...]

    @classmethod
    def of(cls, columns: Sequence[Sequence[str]]) -> _Layout:
        varying, constant, empty = [], [], []
        for i, cells in enumerate(columns):
            first = cells[0] if cells else ""
            same = all(cell == first for cell in cells)
            if same and not first:
                empty.append(i)
            elif same and len(cells) > 1:
                constant.append(i)
            else:
                varying.append(i)
        return cls(tuple(varying), tuple(constant), tuple(empty))


def _fold(rows: Iterable[tuple[str, ...]], count: int) -> Mapping[tuple[str, ...], list[int]]:
    """0-based indices by the cells of identical rows, in order of first appearance."""
    lines: dict[tuple[str, ...], list[int]] = {}
    index = -1
    for index, cells in enumerate(rows):
        lines.setdefault(cells, []).append(index)
    if index < 0 and count:
        lines[()] = list(range(count))
    return lines


class _Shortener:
    """Cuts the middle out of long cells and counts the cells."""

    def __init__(self, max_chars: int) -> None:
        self._max_chars = max_chars
        self.count = 0

    def __call__(self, cell: str, *, times: int) -> str:
        if len(cell) <= self._max_chars:
            return cell
        self.count += times
        tail = self._max_chars // _TAIL_SHARE
        head = self._max_chars - tail
        # The brackets stand in no cell: `escape` replaces them there.
        return f"{cell[:head]}⟦cut {len(cell) - self._max_chars:,} characters⟧{cell[-tail:]}"


def _ids_text(indices: Sequence[int]) -> str:
    """`r7`, or `r1,r5-r9 (6 identical rows)`."""
    runs = [
        row_id(first) if first == last else f"{row_id(first)}-{row_id(last)}"
        for first, last in _runs(indices)
    ]
    if len(indices) == 1:
        return runs[0]
    return f"{','.join(runs)} ({len(indices):,} identical rows)"


def _runs(indices: Sequence[int]) -> Iterator[tuple[int, int]]:
    first = last = indices[0]
    for index in indices[1:]:
        if index != last + 1:
            yield first, last
            first = index
        last = index
    yield first, last


def _indices(line: str) -> list[int]:
    ids = line.split("\t", 1)[0].split(" ", 1)[0]
    return [
        index
        for match in _IDS.finditer(ids)
        for index in range(int(match[1]) - 1, int(match[2] or match[1]))
    ]


def _constants(head: Sequence[str]) -> Iterator[tuple[str, str]]:
    if _CONSTANT not in head[:1]:
        return
    end = head.index(_EMPTY) if _EMPTY in head else len(head)
    for line in head[1:end]:
        name, value = line.split("\t")
        yield unescape(name), value


def _empty_names(head: Sequence[str]) -> list[str]:
    if _EMPTY not in head:
        return []
    return [unescape(name) for name in head[head.index(_EMPTY) + 1].split("\t")]
