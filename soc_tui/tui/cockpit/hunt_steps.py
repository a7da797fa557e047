"""The way of a hunt: plan the request, run the query, quote the hunt, hunt through the rows."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from textual.screen import Screen

from soc_tui.analysts.secrets.finder import hide_keys
from soc_tui.model import events
from soc_tui.model.hunt import Hunt
from soc_tui.tui.cockpit.part import OPENING_GROUP, Answer, Part, in_background
from soc_tui.tui.cockpit.state import CockpitState
from soc_tui.tui.cockpit.step_runner import StepRunner
from soc_tui.tui.cockpit.whose_rows import older
from soc_tui.tui.dialogs.quote import QuoteScreen, model_choice
from soc_tui.tui.panes.conversation import Conversation
from soc_tui.tui.panes.query import QueryPane

_PRICING = "counting and pricing"
_KEY_TYPED = "! That contained a key: not stored, not sent. Enter keys in the settings (Ctrl+\\)."


class HuntSteps(Part):
    """Starts the steps, each when it is asked for."""

    def __init__(self, screen: Screen[None], state: CockpitState, steps: StepRunner) -> None:
        super().__init__(screen, state)
        self._steps = steps
        self._waiting_request = ""
        self._before: Hunt | None = None
        """What the last request could follow up."""

    def answers(self) -> tuple[Answer[Any], ...]:
        """See `Part`."""
        return (
            Answer(Conversation.Asked, self._take_request),
            Answer(QueryPane.Typed, self._judge_typed),
        )

    # -- planning ----------------------------------------------------------------------------------

    def _take_request(self, message: Conversation.Asked) -> None:
        """Begin a hunt: a new one, or one that follows up the hunt on the screen."""
        request = hide_keys(message.request)
        self.conversation.say(f"\n> {request}", "bold")
        if request != message.request:
            self.conversation.say(self.worded(_KEY_TYPED), "yellow")
        if self.state.hunter is None and not self._is_opening:
            told = "No workspace is open, so this was not run. {main.settings} opens the settings."
            self.conversation.say(self.worded(told), "yellow")
        elif self.state.hunter is None:
            self._waiting_request = request
            self.conversation.say("The workspace is still opening; your request runs next.")
        else:
            if not message.instead:
                self._before = self.state.aside or self.state.hunt
            self._plan(request)

    @property
    def _is_opening(self) -> bool:
        workers = self.screen.workers
        return any(each.group == OPENING_GROUP and each.is_running for each in workers)

    def plan_waiting(self) -> None:
        """Plan what was asked while the workspace was still opening."""
        if self._waiting_request:
            self._plan(self._waiting_request)

    def _plan(self, request: str) -> None:
        state = self.state
        if state.hunter:
            self._steps.start("planning", state.hunter.plan(request, self._before))

    # -- querying ----------------------------------------------------------------------------------

    def run_query(self) -> None:
        """Judge and run the editor's text."""
        hunter = self.state.hunter
        kql = self.query_pane.take_query() if hunter else ""
        if hunter is None or not kql.strip():
            told = "No query yet. Ask (F2) or type KQL (F3)."
            self.notify(self.worded(told))
            return
        hunt = self.state.hunt or hunter.new_hunt("", kql)
        runs_on = hunt if hunt.row_count is None else None
        self._steps.start("querying", hunter.query(hunt, kql), runs_on)

    def _judge_typed(self, message: QueryPane.Typed) -> None:
        """Judge the text as it stands."""
        if not message.kql.strip():
            self.status.show_verdict(None)
        elif self.state.hunter:
            self._judge(message.kql)

    @in_background(exclusive=True, group="judge")
    async def _judge(self, kql: str) -> None:
        if self.state.hunter:
            text = self.query_pane.for_verdict()
            judged = await asyncio.to_thread(self.state.hunter.judge, text)
            verdict = replace(judged, kql=kql)
            if self.query_pane.show_verdict(verdict):
                self.status.show_verdict(verdict)

    # -- hunting -----------------------------------------------------------------------------------

    def quote(self) -> None:
        """Ask for the quote; its dialog goes on from there."""
        hunter, hunt = self.state.hunter, self.state.shown
        if hunter is None or hunt is None or not (hunt.rows and hunt.rows.count):
            told = "No rows to hunt through. Run a query first (F5)."
            self.notify(self.worded(told))
            return
        self.state.unasked = ""
        self._steps.start(_PRICING, hunter.quote(hunt), hunt)

    def _hunt_free(self, hunt: Hunt) -> None:
        """Go on from rows to the hunt through them."""
        hunter = self.state.hunter
        if hunter and self.state.latest(hunt):
            self.state.unasked = hunt.id
            self._steps.start(_PRICING, hunter.quote(hunt), hunt)

    def show(self, event: events.Event) -> None:
        """Go on from an event of a step."""
        if isinstance(event, events.Quoted):
            # Not from inside the step, which has to end before the next one begins.
            self.screen.call_later(self._confirm, event)
        elif isinstance(event, events.RowsArrived) and self._goes_on(event.hunt):
            self.screen.call_later(self._hunt_free, event.hunt)
        elif isinstance(event, events.StepFailed) and event.hunt.kql:
            # A second run that did not begin leaves the first one open.
            self.status.show_hunt(self.state.latest(event.hunt) or self.state.shown)

    def _goes_on(self, hunt: Hunt) -> bool:
        wished = self.state.hunts_unasked(self.app.settings.free_hunt)
        return wished and bool(hunt.rows and hunt.rows.count)

    @in_background()
    async def _confirm(self, event: events.Quoted) -> None:
        whose = older(self.state.scene(self.query_pane.kql), "rows", self.worded)
        unquoted = event.quote.free and self.app.settings.free_hunt != "quoted"
        if unquoted and not (whose and not self.state.unasked):
            self._hunt(event.hunt)
            return
        receipt = event.hunt.receipt
        dialog = QuoteScreen(
            event.quote,
            receipt.gaps() if receipt else (),
            event.hunt.kql if whose else "",
            whose,
            lambda: hunter.prompts(event.hunt) if (hunter := self.state.hunter) else (),
        )
        if await self.ask(dialog):
            self._hunt(event.hunt)
        elif dialog.picks:
            choice, models = model_choice(event.quote)
            model = models.get(await self.ask(choice), event.quote.model)
            if hunter := self.state.hunter:
                self._steps.start(_PRICING, hunter.quote(event.hunt, model), event.hunt)
        else:
            self.status.show_hunt(self.state.latest(event.hunt) or self.state.shown)
            self.conversation.say("Quote declined. Nothing was sent.")

    def _hunt(self, hunt: Hunt) -> None:
        if self.state.hunter:
            self._steps.start("hunting", self.state.hunter.hunt(hunt), hunt)
