"""What was open when the app was left comes back at the next start."""

from __future__ import annotations

import asyncio

from textual.screen import Screen
from textual.widgets import Input

from soc_tui.files.left_open import LeftOpen, keep_left_open, read_left_open
from soc_tui.model.errors import ConfigError, HistoryError
from soc_tui.model.hunt import Hunt
from soc_tui.review.pivots import Stop
from soc_tui.tui.cockpit.hunt_display import HuntDisplay
from soc_tui.tui.cockpit.part import Part
from soc_tui.tui.cockpit.state import CockpitState


class LeftOpenWork(Part):
    """Query, hunt, rows and how they were looked at. The tab in front is kept with the look."""

    def __init__(self, screen: Screen[None], state: CockpitState, display: HuntDisplay) -> None:
        super().__init__(screen, state)
        self._display = display

    def keep(self) -> None:
        """Keep what is open. Raises ConfigError."""
        hunter, hunt = self.state.hunter, self.state.hunt
        kql = self.query_pane.kql
        if hunter is None or not kql.strip():
            keep_left_open(None)
            return
        looked_at = self.results_pane.view if hunt is self.state.shown else None
        name = hunter.workspace.name
        keep_left_open(LeftOpen(name, kql, hunt.id if hunt else "", looked_at))

    async def bring_back(self) -> None:
        """Open it again, unless something else was begun meanwhile."""
        hunter = self.state.hunter
        try:
            left = await asyncio.to_thread(read_left_open)
        except ConfigError as error:
            self.conversation.say_error(error)
            return
        if left is None or hunter is None or left.workspace != hunter.workspace.name:
            return
        hunt = await self._kept_hunt(left.hunt_id)
        if self.state.hunt is not None or self.state.asked is not None or self.status.busy:
            return
        if self.query_pane.kql.strip() or self.conversation.query_one("#request", Input).value:
            return
        await self._display.open(Stop(left.kql, hunt, left.view))
        told = f": {hunt.request}" if hunt and hunt.request else ""
        self.conversation.say(f"Open as you left it{told}. Ctrl+B begins anew.", "dim")

    async def _kept_hunt(self, hunt_id: str) -> Hunt | None:
        hunter = self.state.hunter
        if not hunt_id or hunter is None or hunter.history is None:
            return None
        try:
            return (await hunter.keeper.reopen(hunt_id)).hunt
        except HistoryError:
            return None  # deleted since, or never recorded: the query is there all the same
