"""The cockpit: all panes, and the steps of a hunt between them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import TabbedContent, TabPane

from soc_tui.model import events
from soc_tui.model.hunt import Hunt, Status, broken_off
from soc_tui.model.quote import cost_text
from soc_tui.model.secret import hide_keys
from soc_tui.model.wording import NONE_OF_PART, number_of
from soc_tui.review.pivots import Stop
from soc_tui.tui.cockpit.arranging import Arranging
from soc_tui.tui.cockpit.finding_questions import FindingQuestions
from soc_tui.tui.cockpit.past_hunts import PAST, Past
from soc_tui.tui.cockpit.places_and_settings import Settling
from soc_tui.tui.cockpit.playbooks import Playbooks
from soc_tui.tui.cockpit.query_help import BESIDE, QueryHelp
from soc_tui.tui.cockpit.triage import Triage
from soc_tui.tui.dialogs.dialogs import QuoteScreen, model_choice
from soc_tui.tui.dialogs.help import HelpScreen
from soc_tui.tui.keys.cockpit import MAIN
from soc_tui.tui.keys.key import bindings
from soc_tui.tui.keys.keymap import worded
from soc_tui.tui.panes.conversation import Conversation
from soc_tui.tui.panes.findings import FindingsPane
from soc_tui.tui.panes.footer import KeyStrip
from soc_tui.tui.panes.history import HistoryPane
from soc_tui.tui.panes.query import QueryPane
from soc_tui.tui.panes.results import ResultsPane
from soc_tui.tui.panes.status import StatusStrip
from soc_tui.tui.panes.timeline import TimelinePane

if TYPE_CHECKING:
    from soc_tui.hunting.hunter import Hunter
    from soc_tui.tui.app import SocTui

PRICING = "counting and pricing"
_KEY_TYPED = "! That held a key: it is neither kept nor sent. The settings (Ctrl+\\) take keys."


class MainScreen(Arranging, Settling, QueryHelp, FindingQuestions, Playbooks, Triage, Past):
    """Shows the state of one hunt and sends commands to the Hunter.

    Args:
        classes: CSS classes that are known before the first paint.
    """

    BINDINGS = bindings(MAIN)
    app: SocTui

    def __init__(self, classes: Iterable[str] = ()) -> None:
        super().__init__()
        # Before any widget is there: each class that comes later styles all of them anew.
        self.add_class("ask", *classes, update=False)
        self.hunt: Hunt | None = None
        self._unquoted: Hunt | None = None  # what a quote was asked for
        self._aside: Hunt | None = None  # answered or asked back, while `hunt` stays open
        self.hunter: Hunter | None = None
        self._waiting_request = ""
        self._ending = False  # the step has shown what it was for, and is only being recorded
        self._next: tuple[str, AsyncIterator[events.Event]] | None = None

    def compose(self) -> ComposeResult:
        """Conversation left; query over rows, findings and history right."""
        with Horizontal(id="body"):
            yield Conversation(id="ask")
            with Vertical(id="work"):
                yield QueryPane(id="query")
                with TabbedContent(initial=self.app.look.tab, id="area"):
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
        self.begin()

    # -- panes -----------------------------------------------------------------------------------

    @property
    def conversation(self) -> Conversation:
        """The log of the hunt."""
        return self.query_one(Conversation)

    @property
    def status(self) -> StatusStrip:
        """The status strip."""
        return self.query_one(StatusStrip)

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
        self.fill(pane)

    def fill(self, tab: str) -> None:
        """Bring what a tab shows up to date."""
        if tab == "timeline":
            self.query_one(TimelinePane).show_hunt(self.hunt)
        elif tab == "history":
            self.load_history()

    def action_edit_menu(self) -> None:
        """Choose what to do with the query."""
        self.action_show("query")
        self.query_one(QueryPane).choose_action()

    def action_help(self) -> None:
        """Show all keys."""
        here = (one.binding.id or "" for one in self.active_bindings.values())
        self.app.push_screen(HelpScreen({name.partition(".")[0] for name in here} - {"main"}))

    # -- the way of a hunt -------------------------------------------------------------------------

    def on_conversation_asked(self, message: Conversation.Asked) -> None:
        """A request starts a hunt: a new one, or one that follows up the hunt on screen."""
        request = hide_keys(message.request)
        self.conversation.say(f"\n> {request}", "bold")
        if request != message.request:
            self.conversation.say(worded(self, _KEY_TYPED), "yellow")
        if self.hunter is None:
            self._waiting_request = request
            self.conversation.say("The workspace is still opening; this request is next.")
        else:
            self._plan(request)

    def _plan(self, request: str) -> None:
        if self.hunter:
            self._start("planning", self.hunter.plan(request, self._aside or self.hunt))

    def action_run_query(self) -> None:
        """Judge and run the editor's text."""
        kql = self.query_one(QueryPane).kql
        if self.hunter is None or not kql.strip():
            self.notify(worded(self, "There is no query yet. Ask (F2) or type KQL (F3)."))
            return
        hunt = self.hunt or self.hunter.new_hunt("", kql)
        self._start("querying", self.hunter.query(hunt, kql))

    def action_hunt(self) -> None:
        """Ask for the quote; the dialog goes on from there."""
        if (
            self.hunter is None
            or self.hunt is None
            or not (self.hunt.rows and self.hunt.rows.count)
        ):
            self.notify(worded(self, "There are no rows to hunt through. Run a query first (F5)."))
            return
        self._unquoted = self.hunt
        self._start(PRICING, self.hunter.quote(self.hunt))

    def action_cancel(self) -> None:
        """Cancel the running step; the next request is about the logs again."""
        self.conversation.ask_about(None)
        self.workers.cancel_group(self, "step")
        self.workers.cancel_group(self, PAST)

    def _start(self, what: str, step: AsyncIterator[events.Event]) -> None:
        """Follow a step's events until it ends; one step runs at a time."""
        if self.status.busy and self._ending:
            self._next = (what, step)
            return
        if self.status.busy:
            self.notify("A step is running. Esc cancels it.")
            return
        self._ending, self._next = False, None
        self.status.begin(what)
        self._follow(what, step)

    @work(group="step", exit_on_error=False)
    async def _follow(self, what: str, step: AsyncIterator[events.Event]) -> None:
        try:
            async for event in step:
                # A finding may be triaged while the next ones still arrive.
                hunt = self.triaged(event.hunt)
                if hunt.kql:  # until there is a query, the hunt that was open stays open
                    self.hunt, self._aside = hunt, None
                self._ending = self._ending or isinstance(event, events.OUTCOMES)
                self.status.show_hunt(hunt)
                await self._show(replace(event, hunt=hunt))
                self.show_help(event)
                self.show_answer(event)
        except asyncio.CancelledError:
            self._next = None
            if self.hunt and not self.hunt.status.ended and what not in BESIDE:
                # As it was recorded.
                self.hunt = broken_off(self.hunt, Status.CANCELLED, "cancelled")
            self.conversation.say(f"Cancelled while {what}. What had arrived is kept.", "yellow")
            raise
        except Exception as error:  # noqa: BLE001 - the last boundary: logged and shown
            self.app.report(error)
        finally:
            self.status.finish()
            if self._next:
                self.call_later(self._start, *self._next)
            self.query_one(FindingsPane).show_unseen(self.hunt)
            self.fill(self.query_one(TabbedContent).active)

    async def _show(self, event: events.Event) -> None:
        say = self.conversation.say
        hunt = event.hunt
        match event:
            case events.PlanRepaired():
                say("The plan was refused by the guardrails; the analyst repairs it.", "yellow")
            case events.Answered() | events.AskedBack():
                self._aside = hunt
                self.conversation.say_reply(event.reply)
                self.action_show("ask")
            case events.Planned():
                self._show_plan(hunt)
            case events.Judged():
                self._show_judged(event)
            case events.RowsArrived():
                await self._show_rows(hunt)
            case events.Quoted():
                # Not from inside the step, which has to end before the next one begins.
                self.call_later(self._confirm, event)
            case events.HuntStarted():
                self._unquoted = None
                self.status.begin("hunting")
                self.query_one(FindingsPane).show_findings(())
                self.query_one(FindingsPane).show_unseen(hunt)
                self.action_show("findings")
            case events.FindingArrived() | events.FindingsMerged():
                self.query_one(FindingsPane).take_in(hunt.findings)
            case events.WaitStarted() | events.ChunkDone():
                self._show_pace(event)
            case events.Noticed():
                say(f"! {event.message}", "yellow")
            case events.HuntEnded():
                self.show_end(hunt)
            case events.StepFailed():
                self._not_hunted()
                self.conversation.say_error(event.error)
                self.notify(event.error.what, severity="error", markup=False)

    def _show_pace(self, event: events.WaitStarted | events.ChunkDone) -> None:
        if isinstance(event, events.ChunkDone):
            self.status.go_on(f"hunting, chunk {event.done} of {event.total} done")
            return
        self.conversation.say(f"! {event.message}", "yellow")
        self.status.wait(event.seconds)

    def _show_plan(self, hunt: Hunt) -> None:
        self.query_one(QueryPane).kql = hunt.kql
        if hunt.plan:
            self.conversation.say(hunt.plan.rationale)
        for note in hunt.notes:
            self.conversation.say(f"! {note}", "yellow")
        self.conversation.say(
            worded(self, "The query is in the editor: edit it, then F5 runs it."), "bold"
        )
        self.action_show("query")

    def _show_judged(self, event: events.Judged) -> None:
        query = self.query_one(QueryPane)
        if query.kql != event.hunt.kql:
            query.amend(event.hunt.kql)
            for note in event.hunt.notes:
                self.conversation.say(f"! {note}", "yellow")
        query.show_verdict(event.verdict)
        self.status.show_verdict(event.verdict)

    async def _show_rows(self, hunt: Hunt) -> None:
        self.query_one(QueryPane).see(hunt.rows)
        await self.query_one(ResultsPane).show_rows(hunt.rows)
        self.query_one(FindingsPane).show_findings(())
        if hunt.rows and hunt.rows.count:
            text = f"{number_of(hunt.rows.count, 'row')} in {hunt.rows.elapsed_seconds:.1f} s."
            if hunt.rows.partial:
                self.conversation.say(f"! Partial answer: {hunt.rows.partial}", "yellow")
            self.conversation.say(worded(self, f"{text} F6 hunts through them."), "bold")
            self.action_show("results")

    @work
    async def _confirm(self, event: events.Quoted) -> None:
        dialog = QuoteScreen(event.quote)
        if await self.app.push_screen_wait(dialog):
            if self.hunter:
                self._start("hunting", self.hunter.hunt(event.hunt))
        elif dialog.picks:
            choice, models = model_choice(event.quote)
            model = models.get(await self.app.push_screen_wait(choice), event.quote.model)
            if self.hunter:
                self._start(PRICING, self.hunter.quote(event.hunt, model))
        else:
            self._not_hunted()
            self.conversation.say("Not hunted: the quote was declined. Nothing was sent.")

    def _not_hunted(self) -> None:
        """The hunt that a quote was asked for is open again: its findings are on the screen."""
        if self._unquoted and self.hunt and self.hunt.repeats == self._unquoted.id:
            self.hunt = self._unquoted
            self.status.show_hunt(self.hunt)

    def show_end(self, hunt: Hunt) -> None:
        """Say how a hunt ended, and show its findings."""
        say = self.conversation.say
        took = f"{hunt.elapsed_seconds:.1f} s"
        if hunt.reply:
            self.conversation.say_reply(hunt.reply)
            return
        if hunt.status is Status.NO_ROWS:
            none = f"No rows match, so there is nothing to hunt ({took})."
            say(NONE_OF_PART if hunt.partial else f"{none} Widen the time or filters.")
            return
        unverified = sum(not finding.grounded for finding in hunt.findings)
        say(
            f"{number_of(len(hunt.findings), 'finding')}, {unverified} unverified, in {took}."
            if hunt.findings
            else f"Nothing found in {took}. That is recorded too.",
            "bold",
        )
        if hunt.unseen:
            say(f"By the analyst: {hunt.unseen.summary()}.")
        if hunt.usage:
            say(f"Cost: {cost_text(hunt.usage)} ({hunt.usage.model}).")
        self.query_one(FindingsPane).show_findings(hunt.findings)

    async def show_stop(self, stop: Stop) -> None:
        """Show a query with the hunt that was open with it: its rows, findings, what was unseen."""
        hunt = stop.hunt
        self.hunt, self._aside = hunt, None
        self.status.show_hunt(hunt)
        self.query_one(QueryPane).kql = stop.kql
        findings = self.query_one(FindingsPane)
        rows = hunt.rows if hunt else None
        lost = bool(hunt and hunt.row_count and rows is None)
        await self.query_one(ResultsPane).show_rows(rows, stop.view, lost=lost)
        findings.show_findings(hunt.findings if hunt else ())
        findings.show_unseen(hunt)

    # -- judging while one types -------------------------------------------------------------------

    def on_query_pane_typed(self, message: QueryPane.Typed) -> None:
        """Judge the text as it stands."""
        if not message.kql.strip():
            self.status.show_verdict(None)
        elif self.hunter:
            self._judge(message.kql)

    @work(exclusive=True, group="judge", exit_on_error=False)
    async def _judge(self, kql: str) -> None:
        if self.hunter:
            verdict = await asyncio.to_thread(self.hunter.judge, kql)
            if self.query_one(QueryPane).show_verdict(verdict):
                self.status.show_verdict(verdict)
