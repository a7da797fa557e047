"""Triage of findings: states, notes, merging and splitting, taken back step by step; the matrix."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import work
from textual.screen import Screen

from soc_tui.model.errors import HistoryError
from soc_tui.model.finding import Evidence, Finding
from soc_tui.model.hunt import Hunt, keep_triage
from soc_tui.model.inert import inert
from soc_tui.model.rows import row_index
from soc_tui.review.attack_matrix import matrix
from soc_tui.review.triage import (
    MOST_EDITS,
    Change,
    Edit,
    Findings,
    merge,
    split,
    taken_back,
    with_notes,
    with_state,
)
from soc_tui.tui.dialogs.pick import PickScreen
from soc_tui.tui.keys.keymap import worded
from soc_tui.tui.panes.conversation import Conversation
from soc_tui.tui.panes.finding_detail import cited_row
from soc_tui.tui.panes.findings import FindingsPane
from soc_tui.tui.panes.results import ResultsPane
from soc_tui.tui.panes.status import StatusStrip

if TYPE_CHECKING:
    from soc_tui.hunting.hunter import Hunter


class Triage(Screen[None]):
    """The part of the main screen where the human says what findings are."""

    hunt: Hunt | None = None
    hunter: Hunter | None = None

    def __init__(self) -> None:
        super().__init__()
        self._edits: tuple[Edit, ...] = ()
        self._noted: frozenset[tuple[str, str, str]] = frozenset()  # hunt, finding, its title
        self._recording = asyncio.Lock()

    def action_show(self, pane: str) -> None:
        """Bring a pane to the front and put the keyboard there."""
        raise NotImplementedError

    def triaged(self, hunt: Hunt) -> Hunt:
        """A new state of the open hunt with what the human has made of its findings."""
        noted = frozenset((one, title) for of, one, title in self._noted if of == hunt.id)
        return keep_triage(hunt, self.hunt, noted)

    # -- changes -----------------------------------------------------------------------------------

    @work(exit_on_error=False)
    async def on_findings_pane_triage_asked(self, message: FindingsPane.TriageAsked) -> None:
        """Set the state."""
        state = message.state
        await self._change(with_state(message.finding.id, state), f"state {state.value}")

    @work(exit_on_error=False)
    async def on_findings_pane_notes_asked(self, message: FindingsPane.NotesAsked) -> None:
        """Let the human write."""
        from soc_tui.tui.dialogs.notes import NotesScreen

        finding, hunt = message.finding, self.hunt
        notes = await self.app.push_screen_wait(NotesScreen(finding.title, finding.notes))
        if notes is not None and hunt is not None:
            self._noted |= {(hunt.id, finding.id, finding.title)}
            await self._change(with_notes(finding.id, notes), "notes")

    @work(exit_on_error=False)
    async def on_findings_pane_merge_asked(self, message: FindingsPane.MergeAsked) -> None:
        """Make one finding of several."""
        if self._still():
            await self._change(merge(message.identifiers), "merge")

    @work(exit_on_error=False)
    async def on_findings_pane_split_asked(self, message: FindingsPane.SplitAsked) -> None:
        """Take a merged finding apart."""
        if not message.finding.parts:
            self.notify("This finding was not merged from others.")
        elif self._still():
            await self._change(split(message.finding.id), "split")

    @work(exit_on_error=False)
    async def on_findings_pane_undo_asked(self) -> None:
        """Take the last change of this hunt's findings back."""
        async with self._recording:
            hunt = self.hunt
            own = [edit for edit in self._edits if hunt and edit.hunt_id == hunt.id]
            if hunt is None or not own:
                self.notify("There is nothing to take back.")
                return
            edit = own[-1]
            if edit.rearranged and not self._still():
                return
            findings = taken_back(hunt.findings, edit)
            if findings is None or findings == hunt.findings:
                self._forget(edit)
                self.notify("These findings have changed since; there is nothing to take back.")
            elif await self._record(hunt, replace(hunt, findings=findings)):
                self._forget(edit)
                old = self._go_to_changed(hunt.findings, findings)
                self.notify(f"Taken back: {edit.label}. {inert(old.title, 60)}", markup=False)

    async def _change(self, change: Change, label: str) -> None:
        """Show a change, record it, remember it."""
        async with self._recording:
            hunt = self.hunt
            if hunt is None or (findings := change(hunt.findings)) == hunt.findings:
                return
            edit = Edit(hunt.id, label, hunt.findings, findings)
            if await self._record(hunt, replace(hunt, findings=findings)):
                self._edits = (*self._edits, edit)[-MOST_EDITS:]
                if edit.rearranged:
                    self._go_to_changed(edit.before, findings)

    def _go_to_changed(self, before: Findings, after: Findings) -> Finding:
        """Put the cursor on the first finding that is another one now."""
        changed = next(one for one in after if one not in before)
        self.query_one(FindingsPane).choose(changed.id)
        return changed

    async def _record(self, before: Hunt, after: Hunt) -> bool:
        """Show and record; what cannot be recorded is said and taken back."""
        self._show_triage(after)
        if self.hunter is None:
            return True
        try:
            await self.hunter.keeper.triage(before, after)
        except HistoryError as error:
            self.query_one(Conversation).say_error(error)
            self.notify(error.what, severity="error", markup=False)
            hunt = self.hunt
            if hunt is not None and hunt.id == after.id:
                back = taken_back(hunt.findings, Edit(hunt.id, "", before.findings, after.findings))
                self._show_triage(replace(hunt, findings=back or hunt.findings))
            return False
        return True

    def _show_triage(self, hunt: Hunt) -> None:
        self.hunt = hunt
        self.query_one(FindingsPane).show_findings(hunt.findings)

    def _still(self) -> bool:
        """Findings that still arrive, or are being asked about, cannot be put together."""
        if self.query_one(StatusStrip).busy:
            self.notify("A step is running. Esc cancels it; then findings can be put together.")
            return False
        return True

    def _forget(self, edit: Edit) -> None:
        self._edits = tuple(one for one in self._edits if one is not edit)

    # -- where findings lead -----------------------------------------------------------------------

    def on_findings_pane_evidence_asked(self, message: FindingsPane.EvidenceAsked) -> None:
        """Go to the cited row."""
        self._go_to_row(message.evidence)

    @work(exit_on_error=False)
    async def on_findings_pane_cited_rows_asked(self, message: FindingsPane.CitedRowsAsked) -> None:
        """Choose a cited row and go there."""
        evidence = message.finding.evidence
        if not evidence:
            self.notify("This finding cites no row.")
            return
        lines = map(cited_row, evidence)
        place = await self.app.push_screen_wait(PickScreen("Cited rows", lines))
        if place >= 0:
            self._go_to_row(evidence[place])

    def _go_to_row(self, evidence: Evidence) -> None:
        """To the first cell that is quoted of it."""
        count = self.hunt.rows.count if self.hunt and self.hunt.rows else 0
        index = row_index(evidence.row_id, count)
        if index is None:
            self.notify(worded(self, "That row is not open. F5 runs the query again."))
            return
        self.action_show("results")
        column = evidence.quotations[0].column if evidence.quotations else ""
        self.query_one(ResultsPane).go_to(index, column)

    @work(exit_on_error=False)
    async def on_findings_pane_matrix_asked(self) -> None:
        """Show the matrix; what is chosen in it filters the list."""
        from soc_tui.tui.dialogs.attack import AttackScreen

        findings: tuple[Finding, ...] = self.hunt.findings if self.hunt else ()
        wanted = await self.app.push_screen_wait(AttackScreen(matrix(findings)))
        if wanted:
            self.query_one(FindingsPane).show_only(wanted)
