"""Triage of findings: states, notes, merging and splitting, undo step by step; the matrix."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from textual.screen import Screen

from soc_tui.analysts.secrets.finder import hide_keys
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
from soc_tui.tui.cockpit.part import Answer, Part, ShowPane, in_background
from soc_tui.tui.cockpit.state import CockpitState
from soc_tui.tui.dialogs.pick import PickScreen
from soc_tui.tui.panes.finding_detail import cited_row
from soc_tui.tui.panes.findings import FindingsPane


class Triage(Part):
    """Keeps what the findings are judged to be, and goes where they lead."""

    def __init__(self, screen: Screen[None], state: CockpitState, show_pane: ShowPane) -> None:
        super().__init__(screen, state)
        self._show_pane = show_pane
        self.edits: tuple[Edit, ...] = ()
        """What can be undone, the last at the end."""
        self._noted: frozenset[tuple[str, str, str]] = frozenset()  # hunt, finding, its title
        self._recording = asyncio.Lock()

    def answers(self) -> tuple[Answer[Any], ...]:
        """See `Part`."""
        pane = FindingsPane
        return (
            Answer(pane.TriageAsked, self._set_state),
            Answer(pane.NotesAsked, self._write_notes),
            Answer(pane.MergeAsked, self._merge),
            Answer(pane.SplitAsked, self._split),
            Answer(pane.UndoAsked, self._undo),
            Answer(pane.EvidenceAsked, self._show_evidence),
            Answer(pane.CitedRowsAsked, self._choose_cited_row),
            Answer(pane.MatrixAsked, self._show_matrix),
        )

    def with_triage(self, hunt: Hunt) -> Hunt:
        """A new state of the shown hunt, with the triage that its findings have got meanwhile."""
        noted = frozenset((one, title) for of, one, title in self._noted if of == hunt.id)
        return keep_triage(hunt, self.state.shown, noted)

    # -- changes -----------------------------------------------------------------------------------

    @in_background()
    async def _set_state(self, message: FindingsPane.TriageAsked) -> None:
        """Set the state."""
        state = message.state
        await self._change(with_state(message.finding.id, state), f"state {state.value}")

    @in_background()
    async def _write_notes(self, message: FindingsPane.NotesAsked) -> None:
        """Open the notes."""
        from soc_tui.tui.dialogs.notes import NotesScreen

        finding, hunt = message.finding, self.state.shown
        notes = await self.ask(NotesScreen(finding.title, finding.notes))
        if notes is not None and hunt is not None:
            self._noted |= {(hunt.id, finding.id, finding.title)}
            await self._change(with_notes(finding.id, notes), "notes")
            if hide_keys(notes) != notes:
                self.notify("A key in the notes was hidden.", severity="warning")

    @in_background()
    async def _merge(self, message: FindingsPane.MergeAsked) -> None:
        """Make one finding of several."""
        if self._still():
            await self._change(merge(message.identifiers), "merge")

    @in_background()
    async def _split(self, message: FindingsPane.SplitAsked) -> None:
        """Take a merged finding apart."""
        if not message.finding.parts:
            self.notify("This finding was not merged from others.")
        elif self._still():
            await self._change(split(message.finding.id), "split")

    @in_background()
    async def _undo(self, _: FindingsPane.UndoAsked) -> None:
        """Take the last change of this hunt's findings back."""
        async with self._recording:
            hunt = self.state.shown
            own = [edit for edit in self.edits if hunt and edit.hunt_id == hunt.id]
            if hunt is None or not own:
                self.notify("Nothing to undo.")
                return
            edit = own[-1]
            if edit.rearranged and not self._still():
                return
            findings = taken_back(hunt.findings, edit)
            if findings is None or findings == hunt.findings:
                self._forget(edit)
                self.notify("These findings have changed since. Nothing was undone.")
            elif await self._record(hunt, replace(hunt, findings=findings)):
                self._forget(edit)
                old = self._go_to_changed(hunt.findings, findings)
                self.notify(f"Undone: {edit.label}. {inert(old.title, 60)}", markup=False)

    async def _change(self, change: Change, label: str) -> None:
        """Show a change, record it, remember it."""
        async with self._recording:
            hunt = self.state.shown
            if hunt is None or (findings := change(hunt.findings)) == hunt.findings:
                return
            edit = Edit(hunt.id, label, hunt.findings, findings)
            if await self._record(hunt, replace(hunt, findings=findings)):
                self.edits = (*self.edits, edit)[-MOST_EDITS:]
                if edit.rearranged:
                    self._go_to_changed(edit.before, findings)

    def _go_to_changed(self, before: Findings, after: Findings) -> Finding:
        """Put the cursor on the first finding that is another one now."""
        changed = next(one for one in after if one not in before)
        self.findings_pane.choose(changed.id)
        return changed

    async def _record(self, before: Hunt, after: Hunt) -> bool:
        """Show and record; what cannot be recorded is said and taken back."""
        self._show_triage(after)
        if self.state.hunter is None:
            return True
        try:
            await self.state.hunter.keeper.triage(before, after)
        except HistoryError as error:
            self.conversation.say_error(error)
            self.notify(error.what, severity="error", markup=False)
            hunt = self.state.shown
            if hunt is not None and hunt.id == after.id:
                back = taken_back(hunt.findings, Edit(hunt.id, "", before.findings, after.findings))
                self._show_triage(replace(hunt, findings=back or hunt.findings))
            return False
        return True

    def _show_triage(self, hunt: Hunt) -> None:
        self.state.keep(hunt)
        self.findings_pane.show_findings(hunt.findings)

    def _still(self) -> bool:
        """Findings that still arrive, or are being asked about, cannot be put together."""
        if self.status.busy:
            self.notify("A step is running. Cancel it (Esc) to merge or split findings.")
            return False
        return True

    def _forget(self, edit: Edit) -> None:
        self.edits = tuple(one for one in self.edits if one is not edit)

    # -- where findings lead -----------------------------------------------------------------------

    def _show_evidence(self, message: FindingsPane.EvidenceAsked) -> None:
        """Go to the cited row."""
        self._go_to_row(message.evidence)

    @in_background()
    async def _choose_cited_row(self, message: FindingsPane.CitedRowsAsked) -> None:
        """Choose a cited row and go there."""
        evidence = message.finding.evidence
        if not evidence:
            self.notify("This finding cites no rows.")
            return
        lines = map(cited_row, evidence)
        place = await self.ask(PickScreen("Cited rows", lines))
        if place >= 0:
            self._go_to_row(evidence[place])

    def _go_to_row(self, evidence: Evidence) -> None:
        """To the first cell that is quoted of it."""
        count = self.state.shown.rows.count if self.state.shown and self.state.shown.rows else 0
        index = row_index(evidence.row_id, count)
        if index is None:
            self.notify(self.worded("That row is not available. Run the query again (F5)."))
            return
        self._show_pane("results")
        column = evidence.quotations[0].column if evidence.quotations else ""
        self.results_pane.go_to(index, column)

    @in_background()
    async def _show_matrix(self, _: FindingsPane.MatrixAsked) -> None:
        """Show the matrix; what is chosen in it filters the list."""
        from soc_tui.tui.dialogs.attack import AttackScreen

        findings: tuple[Finding, ...] = self.state.shown.findings if self.state.shown else ()
        wanted = await self.ask(AttackScreen(matrix(findings)))
        if wanted:
            self.findings_pane.show_only(wanted)
