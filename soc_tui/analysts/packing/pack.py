"""Rows as text for a model, with far fewer tokens than CSV and the same facts.

Columns with one value are said once and empty ones only named. Cells that come often, alone or
together, get a code, and what such cells share is said once (`patterns`, `grouping`). Rows stand in
order of time, with minute and second under a line for each hour; rows that are the same but for
their time share one line that gives each one's id and the seconds between them.

Every cell can be had back (tests/wire/unpacking.py does it); only cells over `max_cell_chars` lose
their middle, visibly, and each is counted in `Unseen.cells_cut`.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from soc_tui.analysts.packing.cell_patterns import Patterns, find_patterns
from soc_tui.analysts.packing.column_groups import Group, find_groups
from soc_tui.analysts.packing.text_columns import Positions, TextColumn, combined, text_columns
from soc_tui.model.catalog import KqlType
from soc_tui.model.coverage import Unseen
from soc_tui.model.rows import Rows

MAX_CELL_CHARS = 2_000
"""A longer cell is shown without its middle, characters."""

CONSTANT = "Columns with the same value in every row (name, value):"
EMPTY = "Columns that are empty in every row:"
CODES = "Codes for cells ({} is a gap, filled by what follows the code in a row):"
ROWS = "Rows:"
HOUR_CHARS = 13
"""Characters of `2026-11-24T10`, the part of a time that stands on the line of its hour."""

# The first that stands in no cell marks the holes of patterns. `escape` keeps the last one out.
_HOLES = ("{}", "<>", "[]", "‹›", "⟦⟧")
_TAIL_SHARE = 4


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
    indices: Sequence[int] | Positions | None = None,
    row_cap: int | None = None,
    boundary: str = "",
    max_cell_chars: int = MAX_CELL_CHARS,
) -> Packed:
    """Pack rows. Takes about 1 s for 10,000 rows of 12 columns: call from a thread.

    Args:
        indices: 0-based positions of the rows to pack; all when None. Ids stay those of `rows`.
        row_cap: The query's `take` cap when the answer filled it; goes into `unseen`.
        boundary: Random when empty.
    """
    chosen = np.arange(rows.count) if indices is None else np.asarray(indices, np.int64)
    boundary = boundary or new_boundary()
    full = text_columns(rows, chosen)
    columns, cells_cut = _shortened(full, max_cell_chars)
    layout = _Layout.of(columns)
    lines = _fold([full[i] for i in layout.varying], columns, layout.time, len(chosen))
    text = [
        boundary,
        *_head(columns, layout),
        *_Body([columns[i] for i in layout.varying], columns, layout.time).lines(lines, chosen),
        boundary,
    ]
    unseen = Unseen(
        rows_total=rows.count,
        rows_sent=len(chosen),
        rows_folded=len(chosen) - len(lines),
        rows_cut=rows.count - len(chosen),
        cells_cut=cells_cut,
        partial=rows.partial,
        row_cap=row_cap,
    )
    return Packed("\n".join(text), boundary, unseen)


def _shortened(columns: Sequence[TextColumn], max_chars: int) -> tuple[tuple[TextColumn, ...], int]:
    """The columns without the middles of long cells, and the number of cells cut."""
    shown, cut = [], 0
    for column in columns:
        long = [i for i, value in enumerate(column.values) if len(value) > max_chars]
        if long:
            values = list(column.values)
            for i in long:
                values[i] = _without_middle(values[i], max_chars)
                cut += int(column.counts[i])
            shown.append(replace(column, values=tuple(values)))
        else:
            shown.append(column)
    return tuple(shown), cut


def _without_middle(cell: str, max_chars: int) -> str:
    tail = max_chars // _TAIL_SHARE
    # The brackets stand in no cell: `escape` replaces them there.
    return f"{cell[: max_chars - tail]}⟦cut {len(cell) - max_chars:,} characters⟧{cell[-tail:]}"


@dataclass(frozen=True, slots=True)
class _Layout:
    """Positions of the columns by how they are shown."""

    constant: tuple[int, ...]
    empty: tuple[int, ...]
    time: int | None
    varying: tuple[int, ...]

    @classmethod
    def of(cls, columns: Sequence[TextColumn]) -> _Layout:
        constant, empty, time, varying = [], [], None, []
        for i, column in enumerate(columns):
            if column.values in {(), ("",)}:
                empty.append(i)
            elif len(column.values) == 1 and len(column.codes) > 1:
                constant.append(i)
            elif time is None and column.type is KqlType.DATETIME and "" not in column.values:
                time = i
            else:
                varying.append(i)
        return cls(tuple(constant), tuple(empty), time, tuple(varying))


def _fold(
    varying: Sequence[TextColumn], columns: Sequence[TextColumn], time: int | None, count: int
) -> list[Positions]:
    """Rows of each line: same cells but for the time, oldest first. Lines by their first row."""
    if not count:
        return []
    same = np.zeros(count, np.int64)
    for column in varying:
        same, _ = combined(same, column.codes)
    order = np.arange(count)
    if time is not None:
        # ISO texts of one length sort as their times do; the fraction's zeros are cut off.
        texts = np.array([_sortable(text) for text in columns[time].values])
        order = np.argsort(texts[columns[time].codes], kind="stable")
    by_line = order[np.argsort(same[order], kind="stable")]
    starts = np.flatnonzero(np.diff(same[by_line], prepend=-1))
    lines = np.split(by_line, starts[1:])
    place = np.empty(count, np.int64)
    place[order] = np.arange(count)
    return sorted(lines, key=lambda line: int(place[line[0]]))


def _sortable(time: str) -> str:
    return time[:-1].ljust(26, "0") if "." in time else f"{time[:-1]}.000000"


def _head(columns: Sequence[TextColumn], layout: _Layout) -> Iterator[str]:
    if layout.constant:
        yield CONSTANT
        for i in layout.constant:
            yield f"{columns[i].name}\t{columns[i].values[0]}"
    if layout.empty:
        yield EMPTY
        yield "\t".join(columns[i].name for i in layout.empty)


class _Body:
    """Codes and rows."""

    def __init__(
        self, varying: Sequence[TextColumn], columns: Sequence[TextColumn], time: int | None
    ) -> None:
        self._columns = varying
        self._time = None if time is None else columns[time]
        self._patterns = [find_patterns(column) for column in varying]
        self._groups = find_groups(varying, self._patterns)
        names = {column.name for column in columns}
        free = (letters for letters in _letters() if letters not in names)
        self._letters = ["" if group.plain else next(free) for group in self._groups]
        cells = [value for column in varying for value in column.values]
        self._hole = next(hole for hole in _HOLES if not any(hole in cell for cell in cells))

    def lines(self, lines: Sequence[Positions], ids: Positions) -> Iterator[str]:
        """The part after the head. `ids` are 0-based row ids by position."""
        if any(self._letters):
            yield CODES.replace(_HOLES[0], self._hole)
        for letters, group in zip(self._letters, self._groups, strict=True):
            if letters:
                yield from self._legend(letters, group)
        yield ROWS
        yield "\t".join([f"id {self._time.name}" if self._time else "id", *self._names()])
        hour = ""
        for line in lines:
            if self._time:
                text = self._time_of(line[0])
                if text[:HOUR_CHARS] != hour:
                    hour = text[:HOUR_CHARS]
                    yield f"@{hour}"
            yield self._row(line, ids)

    def _names(self) -> Iterator[str]:
        for letters, group in zip(self._letters, self._groups, strict=True):
            yield letters or self._columns[group.columns[0]].name

    def _legend(self, letters: str, group: Group) -> Iterator[str]:
        yield "\t".join([letters, *(self._columns[c].name for c in group.columns)])
        for combination in np.argsort(group.coded, kind="stable"):
            rank = int(group.coded[combination])
            if rank < 0:
                continue
            row = group.rows[combination]
            cells = (self._pattern(column, row) for column in group.columns)
            yield "\t".join([f"{letters}{rank + 1}", *cells])

    def _pattern(self, column: int, row: int) -> str:
        patterns: Patterns = self._patterns[column]
        value = int(self._columns[column].codes[row])
        return self._hole.join(patterns.pieces[patterns.of[value]])

    def _row(self, line: Positions, ids: Positions) -> str:
        first = line[0]
        head = str(ids[first] + 1)
        if self._time:
            head += f" {self._time_of(first)[HOUR_CHARS + 1 : -1]}"
        fields = [head]
        for letters, group in zip(self._letters, self._groups, strict=True):
            rank = -1 if group.plain else group.coded[group.ids[first]]
            if rank >= 0:
                fields.append(f"{letters}{rank + 1}")
                fields += self._fillings(group, first)
            else:
                fields += [letters] if letters else []
                fields += [self._cell(column, first) for column in group.columns]
        if len(line) > 1:
            fields.append(self._others(line, ids))
        return "\t".join(fields)

    def _fillings(self, group: Group, row: int) -> Iterator[str]:
        for column in group.columns:
            yield from self._patterns[column].fillings[self._columns[column].codes[row]]

    def _cell(self, column: int, row: int) -> str:
        return self._columns[column].values[int(self._columns[column].codes[row])]

    def _time_of(self, row: int) -> str:
        return self._time.values[self._time.codes[row]] if self._time else ""

    def _others(self, line: Positions, ids: Positions) -> str:
        """`×4 r2-r4`, or with times `×3 r7+60 r9+60.5`: seconds after the row before."""
        if self._time is None:
            return f"×{len(line)} {' '.join(_ranges(ids[line[1:]]))}"
        times = [dt.datetime.fromisoformat(self._time_of(row)) for row in line]
        gaps = (_seconds(later - time) for time, later in pairwise(times))
        others = (f"{ids[row] + 1}+{gap}" for row, gap in zip(line[1:], gaps, strict=True))
        return f"×{len(line)} {' '.join(others)}"


def _letters() -> Iterator[str]:
    """A, B, … Z, AA, AB, …: no end."""
    alphabet = [chr(ord("A") + i) for i in range(26)]
    yield from alphabet
    for before in _letters():
        yield from (before + letter for letter in alphabet)


def _ranges(ids: Positions) -> Iterator[str]:
    for run in np.split(ids, np.flatnonzero(np.diff(ids) != 1) + 1):
        first, last = run[0] + 1, run[-1] + 1
        yield str(first) if first == last else f"{first}-{last}"


def _seconds(span: dt.timedelta) -> str:
    whole, micro = divmod(span // dt.timedelta(microseconds=1), 1_000_000)
    return f"{whole}.{micro:06d}".rstrip("0") if micro else str(whole)
