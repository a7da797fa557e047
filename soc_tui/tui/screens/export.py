"""Where the shown rows are written to."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path
from typing import Any, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from soc_tui.model.errors import SocError
from soc_tui.model.inert import inert
from soc_tui.model.rows import Rows
from soc_tui.model.wording import number_of
from soc_tui.rows.exporting import WRITERS, export_rows
from soc_tui.tui.editor.reporting import Reporting
from soc_tui.tui.keys.dialogs import PATH
from soc_tui.tui.keys.key import BindingList, bindings


class ExportScreen(Reporting, ModalScreen[None]):
    """A path to type; Enter writes, Escape leaves.

    Args:
        order: The shown rows, as `Arranger.order` gives them.
        columns: The shown columns.
        count: How many rows are shown.
    """

    BINDINGS: ClassVar[BindingList] = bindings(PATH[:1])

    def __init__(self, rows: Rows, order: Any, columns: tuple[str, ...], count: int) -> None:
        super().__init__()
        self._rows, self._order, self._columns, self._count = rows, order, columns, count

    def compose(self) -> ComposeResult:
        """The path and what is known of the way."""
        now = dt.datetime.now(dt.UTC)
        with Vertical(classes="dialog") as frame:
            frame.border_title = f"Export {number_of(self._count, 'row')}: Enter writes, Esc closes"
            yield Input(str(Path.home() / f"soc_tui-{now:%Y%m%dT%H%M%S}Z.csv"), id="export-path")
            yield Static(
                f"The ending says the form: {' '.join(WRITERS)}", id="export-said", markup=False
            )

    def action_close(self) -> None:
        """Leave."""
        self.dismiss(None)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Write."""
        event.stop()
        if path := event.value.strip():
            self._write(Path(path).expanduser())

    @work(exclusive=True, exit_on_error=False)
    async def _write(self, path: Path) -> None:
        said = self.query_one("#export-said", Static)
        said.update("Writing …")
        try:
            written = await asyncio.to_thread(
                export_rows, self._rows, path, self._order, self._columns
            )
        except SocError as error:
            said.update(inert(str(error)))
            return
        self.app.notify(f"{number_of(written, 'row')} written to {inert(str(path))}.", markup=False)
        self.dismiss()
