"""Explain and repair for the query in the editor."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual.screen import Screen

from soc_tui.model import events
from soc_tui.model.errors import QueryError, SocError
from soc_tui.tui.cockpit.part import Part, in_background
from soc_tui.tui.cockpit.state import CockpitState
from soc_tui.tui.cockpit.step_runner import StepRunner
from soc_tui.tui.dialogs.diff import DiffScreen, RepairOffer
from soc_tui.tui.dialogs.explain import ExplainScreen

if TYPE_CHECKING:
    from soc_tui.analysts import Analyst
    from soc_tui.hunting.hunter import Hunter

_HINT = "Ctrl+D explains the query; {explain.answer_repair} there asks for a repair."
_NO_QUERY = "No query yet. Ask (F2) or type KQL (F3)."


class QueryHelp(Part):
    """Explains and repairs."""

    def __init__(self, screen: Screen[None], state: CockpitState, steps: StepRunner) -> None:
        super().__init__(screen, state)
        self._steps = steps
        self._rejected: tuple[str, SocError] | None = None
        """The last query that the workspace rejected, and why."""

    def explain(self) -> None:
        """Say what the query in the editor does."""
        kql = self.query_pane.kql
        if self.state.hunter is None or not kql.strip():
            self.notify(self.worded(_NO_QUERY))
            return
        self._outline(self.state.hunter, kql)

    def repair(self) -> None:
        """Ask the analyst to correct the query in the editor."""
        kql = self.query_pane.kql
        if self.state.hunter is None or not kql.strip():
            self.notify(self.worded(_NO_QUERY))
            return
        rejected = self._rejected
        error = rejected[1] if rejected and rejected[0] == kql else None
        hunt = self.state.hunt or self.state.hunter.new_hunt("", kql)
        self._steps.start("repairing", self.state.hunter.repair(hunt, kql, error), keeps_hunt=True)

    def show(self, event: events.Event) -> None:
        """Show what was asked for; offer a repair when the workspace rejected the query itself.

        Dialogs come later, not from inside the step: it has to end before the next one begins.
        """
        match event:
            case events.Explained():
                self.screen.call_later(self._explained, event)
            case events.RepairSuggested():
                self.screen.call_later(self._decide, event)
            case events.StepFailed() if isinstance(event.error, QueryError) and self.state.hunter:
                self._rejected = (event.hunt.kql, event.error)
                if self.state.hunter.repairs_left(event.hunt.kql):
                    self.screen.call_later(self._offer, event.error)
            case events.Judged() if not event.verdict.allowed:
                self.conversation.say(self.worded(_HINT))

    @in_background(exclusive=True, group="outline")
    async def _outline(self, hunter: Hunter, kql: str) -> None:
        explanation = await asyncio.to_thread(hunter.outline, kql)
        model = "" if hunter.analyst.offline else _named(hunter.analyst)
        answer = await self.ask(ExplainScreen(explanation, model))
        if answer == "model":
            hunt = self.state.hunt or hunter.new_hunt("", kql)
            self._steps.start("explaining", hunter.explain(hunt, kql), keeps_hunt=True)
        elif answer == "repair":
            self.repair()

    @in_background()
    async def _explained(self, event: events.Explained) -> None:
        if await self.ask(ExplainScreen(event.explanation)) == "repair":
            self.repair()

    @in_background()
    async def _offer(self, error: QueryError) -> None:
        hunter = self.state.hunter
        if hunter is None:
            return
        analyst = hunter.analyst
        offer = RepairOffer(error, _named(analyst), free=analyst.offline)
        if await self.ask(offer):
            self.repair()

    @in_background()
    async def _decide(self, event: events.RepairSuggested) -> None:
        repair, say = event.repair, self.conversation.say
        answer = await self.ask(DiffScreen(repair))
        if not answer or self.state.hunter is None:
            say("Repair declined. The query is unchanged.")
            return
        self.query_pane.amend(repair.after)
        say(f"Repaired by {repair.author}: {repair.words}")
        if answer == "run":
            self._steps.start("querying", self.state.hunter.accept(event.hunt, repair))
        else:
            say(self.worded("It is in the editor. Run it with F5."), "bold")


def _named(analyst: Analyst) -> str:
    """Who would be asked; "auto" is no name of a model."""
    if analyst.offline:
        return "the offline analyst"
    return "the model" if analyst.name == "auto" else analyst.name
