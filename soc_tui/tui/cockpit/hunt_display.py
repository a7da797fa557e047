"""What the panes show of a hunt: each event of its steps, and a hunt that is opened again."""

from __future__ import annotations

from typing import Any

from textual.screen import Screen

from soc_tui.model import events
from soc_tui.model.grounded import unverified_count
from soc_tui.model.hunt import Hunt, Status
from soc_tui.model.quote import cost_text
from soc_tui.model.wording import number_of
from soc_tui.review.pivots import Stop
from soc_tui.rows.arranging import View
from soc_tui.tui.cockpit.part import Answer, Part, ShowPane
from soc_tui.tui.cockpit.state import CockpitState
from soc_tui.tui.cockpit.whose_rows import has_answer, older
from soc_tui.tui.cockpit.work import Work
from soc_tui.tui.panes.query import QueryPane
from soc_tui.tui.panes.rows_known import rows_in_brief


class HuntDisplay(Part):
    """Shows; what follows from an event is up to the other parts."""

    def __init__(self, screen: Screen[None], state: CockpitState, show_pane: ShowPane) -> None:
        super().__init__(screen, state)
        self._show_pane = show_pane

    def answers(self) -> tuple[Answer[Any], ...]:
        """See `Part`."""
        return (Answer(QueryPane.Changed, lambda _: self.show_whose()),)

    def show_timeline(self) -> None:
        """Show when the rows on the screen are from."""
        self.timeline_pane.show_hunt(self.state.shown)

    def show_whose(self) -> None:
        """Say whose the rows and findings are, and what was seen of them."""
        shown, scene = self.state.shown, self.state.scene(self.query_pane.kql)
        rows, findings = (older(scene, what, self.worded) for what in ("rows", "findings"))
        self.results_pane.show_older(rows)
        self.timeline_pane.show_older(rows)
        self.findings_pane.show_older(findings if shown and shown.findings else rows)
        known = self.worded(rows_in_brief(shown))
        self.screen.query_one(Work).count_findings(len(shown.findings) if shown else 0)
        self.status.show_rows(f"older: {known}" if rows.startswith("OLDER") else known)

    async def show(self, event: events.Event) -> None:
        """Show an event of a step."""
        await self._show_event(event)
        if not isinstance(event, events.FindingArrived):  # of which there may be ten thousand
            self.show_whose()

    async def _show_event(self, event: events.Event) -> None:
        say = self.conversation.say
        hunt = event.hunt
        match event:
            case events.PlanRepaired():
                say("The guardrails refused the plan; the analyst is repairing it.", "yellow")
            case events.Answered() | events.AskedBack():
                self.conversation.say_reply(event.reply)
                self._show_pane("ask")
            case events.Planned():
                self._show_plan(hunt)
            case events.Judged():
                self._show_judged(event)
            case events.RowsArrived():
                await self._show_rows(hunt)
            case events.HuntStarted():
                self.status.begin("hunting")
                self.findings_pane.show_findings(hunt.findings)
                self.findings_pane.show_unseen(hunt)
                if self.state.unasked != hunt.id:
                    self._show_pane("findings")
            case events.FindingArrived() | events.FindingsMerged():
                self.findings_pane.take_in(hunt.findings)
            case events.WaitStarted() | events.ChunkDone():
                self._show_pace(event)
            case events.Noticed():
                say(f"! {event.message}", "yellow")
            case events.HuntEnded():
                self.show_end(hunt)
            case events.StepFailed():
                self.conversation.say_error(event.error)
                self.notify(event.error.what, severity="error", markup=False)

    def _show_pace(self, event: events.WaitStarted | events.ChunkDone) -> None:
        if isinstance(event, events.ChunkDone):
            self.status.go_on(f"hunting, chunk {event.done} of {event.total} done")
            return
        self.conversation.say(f"! {event.message}", "yellow")
        self.status.wait(event.seconds)

    def _show_plan(self, hunt: Hunt) -> None:
        self.query_pane.note_plan(hunt.kql, hunt.plan.not_applied_line if hunt.plan else "")
        self.query_pane.kql = hunt.kql
        if hunt.plan:
            self.conversation.say(hunt.plan.rationale)
            if hunt.plan.not_applied:
                self.conversation.say(f"! {hunt.plan.not_applied_line}", "yellow")
            self.conversation.offer(hunt.plan.instead)
        for note in hunt.notes:
            self.conversation.say(f"! {note}", "yellow")
        told = "The query is in the editor. Edit it, then run it (F5)."
        self.conversation.say(self.worded(told), "bold")
        self._show_pane("query")

    def _show_judged(self, event: events.Judged) -> None:
        query = self.query_pane
        if not query.shows(event.hunt.kql):
            query.amend_taken(event.hunt.kql)
            for note in event.hunt.notes:
                self.conversation.say(f"! {note}", "yellow")
        query.show_verdict(event.verdict)
        self.status.show_verdict(event.verdict)

    async def _show_rows(self, hunt: Hunt) -> None:
        self.query_pane.see(hunt.rows)
        await self.results_pane.show_rows(hunt.rows, of=hunt)
        self.findings_pane.show_findings(())
        self.findings_pane.show_unseen(hunt)
        if hunt.rows and hunt.rows.count:
            text = f"{number_of(hunt.rows.count, 'row')} in {hunt.rows.elapsed_seconds:.1f} s."
            if hunt.rows.partial:
                self.conversation.say(f"! Partial result: {hunt.rows.partial}", "yellow")
            goes_on = self.state.hunts_unasked(self.app.settings.free_hunt)
            more = "" if goes_on else " Hunt through them with F6."
            self.conversation.say(self.worded(f"{text}{more}"), "bold")
            self._show_pane("results")

    def show_end(self, hunt: Hunt) -> None:
        """Say how a hunt ended, and show its findings."""
        say = self.conversation.say
        took = f"{hunt.elapsed_seconds:.1f} s"
        if hunt.reply:
            self.conversation.say_reply(hunt.reply)
            return
        if hunt.status is Status.NO_ROWS:
            say(f"{hunt.coverage.no_rows()} ({took})")
            return
        unverified = unverified_count(hunt.findings)
        say(
            f"{number_of(len(hunt.findings), 'finding')}, {unverified} unverified, in {took}."
            if hunt.findings
            else f"No findings in {took}. The hunt is in the history.",
            "bold",
        )
        say(f"Analyst coverage: {hunt.coverage.summary()}.")
        if hunt.usage:
            say(f"Cost: {cost_text(hunt.usage)} ({hunt.usage.model}).")
        self.findings_pane.show_findings(hunt.findings)
        self.findings_pane.show_unseen(hunt)

    async def open(self, stop: Stop) -> None:
        """Open a query with its hunt: show its rows, its findings and what was not seen."""
        shown = stop.shown or stop.hunt
        self.state.hunt, self.state.asked = stop.hunt, None
        self.state.shown = shown if shown and has_answer(shown) else None
        self.status.show_hunt(stop.hunt)
        self.query_pane.kql = stop.kql
        await self._show_shown(stop.view)
        self.show_whose()

    async def clear(self) -> None:
        """Show no rows and no findings; the query stays."""
        self.state.shown = None
        await self._show_shown()
        self.show_whose()

    async def _show_shown(self, view: View | None = None) -> None:
        hunt = self.state.shown
        rows = hunt.rows if hunt else None
        lost = bool(hunt and hunt.row_count and rows is None)
        await self.results_pane.show_rows(rows, view, of=hunt, lost=lost)
        self.findings_pane.show_findings(hunt.findings if hunt else ())
        self.findings_pane.show_unseen(hunt)
