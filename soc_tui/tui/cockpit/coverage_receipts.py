"""What a hunt covered: of the one whose findings show, and of past ones."""

from __future__ import annotations

import asyncio
from typing import Any

from soc_tui.model.errors import SocError
from soc_tui.tui.cockpit.part import Answer, Part, in_background
from soc_tui.tui.panes.findings import FindingsPane
from soc_tui.tui.panes.history import HistoryPane


class CoverageReceipts(Part):
    """Shows receipts."""

    def answers(self) -> tuple[Answer[Any], ...]:
        """See `Part`."""
        return (
            Answer(FindingsPane.CoverageAsked, self._show_shown),
            Answer(HistoryPane.CoverageAsked, self._show_past),
        )

    def _show_shown(self, _: FindingsPane.CoverageAsked) -> None:
        """Of the hunt whose rows and findings the panes hold, else of the open one."""
        from soc_tui.tui.dialogs.coverage import CoverageScreen

        hunt = self.state.shown or self.state.hunt
        if hunt is None:
            self.notify(self.worded("No hunt yet. Ask (F2) or open one (F8)."))
            return
        self.screen.app.push_screen(CoverageScreen(hunt))

    @in_background(exclusive=True, group="coverage")
    async def _show_past(self, message: HistoryPane.CoverageAsked) -> None:
        """Of a past hunt."""
        from soc_tui.tui.dialogs.coverage import CoverageScreen

        history = self.state.hunter.history if self.state.hunter else None
        if history is None:
            return
        try:
            hunt = await asyncio.to_thread(history.load, message.hunt.id)
        except SocError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        self.screen.app.push_screen(CoverageScreen(hunt))
