"""What can be asked of the query in the editor: what it does, and a repair."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from textual import work
from textual.screen import Screen

from soc_tui.model import events
from soc_tui.model.errors import QueryError, SocError
from soc_tui.model.hunt import Hunt
from soc_tui.tui.dialogs.diff import DiffScreen, RepairOffer
from soc_tui.tui.dialogs.explain import ExplainScreen
from soc_tui.tui.keys.keymap import worded
from soc_tui.tui.panes.conversation import Conversation
from soc_tui.tui.panes.query import QueryPane

if TYPE_CHECKING:
    from soc_tui.analysts import Analyst
    from soc_tui.hunting.hunter import Hunter

EXPLAINING, REPAIRING = "explaining", "repairing"
_HINT = "Ctrl+D says what the query does; {explain.answer_repair} there asks for a repair."
BESIDE = frozenset({EXPLAINING, REPAIRING})
"""Steps that leave the hunt as it is."""


class QueryHelp(Screen[None]):
    """The part of the main screen that explains and repairs."""

    hunt: Hunt | None = None
    hunter: Hunter | None = None
    _rejected: tuple[str, SocError] | None = None

    def _start(self, what: str, step: AsyncIterator[events.Event]) -> None:
        raise NotImplementedError

    def action_explain(self) -> None:
        """Say what the query in the editor does."""
        kql = self.query_one(QueryPane).kql
        if self.hunter is None or not kql.strip():
            self.notify(worded(self, "There is no query yet. Ask (F2) or type KQL (F3)."))
            return
        self._outline(self.hunter, kql)

    def action_repair(self) -> None:
        """Ask the analyst to correct the query in the editor."""
        kql = self.query_one(QueryPane).kql
        if self.hunter is None or not kql.strip():
            self.notify(worded(self, "There is no query yet. Ask (F2) or type KQL (F3)."))
            return
        rejected = self._rejected
        error = rejected[1] if rejected and rejected[0] == kql else None
        hunt = self.hunt or self.hunter.new_hunt("", kql)
        self._start(REPAIRING, self.hunter.repair(hunt, kql, error))

    def show_help(self, event: events.Event) -> None:
        """Show what was asked for; offer a repair when the workspace rejected the query itself.

        Dialogs come later, not from inside the step: it has to end before the next one begins.
        """
        match event:
            case events.Explained():
                self.call_later(self._explained, event)
            case events.RepairSuggested():
                self.call_later(self._decide, event)
            case events.StepFailed() if isinstance(event.error, QueryError) and self.hunter:
                self._rejected = (event.hunt.kql, event.error)
                if self.hunter.repairs_left(event.hunt.kql):
                    self.call_later(self._offer, event.error)
            case events.Judged() if not event.verdict.allowed:
                self.query_one(Conversation).say(worded(self, _HINT))

    @work(exclusive=True, group="outline")
    async def _outline(self, hunter: Hunter, kql: str) -> None:
        explanation = await asyncio.to_thread(hunter.outline, kql)
        model = "" if hunter.analyst.offline else _named(hunter.analyst)
        answer = await self.app.push_screen_wait(ExplainScreen(explanation, model))
        if answer == "model":
            hunt = self.hunt or hunter.new_hunt("", kql)
            self._start(EXPLAINING, hunter.explain(hunt, kql))
        elif answer == "repair":
            self.action_repair()

    @work
    async def _explained(self, event: events.Explained) -> None:
        if await self.app.push_screen_wait(ExplainScreen(event.explanation)) == "repair":
            self.action_repair()

    @work
    async def _offer(self, error: QueryError) -> None:
        hunter = self.hunter
        if hunter is None:
            return
        analyst = hunter.analyst
        offer = RepairOffer(error, _named(analyst), free=analyst.offline)
        if await self.app.push_screen_wait(offer):
            self.action_repair()

    @work
    async def _decide(self, event: events.RepairSuggested) -> None:
        repair, say = event.repair, self.query_one(Conversation).say
        answer = await self.app.push_screen_wait(DiffScreen(repair))
        if not answer or self.hunter is None:
            say("The repair was declined; the query is as it was.")
            return
        self.query_one(QueryPane).amend(repair.after)
        say(f"Repaired by {repair.author}: {repair.words}")
        if answer == "run":
            self._start("querying", self.hunter.accept(event.hunt, repair))
        else:
            say(worded(self, "It is in the editor: F5 runs it."), "bold")


def _named(analyst: Analyst) -> str:
    """Who would be asked; "auto" is no name of a model."""
    if analyst.offline:
        return "the offline analyst"
    return "the model" if analyst.name == "auto" else analyst.name
