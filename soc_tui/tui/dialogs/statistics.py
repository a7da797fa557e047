"""Column statistics: distinct, empty, min, max, and the top values with bars."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from soc_tui.model.inert import inert
from soc_tui.rows.statistics import ColumnStatistics
from soc_tui.tui.dialogs.text_dialog import YesNoDialog
from soc_tui.tui.widgets.cell_text import shown_cell

_BAR = 16


class StatisticsScreen(YesNoDialog):
    """The figures; Escape closes."""

    def __init__(self, figures: ColumnStatistics) -> None:
        super().__init__()
        self._figures = figures
        self.heading = f"{inert(figures.name, 40)}: Esc closes"

    def text(self) -> Table:
        """Figures above, top values below."""
        figures = self._figures
        table = Table.grid(padding=(0, 1))
        for name, value in (
            ("Rows", f"{figures.rows:,}"),
            ("Empty", f"{figures.empty:,}"),
            ("Distinct", f"{figures.distinct:,}"),
            ("Min", shown_cell(figures.least, 60)),
            ("Max", shown_cell(figures.most, 60)),
        ):
            table.add_row(Text(name, "bold"), Text(""), Text(value))
        most = max((count for _, count in figures.top), default=0)
        for value, count in figures.top:
            bar = "█" * max(1, round(_BAR * count / most))
            table.add_row(
                Text(f"{count:,}", justify="right"), Text(bar), Text(shown_cell(value, 48))
            )
        return table
