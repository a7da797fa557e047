"""A column's figures and its most frequent values with bars, to keep or to leave out."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static

from soc_tui.model.inert import inert
from soc_tui.rows.arranging import Facet, Facets
from soc_tui.rows.statistics import ColumnStatistics
from soc_tui.tui.keys.dialogs import STATISTICS
from soc_tui.tui.keys.key import BindingList, bindings
from soc_tui.tui.widgets.cell_text import shown_cell
from soc_tui.tui.widgets.hints import Hints
from soc_tui.tui.widgets.line_list import Line, LineList

_BAR = 16


class StatisticsScreen(ModalScreen[Facet | None]):
    """Answers the value to keep or to leave out, or None.

    Args:
        facets: The most frequent values.
    """

    BINDINGS: ClassVar[BindingList] = bindings(STATISTICS)

    def __init__(self, figures: ColumnStatistics, facets: Facets) -> None:
        super().__init__()
        self._figures = figures
        self._facets = facets

    def compose(self) -> ComposeResult:
        """Figures above, the values below."""
        with Vertical(classes="dialog wide tall") as frame:
            name = inert(self._figures.name, 60)
            frame.border_title = Text(name)
            yield Static(self._told(), classes="dialog-text", markup=False)
            yield LineList()
            yield Hints(STATISTICS)

    def on_mount(self) -> None:
        """The most frequent first."""
        most = max((count for _, count in self._facets), default=1)
        values = self.query_one(LineList)
        values.add_options(
            Line(partial(_line, value, count, most)) for value, count in self._facets
        )
        values.highlighted = 0 if self._facets else None
        values.focus()

    def _told(self) -> str:
        figures = self._figures
        counts = f"{figures.rows:,} rows · {figures.empty:,} empty · {figures.distinct:,} distinct"
        least, most = shown_cell(figures.least, 60), shown_cell(figures.most, 60)
        ends = f"\nfrom {least}\nto   {most}" if figures.least is not None else ""
        return f"{counts}{ends}"

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter keeps."""
        event.stop()
        self.action_choose(keep=True)

    def action_choose(self, keep: bool) -> None:
        """Keep or leave out the value under the cursor."""
        place = self.query_one(LineList).highlighted
        if place is not None:
            self.dismiss(Facet(self._figures.name, self._facets[place][0], keep))

    def action_close(self) -> None:
        """Back to the rows as they are."""
        self.dismiss(None)


def _line(value: str, count: int, most: int) -> Text:
    bar = "█" * max(1, round(_BAR * count / most))
    return Text.assemble(
        (f"{count:>9,} ", "bold"), f"{bar:<{_BAR}} ", shown_cell(value, 100) or "(empty)"
    )
