"""The rows in a fast grid. Cells are made inert before they reach the screen."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Static

from soc_tui.model.inert import inert
from soc_tui.model.rows import Rows, row_id

if TYPE_CHECKING:
    import pyarrow as pa

CELL_LIMIT = 120
"""Characters of a cell that the grid shows; the row's own screen shows all."""


class ResultsPane(Vertical):
    """A grid once there are rows, a sentence before."""

    class RowChosen(Message):
        """Enter on a row."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    _grid: Any = None

    def compose(self) -> ComposeResult:
        """The sentence for when there is nothing yet."""
        yield Static("No rows yet. Ask (F2), then run the query (F5).", classes="empty")

    async def show_rows(self, rows: Rows | None) -> None:
        """Show these rows; None or none of them shows a sentence instead."""
        await self.remove_children()
        self._grid = None
        if rows is None or not rows.count:
            sentence = (
                "No rows." if rows else "The rows of this hunt are not kept; F5 runs it again."
            )
            await self.mount(Static(sentence, classes="empty"))
            return
        # pyarrow and the grid load behind the first paint.
        self._grid = await asyncio.to_thread(_grid_of, rows)
        await self.mount(self._grid)

    def go_to(self, index: int) -> None:
        """Put the cursor on the row with this 0-based index."""
        if self._grid is not None:
            self._grid.move_cursor(row=index)
            self._grid.focus()

    def focus_grid(self) -> None:
        """Put the keyboard into the grid."""
        if self._grid is not None:
            self._grid.focus()

    def on_data_table_row_selected(self, event: Any) -> None:
        """Tell which row."""
        event.stop()
        self.post_message(self.RowChosen(event.cursor_row))


def _grid_of(rows: Rows) -> Any:
    from textual_fastdatatable import ArrowBackend, DataTable

    return DataTable(
        backend=ArrowBackend(shown_table(rows)),
        cursor_type="row",
        zebra_stripes=True,
        fixed_columns=1,
        max_column_content_width=60,
        render_markup=False,
        null_rep="",
    )


def shown_table(rows: Rows) -> pa.Table:
    """The rows as inert text, cut to CELL_LIMIT, with the row id in front."""
    import pyarrow as pa

    names = ["row", *(inert(name) for name in rows.column_names)]
    arrays: list[Any] = [pa.array([row_id(index) for index in range(rows.count)])]
    for column in rows.table.columns:
        values = column.to_pylist()
        arrays.append(pa.array([cell(value, CELL_LIMIT) for value in values], type=pa.string()))
    return pa.Table.from_arrays(arrays, names=names)


def cell(value: Any, limit: int | None = None) -> str:
    """A value as shown: inert text; times in UTC to the millisecond."""
    import datetime as dt

    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}.{value.microsecond // 1000:03d}Z"
    return inert(str(value), limit)
