"""The main screen: all panes, and the parts that do what keys and panes ask for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.events import DescendantFocus
from textual.screen import Screen

from soc_tui.tui.app_contract import app_of
from soc_tui.tui.cockpit.layout import PaneLayout
from soc_tui.tui.cockpit.settings_and_places import SettingsAndPlaces
from soc_tui.tui.cockpit.state import CockpitState
from soc_tui.tui.keys.cockpit import MAIN
from soc_tui.tui.keys.key import bindings
from soc_tui.tui.panes.conversation import Conversation
from soc_tui.tui.panes.footer import KeyStrip
from soc_tui.tui.panes.pane_message import PaneMessage
from soc_tui.tui.panes.status import StatusStrip
from soc_tui.tui.worker_errors import ShowsWorkerErrors

if TYPE_CHECKING:
    from textual.widgets import TabbedContent

    from soc_tui.hunting.hunter import Hunter
    from soc_tui.model.hunt import Hunt
    from soc_tui.tui.cockpit.opening import Opening
    from soc_tui.tui.cockpit.parts import Parts
    from soc_tui.tui.cockpit.work import Work


class MainScreen(ShowsWorkerErrors, Screen[None]):
    """Shows the panes, and hands on what is asked for.

    Each thing that can be done is a `Part`; here they are put together. There are two ways to one:
    a key of the whole cockpit is an `action_...` method below that calls the part, and a message of
    a pane goes to the part that has an `Answer` to it.

    Args:
        classes: CSS classes that are known before the first paint.
    """

    BINDINGS = bindings(MAIN)

    def __init__(self, classes: Iterable[str] = ()) -> None:
        super().__init__()
        # Before any widget is there: each class that comes later restyles all of them.
        self.add_class("ask", *classes, update=False)
        self._building = asyncio.Lock()
        self.cockpit_state = state = CockpitState()
        self.pane_layout = PaneLayout(self, state)
        self.settings_and_places = SettingsAndPlaces(self, state, self.opening)

    @cached_property
    def parts(self) -> Parts:
        """What else can be done: made behind the first frame."""
        from soc_tui.tui.cockpit.parts import Parts

        return Parts(self, self.cockpit_state, self.action_show, self._fill)

    def compose(self) -> ComposeResult:
        """Conversation left; query over rows, findings, timeline and history right."""
        later = app_of(self).builds_behind
        with Horizontal(id="body"):
            yield Conversation(id="ask")
            if not (later and self.pane_layout.alone):
                from soc_tui.tui.cockpit.work import Work

                yield Work(whole=not later)
        yield StatusStrip()
        yield KeyStrip()

    def on_mount(self) -> None:
        """First paint first; what is heavy opens behind it. The first start asks for the logs."""
        if app_of(self).first_run:
            self.settings_and_places.show_places(first=True)
        else:
            self.call_after_refresh(self.settings_and_places.open_first)

    async def opening(self) -> Opening:
        """What opens things, once everything is made that the first frame did without."""
        from soc_tui.tui.cockpit.work import Work

        async with self._building:
            if not self.query(Work):
                await self.query_one("#body").mount(Work(whole=False))
                self.pane_layout.lay_out()
            await self.query_one(Work).make_rest()
            app_of(self).release_keys()
        return self.parts.opening

    @property
    def hunt(self) -> Hunt | None:
        """The hunt that the editor's text goes on with."""
        return self.cockpit_state.hunt

    @property
    def work(self) -> Work:
        """The right half."""
        from soc_tui.tui.cockpit.work import Work

        return self.query_one(Work)

    @property
    def hunter(self) -> Hunter | None:
        """What runs the steps; None until the workspace is open."""
        return self.cockpit_state.hunter

    # -- messages and events -----------------------------------------------------------------------

    @on(PaneMessage)
    async def answer(self, message: PaneMessage) -> None:
        """Hand a message of a pane to the part that has the answer."""
        await self.parts.answer(message)

    def on_resize(self) -> None:
        """Another size of the terminal: what fits."""
        self.pane_layout.lay_out()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """A narrower terminal will show the pane that has the keyboard now."""
        self.pane_layout.follow(event.widget)

    def on_tabbed_content_tab_activated(self, event: TabbedContent.TabActivated) -> None:
        """Remember the tab; one that the mouse chose is filled as one that a key chose."""
        app_of(self).remember(tab=event.pane.id)
        from textual.widgets import Tabs

        if isinstance(self.focused, Tabs):
            self._fill(event.pane.id or "")

    # -- panes -------------------------------------------------------------------------------------

    def action_show(self, pane: str) -> None:
        """Bring a pane to the front and put the keyboard there."""
        self.pane_layout.bring(pane if pane in {"ask", "query"} else "area")
        if pane == "ask":
            self.query_one("#request").focus()
        elif pane == "query":
            self.query_one("#editor").focus()
        else:
            self.work.show_tab(pane)
            self._fill(pane)

    def _fill(self, tab: str) -> None:
        """Bring what a tab shows up to date."""
        if tab == "timeline":
            self.parts.hunt_display.show_timeline()
        elif tab == "history":
            self.parts.past_hunts.load_list()

    # -- keys of the whole cockpit (see `keys.cockpit.MAIN`) ---------------------------------------

    def action_help(self) -> None:
        """Show all keys."""
        from soc_tui.tui.dialogs.help import HelpScreen

        here = (one.binding.id or "" for one in self.active_bindings.values())
        self.app.push_screen(HelpScreen({name.partition(".")[0] for name in here} - {"main"}))

    def action_edit_menu(self) -> None:
        """Choose what to do with the query."""
        from soc_tui.tui.panes.query import QueryPane

        self.action_show("query")
        self.query_one(QueryPane).choose_action()

    def action_run_query(self) -> None:
        """Judge and run the editor's text."""
        self.parts.hunt_steps.run_query()

    def action_hunt(self) -> None:
        """Quote a hunt through the rows."""
        self.parts.hunt_steps.quote()

    def action_cancel(self) -> None:
        """Cancel what is running; the next request is about the logs again."""
        self.parts.finding_questions.drop()
        self.parts.steps.cancel()
        self.parts.past_hunts.cancel()

    def action_explain(self) -> None:
        """Say what the query does."""
        self.parts.query_help.explain()

    def action_repair(self) -> None:
        """Have the query corrected."""
        self.parts.query_help.repair()

    def action_playbooks(self) -> None:
        """Choose a playbook."""
        self.parts.playbooks.choose()

    def action_keep_playbook(self) -> None:
        """Save the query as a playbook."""
        self.parts.playbooks.keep_query()

    async def action_pivot_back(self) -> None:
        """Back to before the last pivot."""
        await self.parts.pivots.back()

    async def action_pivot_forward(self) -> None:
        """Forward again."""
        await self.parts.pivots.forward()

    def action_settings(self) -> None:
        """Show the settings."""
        self.settings_and_places.show_settings()

    def action_places(self) -> None:
        """Choose where the logs are."""
        self.settings_and_places.show_places()

    def action_layout(self) -> None:
        """Change sizes with the arrows."""
        self.pane_layout.change()

    def action_arrange(self, how: str) -> None:
        """Change the layout in one way."""
        self.pane_layout.arrange(how)
