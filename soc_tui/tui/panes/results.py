"""The results pane: a fast grid to sort, filter, search, copy and export rows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input, Static

from soc_tui.model.inert import inert
from soc_tui.model.rows import Rows
from soc_tui.model.wording import number_of
from soc_tui.rows.arranging import Arrangement, Arranger, Facet, Hit, View
from soc_tui.tui.keys.cockpit import RESULTS
from soc_tui.tui.keys.key import BindingList, bindings
from soc_tui.tui.keys.keymap import worded
from soc_tui.tui.panes.pane_message import PaneMessage
from soc_tui.tui.terminal.clipboard import copy
from soc_tui.tui.widgets.hints import Hints
from soc_tui.tui.widgets.older_line import OlderLine, SaysWhose
from soc_tui.tui.worker_errors import ShowsWorkerErrors

if TYPE_CHECKING:
    from soc_tui.model.hunt import Hunt
    from soc_tui.tui.panes.grid import Grid

_NOTHING_YET = "No rows yet. Ask (F2), then run the query (F5)."
_NOT_KEPT = "The rows of this hunt were not kept. Run the query again (F5)."
_MOST_FACETS = 200
_FILTER, _FIND = "filter", "find"
_ASKS = {
    _FILTER: "Show rows that contain these words (Column:word for one column); Esc clears",
    _FIND: "Find these words; Enter goes to the next match",
}


class ResultsPane(SaysWhose, ShowsWorkerErrors, Vertical):
    """A grid once there are rows, a sentence before."""

    BINDINGS: ClassVar[BindingList] = bindings(RESULTS)

    class PivotAsked(PaneMessage):
        """Go on from the cell of this column in this row (its 0-based index in the answer)."""

        def __init__(self, index: int, name: str) -> None:
            super().__init__()
            self.index = index
            self.name = name

    def __init__(self) -> None:
        super().__init__()
        self._rows: Rows | None = None
        self._of: Hunt | None = None
        self._arranger: Arranger | None = None
        self._arrangement = Arrangement()
        self._order: Any = None
        self._grid: Grid | None = None
        self._asking = _FILTER
        self._sought = ""
        self._hit: Hit | None = None
        self._lock = asyncio.Lock()

    def compose(self) -> ComposeResult:
        """What is shown, the grid's place, the line to type in, the keys."""
        yield OlderLine()
        yield Static(worded(self, _NOTHING_YET), id="rows-info", classes="empty", markup=False)
        yield Vertical(id="rows-grid")
        yield Input(id="rows-ask")
        yield Hints(RESULTS)

    def on_mount(self) -> None:
        """No keys before there are rows."""
        self._say(worded(self, _NOTHING_YET), empty=True)

    async def show_rows(
        self,
        rows: Rows | None,
        view: View | None = None,
        *,
        of: Hunt | None = None,
        lost: bool = False,
    ) -> None:
        """Show these rows; None or none of them shows a sentence instead.

        Args:
            view: As they were looked at before; from the first on without it.
            of: The hunt that gave them; what is exported names it.
            lost: There were rows, which are not kept any more.
        """
        self._rows = rows if rows is not None and rows.count else None
        self._of = of
        self.can_focus = self._rows is None
        self._arranger = Arranger(rows) if rows is not None else None
        view = view or View(await self._without_empty_columns(), 0, 0)
        self._arrangement, self._order, self._sought = view.arrangement, None, ""
        self._hit = None
        line = self.query_one("#rows-ask", Input)
        with line.prevent(Input.Changed):
            line.value = view.arrangement.text
        if self._rows is None:
            await self._drop_grid()
            nothing = worded(self, _NOT_KEPT if lost else _NOTHING_YET)
            none = inert(of.coverage.no_rows()) if of else "No rows."
            self._say(none if rows else nothing, empty=True)
            return
        await self._arrange(view.arrangement, (view.row, view.column))

    async def _without_empty_columns(self) -> Arrangement:
        rows, arranger = self._rows, self._arranger
        if rows is None or arranger is None:
            return Arrangement()
        empty = await asyncio.to_thread(arranger.empty_columns)
        return Arrangement().folding(empty, rows)

    # -- where the cursor is -----------------------------------------------------------------------

    @property
    def view(self) -> View | None:
        """How the rows are looked at now; None when there are none."""
        grid = self._grid
        if grid is None:
            return None
        return View(self._arrangement, grid.cursor_row, grid.cursor_column)

    def go_to(self, index: int, column: str = "") -> None:
        """Put the cursor on the row with this 0-based index; a filter that hides it is cleared.

        Args:
            column: Where in the row, if that column shows.
        """
        if self._grid is None:
            return
        place, names = self._grid.source.place_of(index), self._grid.source.names
        if place is None:
            self._clear_then_go(index, column)
            return
        self._grid.move_cursor(
            row=place, column=names.index(column) + 1 if column in names else None
        )
        self._grid.focus()

    @work(exclusive=True, group="arrange", exit_on_error=False)
    async def _clear_then_go(self, index: int, column: str) -> None:
        self.query_one("#rows-ask", Input).value = ""
        await self._arrange(replace(self._arrangement, text=""))
        self.go_to(index, column)

    def focus_list(self) -> None:
        """Put the keyboard into the grid; without one here, where the way back still works."""
        self.can_focus = self._grid is None
        (self._grid or self).focus()

    def on_data_table_cell_selected(self, event: Any) -> None:
        """Tell which row."""
        event.stop()
        self.action_open_row()

    @work(exit_on_error=False)
    async def action_open_row(self) -> None:
        """Show the row under the cursor in full; the cursor goes to the row that was shown last."""
        rows, grid = self._rows, self._grid
        if rows is None or grid is None or not grid.row_count:
            return
        from soc_tui.tui.dialogs.row import RowScreen

        place = await self.app.push_screen_wait(RowScreen(rows, self._order, grid.cursor_row))
        if place is not None and grid is self._grid:
            grid.move_cursor(row=place)

    def action_pivot(self) -> None:
        """Go on from the cell under the cursor."""
        if self._grid is not None and (index := self._grid.cursor_index) is not None:
            self.post_message(self.PivotAsked(index, self._grid.cursor_name))

    # -- sorting, filtering, finding ---------------------------------------------------------------

    def action_sort(self) -> None:
        """Sort by the column under the cursor: up, down, as it came."""
        if self._grid is None:
            return
        self._rearrange(self._arrangement.sorted_by(self._grid.cursor_name))

    def on_data_table_header_selected(self, event: Any) -> None:
        """A click on a heading sorts by that column; on that of the row ids, as the rows came."""
        event.stop()
        if self._grid is not None:
            name = self._grid.source.names[event.column_index - 1] if event.column_index else ""
            self._rearrange(self._arrangement.sorted_by(name))

    def action_filter(self) -> None:
        """Type words that the rows must hold."""
        self._ask(_FILTER, self._arrangement.text)

    def action_find(self) -> None:
        """Type words to look for."""
        self._ask(_FIND, self._sought)

    def _ask(self, what: str, text: str) -> None:
        if self._grid is None:
            return
        line = self.query_one("#rows-ask", Input)
        self._asking = what
        line.placeholder = _ASKS[what]
        with self.prevent(Input.Changed):
            line.value = text
        line.add_class("asking")
        line.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter while typing."""
        event.stop()
        if self._asking == _FILTER and self._grid is not None:
            self._rearrange(replace(self._arrangement, text=event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Back to the grid."""
        event.stop()
        self._close_line()
        if self._asking == _FIND:
            self._sought = event.value
            self._find(back=False)

    def on_key(self, event: Any) -> None:
        """Escape in the line clears the filter and goes back to the grid."""
        line = self.query_one("#rows-ask", Input)
        if event.key == "escape" and line.has_focus:
            event.stop()
            if self._asking == _FILTER:
                line.value = ""
            self._close_line()

    def _close_line(self) -> None:
        self.query_one("#rows-ask").remove_class("asking")
        self.focus_list()

    def action_find_next(self) -> None:
        """The next row that holds what is sought."""
        self._find(back=False)

    def action_find_previous(self) -> None:
        """The row before it."""
        self._find(back=True)

    @work(exclusive=True, group="find", exit_on_error=False)
    async def _find(self, *, back: bool) -> None:
        grid, arranger = self._grid, self._arranger
        if grid is None or arranger is None or not self._sought:
            return
        async with self._lock:
            hit = await asyncio.to_thread(
                arranger.find,
                self._sought,
                self._arrangement,
                self._order,
                grid.cursor_row,
                back=back,
            )
        if grid is not self._grid:
            return
        self._hit = hit
        grid.mark(self._sought)
        self._say_rows()
        if hit is None:
            self.notify(f"No shown row contains “{inert(self._sought, 40)}”.", markup=False)
        else:
            names = grid.source.names
            grid.move_cursor(
                row=hit.place, column=names.index(hit.column) + 1 if hit.column else None
            )

    @work(exclusive=True, group="arrange", exit_on_error=False)
    async def _rearrange(self, wanted: Arrangement) -> None:
        await self._arrange(wanted)

    async def _arrange(self, wanted: Arrangement, cursor: tuple[int, int] | None = None) -> None:
        """Args: cursor: Row and column where it goes; by default it stays."""
        arranger = self._arranger
        if arranger is None:
            return
        async with self._lock:
            order = await asyncio.to_thread(arranger.order, wanted)
        if arranger is not self._arranger:
            return  # other rows have come meanwhile
        self._arrangement, self._order = wanted, order
        await self._draw(cursor)

    # -- columns -----------------------------------------------------------------------------------

    def action_hide_column(self) -> None:
        """Hide the column under the cursor; the last one stays."""
        if self._grid is None or self._rows is None:
            return
        self._rearrange(self._arrangement.without(self._grid.cursor_name, self._rows))

    def action_move_column(self, by: int) -> None:
        """Move the column under the cursor to the left (-1) or to the right (1)."""
        if self._grid is None or self._rows is None:
            return
        names = list(self._arrangement.shown(self._rows))
        place = names.index(self._grid.cursor_name)
        target = place + by
        if 0 <= target < len(names):
            names[place], names[target] = names[target], names[place]
            self._rearrange(replace(self._arrangement, columns=tuple(names)))
            self._grid.move_cursor(column=target + 1)

    def action_freeze(self) -> None:
        """Keep the columns up to the cursor in view; once more lets them scroll again."""
        grid = self._grid
        if grid is not None:
            wanted = max(1, grid.cursor_column)
            again = wanted == self._arrangement.frozen
            self._freeze(0 if again else wanted)
            if not again and not self._arrangement.frozen:
                self.notify("Too wide to freeze: the columns up to this one do not fit.")

    def on_resize(self) -> None:
        """What is frozen leaves room for the others, or is let go."""
        if self._arrangement.frozen:
            self._freeze(self._arrangement.frozen)

    def _freeze(self, count: int) -> None:
        grid = self._grid
        if grid is not None and self._rows is not None:
            frozen = grid.freeze(count)
            self._arrangement = replace(self._arrangement, frozen=frozen)
            self._say_rows()

    @work(exclusive=True, group="arrange", exit_on_error=False)
    async def action_empty_columns(self) -> None:
        """Show the columns without any value, or fold them."""
        rows, arranger = self._rows, self._arranger
        if rows is None or arranger is None:
            return
        if self._arrangement.folded:
            await self._arrange(self._arrangement.unfolded(rows))
            return
        empty = await asyncio.to_thread(arranger.empty_columns)
        wanted = self._arrangement.folding(empty, rows)
        if wanted == self._arrangement:
            self.notify("No shown column is empty.")
        else:
            await self._arrange(wanted)

    @work(exit_on_error=False)
    async def action_columns(self) -> None:
        """Choose which columns show, and their order."""
        if self._rows is None:
            return
        from soc_tui.tui.dialogs.columns import ColumnsScreen

        shown = self._arrangement.shown(self._rows)
        chosen = await self.app.push_screen_wait(ColumnsScreen(self._rows.column_names, shown))
        if chosen:
            self._rearrange(replace(self._arrangement, columns=chosen, frozen=0, folded=()))

    @work(exit_on_error=False)
    async def action_statistics(self) -> None:
        """Figures and top values of the column under the cursor, over the shown rows."""
        rows, arranger, grid = self._rows, self._arranger, self._grid
        if rows is None or arranger is None or grid is None:
            return
        from soc_tui.rows.statistics import column_statistics
        from soc_tui.tui.dialogs.statistics import StatisticsScreen

        name, order = grid.cursor_name, self._order
        async with self._lock:
            figures = await asyncio.to_thread(column_statistics, rows, name, order)
            facets = await asyncio.to_thread(arranger.facets, name, order, _MOST_FACETS)
        facet = await self.app.push_screen_wait(StatisticsScreen(figures, facets))
        if facet is not None:
            self._rearrange(self._arrangement.with_facet(facet))

    def action_facet(self, keep: bool) -> None:
        """Keep or leave out the rows with the value of the cell under the cursor."""
        grid, arranger = self._grid, self._arranger
        if grid is None or arranger is None or (index := grid.cursor_index) is None:
            return
        value = arranger.value_of(grid.cursor_name, index)
        self._rearrange(self._arrangement.with_facet(Facet(grid.cursor_name, value, keep)))

    def action_drop_facet(self) -> None:
        """Take back the last value that was kept or left out."""
        if self._arrangement.facets:
            self._rearrange(replace(self._arrangement, facets=self._arrangement.facets[:-1]))
        else:
            self.notify("No value is kept or left out.")

    # -- copy and export ---------------------------------------------------------------------------

    @work(exit_on_error=False)
    async def action_copy(self) -> None:
        """Copy the cell, the row, the column or the KQL that finds the cell again."""
        rows, grid, order = self._rows, self._grid, self._order
        if rows is None or grid is None or (index := grid.cursor_index) is None:
            return
        from soc_tui.rows.copying import cell_copy, column_copy, predicate, row_copy
        from soc_tui.tui.dialogs.choice import ChoiceScreen

        name = grid.cursor_name
        short = inert(name, 40)
        ways: dict[str, tuple[str, Callable[[], str]]] = {
            "c": (f"cell of {short}", lambda: cell_copy(rows, index, name)),
            "r": ("row as JSON", lambda: row_copy(rows, index)),
            "l": (f"column {short}, all shown rows", lambda: column_copy(rows, name, order)),
            "p": ("KQL filter for this value", lambda: f"| where {predicate(rows, index, name)}"),
        }
        choices = {key: told for key, (told, _) in ways.items()}
        key = await self.app.push_screen_wait(ChoiceScreen("Copy", choices))
        if key:
            await copy(self.app, await asyncio.to_thread(ways[key][1]))

    @work(exit_on_error=False)
    async def action_export(self) -> None:
        """Write the shown rows and columns to a file."""
        if self._rows is None:
            return
        from soc_tui.tui.dialogs.export import ExportScreen

        columns = self._arrangement.shown(self._rows)
        screen = ExportScreen(self._rows, self._order, columns, self._of)
        written = await self.app.push_screen_wait(screen)
        if written:
            told = f"{number_of(written[1], 'row')} saved to {inert(str(written[0]))}."
            self.notify(told, markup=False)

    # -- drawing -----------------------------------------------------------------------------------

    async def _draw(self, cursor: tuple[int, int] | None) -> None:
        rows = self._rows
        if rows is None:
            return
        old = self._grid
        # pyarrow and the grid load behind the first paint.
        grid = await asyncio.to_thread(_grid_of, rows, self._arrangement, self._order)
        place = self.query_one("#rows-grid", Vertical)
        now = (old.cursor_row, old.cursor_column) if old is not None else (0, 0)
        row, column = cursor or now
        focused = old is not None and old.has_focus
        async with self.batch():
            await place.remove_children()
            await place.mount(grid)
        self._grid = grid
        grid.move_cursor(row=min(row, max(0, grid.row_count - 1)), column=column)
        if focused:
            grid.focus()
        self._hit = None
        grid.mark(self._sought)
        self._say_rows()

    def _say_rows(self) -> None:
        if self._rows is None or self._grid is None:
            return
        told = self._arrangement.told(self._rows, self._grid.row_count)
        if self._hit:
            place = f"{self._hit.number:,} of {self._hit.count:,}"
            told = f"“{inert(self._sought, 40)}”: {place} · {told}"
        self._say(told)

    async def _drop_grid(self) -> None:
        self._grid = None
        await self.query_one("#rows-grid", Vertical).remove_children()

    def _say(self, text: str, *, empty: bool = False) -> None:
        info = self.query_one("#rows-info", Static)
        info.update(text)
        info.set_class(empty, "empty")
        self.query_one(Hints).display = not empty


def _grid_of(rows: Rows, arrangement: Arrangement, order: Any) -> Grid:
    from soc_tui.tui.panes.grid import Grid, InertBackend

    backend = InertBackend(rows, arrangement, order)
    _ = backend.column_content_widths  # measured here, not on the screen's thread
    return Grid(backend)
