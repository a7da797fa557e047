"""Playbooks on the screen: fill one into the editor, or save a hunt as one."""

from __future__ import annotations

import asyncio
from typing import Any

from textual.screen import Screen

from soc_tui.model.errors import SocError
from soc_tui.model.hunt import Hunt
from soc_tui.model.inert import inert
from soc_tui.review.pivots import Stop
from soc_tui.tui.cockpit.part import Answer, Part, in_background
from soc_tui.tui.cockpit.pivots import Pivots
from soc_tui.tui.cockpit.state import CockpitState
from soc_tui.tui.panes.conversation import Conversation
from soc_tui.tui.panes.history import HistoryPane


class Playbooks(Part):
    """Fills and keeps playbooks. None runs by itself: F5 does."""

    def __init__(self, screen: Screen[None], state: CockpitState, pivots: Pivots) -> None:
        super().__init__(screen, state)
        self._pivots = pivots

    def answers(self) -> tuple[Answer[Any], ...]:
        """See `Part`."""
        return (
            Answer(Conversation.PlaybooksAsked, lambda _: self.choose()),
            Answer(HistoryPane.KeepAsked, self._keep_past_hunt),
        )

    @in_background(exclusive=True, group="playbook")
    async def choose(self) -> None:
        """Choose a playbook, give it values, and put its query into the editor."""
        from soc_tui.files.playbook_folder import load_shelf
        from soc_tui.tui.dialogs.playbook_form import PlaybookForm
        from soc_tui.tui.dialogs.playbook_list import PlaybookList

        if self.state.hunter is None:
            self.notify("The workspace is still opening.")
            return
        shelf = await asyncio.to_thread(load_shelf)
        playbook = await self.ask(PlaybookList(shelf))
        if playbook is None:
            return
        filled = await self.ask(PlaybookForm(playbook))
        if filled is not None:
            hunt = filled.begun(self.state.hunter.new_hunt("", filled.kql))
            await self._pivots.go_on(Stop(filled.kql, hunt))
            self.conversation.say(f"\n> {hunt.request}", "bold")
            self.conversation.say(f"{hunt.notes[-1]} {self.worded('Run it with F5.')}")

    @in_background(exclusive=True, group="playbook")
    async def keep_query(self) -> None:
        """Save the query in the editor as a playbook."""
        kql = self.query_pane.kql
        if self.state.hunter is None or not kql.strip():
            self.notify("No query to save.")
            return
        hunt = self.state.hunt
        if hunt is None or hunt.kql.splitlines() != kql.splitlines():
            hunt = self.state.hunter.new_hunt(hunt.request if hunt else "", kql)
        await self._keep(hunt)

    @in_background(exclusive=True, group="playbook")
    async def _keep_past_hunt(self, message: HistoryPane.KeepAsked) -> None:
        """Save a past hunt as a playbook."""
        if self.state.hunter is None or self.state.hunter.history is None:
            return
        try:
            hunt = await asyncio.to_thread(self.state.hunter.history.load, message.hunt.id)
        except SocError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        await self._keep(hunt)

    async def _keep(self, hunt: Hunt) -> None:
        from soc_tui.files.playbooks import offered
        from soc_tui.tui.dialogs.playbook_save import SavePlaybookScreen

        try:
            found = await asyncio.to_thread(offered, hunt.kql)
        except SocError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        path = await self.ask(SavePlaybookScreen(hunt, found))
        if path is not None:
            self.notify(f"Saved to {inert(str(path))}", markup=False)
