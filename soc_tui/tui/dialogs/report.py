"""Where a report is written to."""

from __future__ import annotations

import asyncio
from pathlib import Path

from soc_tui.history.reports.formats import FORMATS
from soc_tui.history.reports.write_report import write_report
from soc_tui.model.hunt import Hunt
from soc_tui.tui.dialogs.path import PathScreen


class ReportScreen(PathScreen[tuple[Path, int]]):
    """Answers with the path that was written to, and how many findings are in it.

    Args:
        finding_ids: The findings to report; all when empty.
        path: Offered.
    """

    heading = "Report: Enter writes, Esc leaves"
    suffixes = tuple(one.ending for one in FORMATS)
    told = f"The ending chooses the form: {' '.join(suffixes)}"

    def __init__(self, hunt: Hunt, finding_ids: tuple[str, ...], path: Path) -> None:
        super().__init__(str(path))
        self._hunt = hunt
        self._finding_ids = finding_ids

    async def chosen(self, path: Path) -> tuple[Path, int] | None:
        """Write it; over another file only when that was confirmed."""
        await self.ask_to_replace(path)
        self.say_doing("Writing")
        return path, await asyncio.to_thread(write_report, self._hunt, path, self._finding_ids)
