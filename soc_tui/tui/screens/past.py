"""Hunts of before: listed and opened again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import work
from textual.screen import Screen

from soc_tui.hunting.pivoting import Stop
from soc_tui.model.errors import HistoryError
from soc_tui.model.hunt import Hunt
from soc_tui.tui.panes.conversation import Conversation
from soc_tui.tui.panes.history import HistoryPane
from soc_tui.tui.panes.status import StatusStrip

if TYPE_CHECKING:
    from soc_tui.hunting.hunter import Hunter


class Past(Screen[None]):
    """The part of the main screen that has to do with hunts of before."""

    hunt: Hunt | None = None
    hunter: Hunter | None = None

    def action_show(self, pane: str) -> None:
        """Bring a pane to the front and put the keyboard there."""
        raise NotImplementedError

    async def show_stop(self, stop: Stop) -> None:
        """Show a query with the hunt that was open with it."""
        raise NotImplementedError

    def show_end(self, hunt: Hunt) -> None:
        """Say how a hunt ended."""
        raise NotImplementedError

    @work(exclusive=True, group="history", exit_on_error=False)
    async def load_history(self) -> None:
        """List the hunts."""
        if self.hunter is None or self.hunter.history is None:
            return
        try:
            hunts = await asyncio.to_thread(self.hunter.history.summaries)
        except HistoryError as error:
            self.query_one(Conversation).say_error(error)
            return
        self.query_one(HistoryPane).show_hunts(hunts)

    @work(exclusive=True, group="history", exit_on_error=False)
    async def on_history_pane_chosen(self, message: HistoryPane.Chosen) -> None:
        """Open a past hunt: request, query, rows as they were, findings, what was not seen."""
        conversation = self.query_one(Conversation)
        if self.query_one(StatusStrip).busy or self.hunter is None or self.hunter.history is None:
            self.notify("A step is running. Esc cancels it.")
            return
        try:
            hunt, problem = await self.hunter.keeper.reopen(message.hunt_id)
        except HistoryError as error:
            conversation.say_error(error)
            return
        await self.show_stop(Stop(hunt.kql, hunt))
        conversation.say(f"\n> {hunt.request} ({hunt.created:%Y-%m-%d %H:%M} UTC)", "bold")
        for remark in hunt.remarks:
            conversation.say(f"> {remark.question}", "bold")
            conversation.say_remark(remark)
        if problem:
            conversation.say(f"! Its rows are not open. {problem}", "yellow")
        if hunt.problem:
            conversation.say(f"It ended {hunt.status.value}: {hunt.problem}")
        self.show_end(hunt)
        self.action_show("findings")
