"""What the panes show of a hunt: each event of its steps, and a hunt that is opened again."""

from __future__ import annotations

from textual.screen import Screen

from soc_tui.model import events
from soc_tui.model.grounded import unverified_count
from soc_tui.model.hunt import Hunt, Status
from soc_tui.model.quote import cost_text
from soc_tui.model.wording import NONE_OF_PART, number_of
from soc_tui.review.pivots import Stop
from soc_tui.tui.cockpit.part import Part, ShowPane
from soc_tui.tui.cockpit.state import CockpitState


class HuntDisplay(Part):
    """Shows; what follows from an event is up to the other parts."""

    def __init__(self, screen: Screen[None], state: CockpitState, show_pane: ShowPane) -> None:
        super().__init__(screen, state)
        self._show_pane = show_pane

    def show_timeline(self) -> None:
        """Show when the open hunt's rows are from."""
        self.timeline_pane.show_hunt(self.state.hunt)

    async def show(self, event: events.Event) -> None:
        """Show an event of a step."""
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
                self.findings_pane.show_findings(())
                self.findings_pane.show_unseen(hunt)
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
        self.query_pane.kql = hunt.kql
        if hunt.plan:
            self.conversation.say(hunt.plan.rationale)
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
        await self.results_pane.show_rows(hunt.rows)
        self.findings_pane.show_findings(())
        if hunt.rows and hunt.rows.count:
            text = f"{number_of(hunt.rows.count, 'row')} in {hunt.rows.elapsed_seconds:.1f} s."
            if hunt.rows.partial:
                self.conversation.say(f"! Partial result: {hunt.rows.partial}", "yellow")
            self.conversation.say(self.worded(f"{text} Hunt through them with F6."), "bold")
            self._show_pane("results")

    def show_end(self, hunt: Hunt) -> None:
        """Say how a hunt ended, and show its findings."""
        say = self.conversation.say
        took = f"{hunt.elapsed_seconds:.1f} s"
        if hunt.reply:
            self.conversation.say_reply(hunt.reply)
            return
        if hunt.status is Status.NO_ROWS:
            none = f"No rows match ({took}), so there is nothing to hunt through."
            say(NONE_OF_PART if hunt.partial else f"{none} Widen the time range or the filters.")
            return
        unverified = unverified_count(hunt.findings)
        say(
            f"{number_of(len(hunt.findings), 'finding')}, {unverified} unverified, in {took}."
            if hunt.findings
            else f"No findings in {took}. The hunt is in the history.",
            "bold",
        )
        if hunt.unseen:
            say(f"Analyst coverage: {hunt.unseen.summary()}.")
        if hunt.usage:
            say(f"Cost: {cost_text(hunt.usage)} ({hunt.usage.model}).")
        self.findings_pane.show_findings(hunt.findings)

    async def open(self, stop: Stop) -> None:
        """Open a query with its hunt: show its rows, its findings and what was not seen."""
        hunt = stop.hunt
        self.state.hunt, self.state.aside = hunt, None
        self.status.show_hunt(hunt)
        self.query_pane.kql = stop.kql
        rows = hunt.rows if hunt else None
        lost = bool(hunt and hunt.row_count and rows is None)
        await self.results_pane.show_rows(rows, stop.view, lost=lost)
        self.findings_pane.show_findings(hunt.findings if hunt else ())
        self.findings_pane.show_unseen(hunt)
