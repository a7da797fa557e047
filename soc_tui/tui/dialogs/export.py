"""The export dialog for the shown rows."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path
from typing import Any

from soc_tui.model.hunt import Hunt
from soc_tui.model.inert import inert
from soc_tui.model.rows import Rows
from soc_tui.model.wording import number_of
from soc_tui.rows.exporting import WRITERS, export_rows
from soc_tui.tui.app_contract import app_of
from soc_tui.tui.dialogs.path import PathScreen

_KQL_CHARS = 200


class ExportScreen(PathScreen[tuple[Path, int]]):
    """Answers with the path that was written to, and how many rows are in it.

    Args:
        order: The shown rows, as `Arranger.order` gives them.
        columns: The shown columns.
        hunt: The hunt that gave the rows: its id is in the name that is offered, its query is told.
    """

    suffixes = tuple(WRITERS)
    told = f"The file extension sets the format: {' '.join(WRITERS)}"

    def __init__(
        self, rows: Rows, order: Any, columns: tuple[str, ...], hunt: Hunt | None = None
    ) -> None:
        name = hunt.id if hunt else f"{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S}Z"
        super().__init__(str(Path.home() / f"soc_tui-{name}.csv"))
        if hunt:
            kql = " ".join(line.strip() for line in hunt.kql.splitlines())
            self.told = f"{self.told}\nRows of: {inert(kql, _KQL_CHARS)}"
        self._rows, self._order, self._columns = rows, order, columns
        count = rows.count if order is None else len(order)
        self.heading = f"Export {number_of(count, 'row')}: Enter saves, Esc cancels"

    async def chosen(self, path: Path) -> tuple[Path, int] | None:
        """Write them; over another file only when that was confirmed."""
        await self.ask_to_replace(path)
        self.say_doing("Writing")
        raw = app_of(self).settings.export.raw
        return path, await asyncio.to_thread(
            export_rows, self._rows, path, self._order, self._columns, raw=raw
        )
