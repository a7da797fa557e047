"""The grid: textual-fastdatatable over rows that are made inert cell by cell, as they are drawn.

Heavy imports (pyarrow, the grid itself): this module is imported when there are rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from rich.text import Text
from textual.coordinate import Coordinate
from textual_fastdatatable import DataTable
from textual_fastdatatable.backend import DataTableBackend

from soc_tui.model.inert import inert
from soc_tui.model.rows import Rows, row_id
from soc_tui.rows.arranging import Arrangement
from soc_tui.tui.widgets.cell_text import shown_cell

CELL_LIMIT = 120
"""Characters of a cell that the grid shows; the row's own screen shows all."""
WIDEST = 60
_TIME_WIDTH = 24
_ANY_WIDTH = 24
"""A column this wide may be as wide as its longest cell."""
_FITTING = 0.95
"""Share of the cells that a wider column shows whole: one long cell widens no column."""
_MOST_FROZEN = 0.7
"""Share of the grid that frozen columns may take."""


class InertBackend(DataTableBackend[pa.Table]):
    """Read-only cells of an answer, in a given order, with the row id in front."""

    def __init__(self, rows: Rows, arrangement: Arrangement, order: pa.Int64Array | None) -> None:
        self._rows = rows
        self._order = order
        self._arrangement = arrangement
        self.names = arrangement.shown(rows)
        self.frozen = arrangement.frozen
        self._columns = [rows.table.column(rows.column_names.index(name)) for name in self.names]
        self._widths: list[int] = []

    @property
    def render_markup(self) -> bool:
        """Never: a cell is text."""
        return False

    @render_markup.setter
    def render_markup(self, _: bool) -> None:
        """The table sets what it was made with."""

    @property
    def source_data(self) -> pa.Table:
        """The whole answer."""
        return self._rows.table

    @property
    def source_row_count(self) -> int:
        """Rows of the whole answer."""
        return self._rows.count

    @property
    def row_count(self) -> int:
        """Rows shown."""
        return self._rows.count if self._order is None else len(self._order)

    @property
    def column_count(self) -> int:
        """Columns shown, the row id included."""
        return len(self.names) + 1

    @property
    def columns(self) -> Sequence[Text]:  # type: ignore[override]  # the table takes both
        """Headings: the sorted column carries its direction. As Text: names are no markup."""
        return [Text("row"), *(Text(self._heading(name)) for name in self.names)]

    def _heading(self, name: str) -> str:
        if name != self._arrangement.sort_by:
            return inert(name)
        return f"{inert(name)} {'▼' if self._arrangement.descending else '▲'}"

    @property
    def column_content_widths(self) -> Sequence[int]:
        """Widths by the cells, at most WIDEST."""
        if not self._widths:
            self._widths = [len(row_id(max(0, self._rows.count - 1))), *map(_width, self._columns)]
        return self._widths

    def source_index(self, place: int) -> int:
        """0-based index in the answer of the row shown at `place`."""
        return place if self._order is None else int(self._order[place].as_py())

    def place_of(self, index: int) -> int | None:
        """Where the row with this index of the answer is shown, or None when it is filtered out."""
        if self._order is None:
            return index
        found = pc.index(self._order, index).as_py()
        return None if found < 0 else int(found)

    def get_row_at(self, index: int) -> Sequence[Any]:
        """Inert cells of a shown row."""
        return [self.get_cell_at(index, column) for column in range(self.column_count)]

    def get_column_at(self, index: int) -> Sequence[Any]:
        """Inert cells of a shown column."""
        return [self.get_cell_at(row, index) for row in range(self.row_count)]

    def get_cell_at(self, row_index: int, column_index: int) -> str:
        """One inert cell."""
        source = self.source_index(row_index)
        if column_index == 0:
            return row_id(source)
        return shown_cell(self._columns[column_index - 1][source].as_py(), CELL_LIMIT)

    def sort(self, by: Any) -> None:
        """Not here: the order comes from the Arranger."""
        raise NotImplementedError

    def append_column(self, label: str, default: Any | None = None) -> int:
        """Not here: an answer is read-only."""
        raise NotImplementedError

    def append_rows(self, records: Iterable[Iterable[Any]]) -> list[int]:
        """Not here: an answer is read-only."""
        raise NotImplementedError

    def drop_row(self, row_index: int) -> None:
        """Not here: an answer is read-only."""
        raise NotImplementedError

    def update_cell(self, row_index: int, column_index: int, value: Any) -> None:
        """Not here: an answer is read-only."""
        raise NotImplementedError

    @classmethod
    def from_pydict(
        cls,
        data: Mapping[str, Sequence[Any]],
        max_rows: int | None = None,
        column_names: Sequence[str] | None = None,
    ) -> InertBackend:
        """Not here: made from Rows."""
        raise NotImplementedError


class Grid(DataTable):
    """The rows, with a cursor on one cell."""

    # The table's own limit is the height of the terminal, which hides the last rows.
    DEFAULT_CSS = "Grid { max-height: 100%; }"

    def __init__(self, backend: InertBackend) -> None:
        self.source = backend
        super().__init__(
            backend=backend,
            cursor_type="cell",
            zebra_stripes=True,
            fixed_columns=1 + min(backend.frozen, len(backend.names) - 1),
            max_column_content_width=WIDEST,
            render_markup=False,
            null_rep="",
        )
        self._marked: re.Pattern[str] | None = None

    def mark(self, sought: str) -> None:
        """Show these words where they stand in the cells; none for an empty text."""
        words = [re.escape(inert(word.partition(":")[2] or word)) for word in sought.split()]
        marked = re.compile("|".join(words), re.IGNORECASE) if words else None
        if marked != self._marked:
            self._marked = marked
            self.notify_style_update()

    def get_cell_at(self, coordinate: Coordinate) -> Any:
        """A cell as it is drawn: with the sought words marked."""
        cell = super().get_cell_at(coordinate)
        if self._marked is None or not self._marked.search(cell):
            return cell
        text = Text(cell)
        text.highlight_regex(self._marked, "reverse")
        return text

    @property
    def cursor_name(self) -> str:
        """Name of the column under the cursor; that of the first column on the row id."""
        return self.source.names[max(0, self.cursor_column - 1)] if self.source.names else ""

    def freeze(self, count: int) -> int:
        """Keep so many columns behind the row id in view, none if they leave no room; how many."""
        names = self.source.names
        widths = [column.render_width for column in self.ordered_columns[: count + 1]]
        fits = count < len(names) and sum(widths) <= self.size.width * _MOST_FROZEN
        self.fixed_columns = 1 + count if fits else 1
        return self.fixed_columns - 1

    @property
    def cursor_index(self) -> int | None:
        """0-based index in the answer of the row under the cursor, or None without rows."""
        return self.source.source_index(self.cursor_row) if self.row_count else None


def _width(column: pa.ChunkedArray) -> int:
    kind = column.type
    if pa.types.is_timestamp(kind):
        return _TIME_WIDTH
    text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    lengths = pc.utf8_length(column if text else pc.cast(column, pa.string()))
    longest = pc.max(lengths).as_py() or 0
    if longest > _ANY_WIDTH:
        fitting = pc.quantile(lengths, _FITTING, interpolation="higher")[0].as_py()
        longest = max(_ANY_WIDTH, fitting)
    return min(WIDEST, longest)
