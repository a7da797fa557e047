"""Playbooks on the screen: chosen and filled into the editor, and made from a hunt."""

from __future__ import annotations

import asyncio

from textual import work

from soc_tui.model.errors import SocError
from soc_tui.model.hunt import Hunt
from soc_tui.model.inert import inert
from soc_tui.review.pivots import Stop
from soc_tui.tui.cockpit.pivots import Pivots
from soc_tui.tui.keys.keymap import worded
from soc_tui.tui.panes.conversation import Conversation
from soc_tui.tui.panes.history import HistoryPane
from soc_tui.tui.panes.query import QueryPane


class Playbooks(Pivots):
    """The part of the main screen for playbooks. Nothing runs by itself: F5 does."""

    def on_conversation_playbooks_asked(self) -> None:
        """Choose from below the examples."""
        self.action_playbooks()

    @work(exclusive=True, group="playbook", exit_on_error=False)
    async def action_playbooks(self) -> None:
        """Choose a playbook, give it values, and put its query into the editor."""
        from soc_tui.files.playbook_folder import load_shelf
        from soc_tui.tui.dialogs.playbook_form import PlaybookForm
        from soc_tui.tui.dialogs.playbook_list import PlaybookList

        if self.hunter is None:
            self.notify("The workspace is still opening.")
            return
        shelf = await asyncio.to_thread(load_shelf)
        playbook = await self.app.push_screen_wait(PlaybookList(shelf))
        if playbook is None:
            return
        filled = await self.app.push_screen_wait(PlaybookForm(playbook))
        if filled is not None:
            hunt = filled.begun(self.hunter.new_hunt("", filled.kql))
            await self.go_on(Stop(filled.kql, hunt))
            self.query_one(Conversation).say(f"\n> {hunt.request}", "bold")
            self.query_one(Conversation).say(f"{hunt.notes[-1]} {worded(self, 'F5 runs it.')}")

    @work(exclusive=True, group="playbook", exit_on_error=False)
    async def action_keep_playbook(self) -> None:
        """Save the query in the editor as a playbook."""
        kql = self.query_one(QueryPane).kql
        if self.hunter is None or not kql.strip():
            self.notify("There is no query to save.")
            return
        hunt = self.hunt
        if hunt is None or hunt.kql.splitlines() != kql.splitlines():
            hunt = self.hunter.new_hunt(hunt.request if hunt else "", kql)
        await self._keep(hunt)

    @work(exclusive=True, group="playbook", exit_on_error=False)
    async def on_history_pane_keep_asked(self, message: HistoryPane.KeepAsked) -> None:
        """Save a hunt of before as a playbook."""
        if self.hunter is None or self.hunter.history is None:
            return
        try:
            hunt = await asyncio.to_thread(self.hunter.history.load, message.hunt.id)
        except SocError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        await self._keep(hunt)

    async def _keep(self, hunt: Hunt) -> None:
        from soc_tui.files.playbooks import offered
        from soc_tui.tui.dialogs.playbook_keep import KeepScreen

        try:
            found = await asyncio.to_thread(offered, hunt.kql)
        except SocError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        path = await self.app.push_screen_wait(KeepScreen(hunt, found))
        if path is not None:
            self.notify(f"Saved: {inert(str(path))}", markup=False)
