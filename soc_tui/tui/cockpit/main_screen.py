"""The main screen: all panes, and the parts that do what keys and panes ask for."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.events import DescendantFocus
from textual.screen import Screen
from textual.widgets import TabbedContent, TabPane, Tabs

from soc_tui.model import events
from soc_tui.model.hunt import Hunt
from soc_tui.tui.app_contract import app_of
from soc_tui.tui.cockpit.finding_questions import FindingQuestions
from soc_tui.tui.cockpit.hunt_display import HuntDisplay
from soc_tui.tui.cockpit.hunt_steps import HuntSteps
from soc_tui.tui.cockpit.layout import PaneLayout
from soc_tui.tui.cockpit.opening import Opening
from soc_tui.tui.cockpit.part import Part
from soc_tui.tui.cockpit.past_hunts import PastHunts
from soc_tui.tui.cockpit.pivots import Pivots
from soc_tui.tui.cockpit.playbooks import Playbooks
from soc_tui.tui.cockpit.query_help import QueryHelp
from soc_tui.tui.cockpit.reports import Reports
from soc_tui.tui.cockpit.settings_and_places import SettingsAndPlaces
from soc_tui.tui.cockpit.state import CockpitState
from soc_tui.tui.cockpit.step_runner import StepRunner
from soc_tui.tui.cockpit.triage import Triage
from soc_tui.tui.dialogs.help import HelpScreen
from soc_tui.tui.keys.cockpit import MAIN
from soc_tui.tui.keys.key import bindings
from soc_tui.tui.keys.keymap import worded
from soc_tui.tui.panes.conversation import Conversation
from soc_tui.tui.panes.findings import FindingsPane
from soc_tui.tui.panes.footer import KeyStrip
from soc_tui.tui.panes.history import HistoryPane
from soc_tui.tui.panes.pane_message import PaneMessage
from soc_tui.tui.panes.query import QueryPane
from soc_tui.tui.panes.results import ResultsPane
from soc_tui.tui.panes.status import StatusStrip
from soc_tui.tui.panes.timeline import TimelinePane
from soc_tui.tui.worker_errors import ShowsWorkerErrors

if TYPE_CHECKING:
    from soc_tui.hunting.hunter import Hunter


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
        show_pane = self.action_show
        self.cockpit_state = state = CockpitState()
        self.pane_layout = PaneLayout(self, state)
        self.hunt_display = HuntDisplay(self, state, show_pane)
        self.triage = Triage(self, state, show_pane)
        self.steps = StepRunner(
            self,
            state,
            with_triage=self.triage.with_triage,
            show=self._show_event,
            ended=self._show_ended,
        )
        self.hunt_steps = HuntSteps(self, state, self.steps)
        self.query_help = QueryHelp(self, state, self.steps)
        self.finding_questions = FindingQuestions(self, state, self.steps, show_pane)
        self.pivots = Pivots(self, state, self.hunt_display, show_pane)
        self.playbooks = Playbooks(self, state, self.pivots)
        self.reports = Reports(self, state)
        self.past_hunts = PastHunts(
            self,
            state,
            steps=self.steps,
            display=self.hunt_display,
            reports=self.reports,
            show_pane=show_pane,
        )
        self.opening = Opening(
            self,
            state,
            display=self.hunt_display,
            show_pane=show_pane,
            plan_waiting=self.hunt_steps.plan_waiting,
            forget_trail=self.pivots.forget,
        )
        self.settings_and_places = SettingsAndPlaces(self, state, self.opening)
        self.parts: tuple[Part, ...] = (
            self.pane_layout,
            self.hunt_display,
            self.triage,
            self.steps,
            self.hunt_steps,
            self.query_help,
            self.finding_questions,
            self.pivots,
            self.playbooks,
            self.reports,
            self.past_hunts,
            self.opening,
            self.settings_and_places,
        )
        self._answers: dict[type[PaneMessage], Callable[[Any], object]] = {
            answer.message: answer.by for part in self.parts for answer in part.answers()
        }

    def compose(self) -> ComposeResult:
        """Conversation left; query over rows, findings and history right."""
        with Horizontal(id="body"):
            yield Conversation(id="ask")
            with Vertical(id="work"):
                yield QueryPane(id="query")
                with TabbedContent(initial=app_of(self).look.tab, id="area"):
                    with TabPane(worded(self, "Rows F4"), id="results"):
                        yield ResultsPane()
                    with TabPane(worded(self, "Findings F7"), id="findings"):
                        yield FindingsPane()
                    with TabPane(worded(self, "Timeline F12"), id="timeline"):
                        yield TimelinePane()
                    with TabPane(worded(self, "History F8"), id="history"):
                        yield HistoryPane()
        yield StatusStrip()
        yield KeyStrip()

    def on_mount(self) -> None:
        """First paint first; everything heavy opens behind it."""
        self.settings_and_places.begin()

    @property
    def hunt(self) -> Hunt | None:
        """The hunt on the screen."""
        return self.cockpit_state.hunt

    @property
    def hunter(self) -> Hunter | None:
        """What runs the steps; None until the workspace is open."""
        return self.cockpit_state.hunter

    # -- messages and events -----------------------------------------------------------------------

    @on(PaneMessage)
    async def answer(self, message: PaneMessage) -> None:
        """Hand a message of a pane to the part that has the answer."""
        done = self._answers[type(message)](message)
        if inspect.isawaitable(done):
            await done

    async def _show_event(self, event: events.Event) -> None:
        """Show an event of a step, and go on from it."""
        await self.hunt_display.show(event)
        self.hunt_steps.show(event)
        self.query_help.show(event)
        self.finding_questions.show(event)

    def _show_ended(self) -> None:
        """A step has ended, whichever way."""
        self.query_one(FindingsPane).show_unseen(self.hunt)
        self._fill(self.query_one(TabbedContent).active)

    def on_resize(self) -> None:
        """Another size of the terminal: what fits."""
        self.pane_layout.lay_out()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """A narrower terminal will show the pane that has the keyboard now."""
        self.pane_layout.follow(event.widget)

    def on_tabbed_content_tab_activated(self, event: TabbedContent.TabActivated) -> None:
        """Remember the tab; one that the mouse chose is filled as one that a key chose."""
        app_of(self).remember(tab=event.pane.id)
        if isinstance(self.focused, Tabs):
            self._fill(event.pane.id or "")

    # -- panes -------------------------------------------------------------------------------------

    def action_show(self, pane: str) -> None:
        """Bring a pane to the front and put the keyboard there."""
        self.remove_class("ask", "query", "area")
        if pane == "ask":
            self.add_class("ask")
            self.query_one("#request").focus()
            return
        if pane == "query":
            self.add_class("query")
            self.query_one("#editor").focus()
            return
        self.add_class("area")
        self.query_one(TabbedContent).active = pane
        if pane == "results":
            self.query_one(ResultsPane).focus_grid()
        elif pane == "findings":
            self.query_one(FindingsPane).focus_list()
        elif pane == "timeline":
            self.query_one(TimelinePane).focus_list()
        else:
            self.query_one(HistoryPane).focus_list()
        self._fill(pane)

    def _fill(self, tab: str) -> None:
        """Bring what a tab shows up to date."""
        if tab == "timeline":
            self.query_one(TimelinePane).show_hunt(self.hunt)
        elif tab == "history":
            self.past_hunts.load_list()

    # -- keys of the whole cockpit (see `keys.cockpit.MAIN`) ---------------------------------------

    def action_help(self) -> None:
        """Show all keys."""
        here = (one.binding.id or "" for one in self.active_bindings.values())
        self.app.push_screen(HelpScreen({name.partition(".")[0] for name in here} - {"main"}))

    def action_edit_menu(self) -> None:
        """Choose what to do with the query."""
        self.action_show("query")
        self.query_one(QueryPane).choose_action()

    def action_run_query(self) -> None:
        """Judge and run the editor's text."""
        self.hunt_steps.run_query()

    def action_hunt(self) -> None:
        """Quote a hunt through the rows."""
        self.hunt_steps.quote()

    def action_cancel(self) -> None:
        """Cancel what is running; the next request is about the logs again."""
        self.finding_questions.drop()
        self.steps.cancel()
        self.past_hunts.cancel()

    def action_explain(self) -> None:
        """Say what the query does."""
        self.query_help.explain()

    def action_repair(self) -> None:
        """Have the query corrected."""
        self.query_help.repair()

    def action_playbooks(self) -> None:
        """Choose a playbook."""
        self.playbooks.choose()

    def action_keep_playbook(self) -> None:
        """Save the query as a playbook."""
        self.playbooks.keep_query()

    async def action_pivot_back(self) -> None:
        """Back to before the last pivot."""
        await self.pivots.back()

    async def action_pivot_forward(self) -> None:
        """Forward again."""
        await self.pivots.forward()

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
