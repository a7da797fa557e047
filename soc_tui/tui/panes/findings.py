"""The findings pane: a list to filter, sort and triage, and the selected finding's details."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Input, OptionList, Static

from soc_tui.model.finding import CONFIRM, NEXT, WHY, Evidence, Finding, TriageState
from soc_tui.model.hunt import Hunt, Status
from soc_tui.model.inert import inert
from soc_tui.model.quote import silence_text
from soc_tui.model.wording import number_of
from soc_tui.review.finding_list import Sort, Texts, arranged, parse_filter
from soc_tui.review.triage import STATES, next_state
from soc_tui.tui.keys.cockpit import FINDINGS
from soc_tui.tui.keys.key import BindingList, bindings
from soc_tui.tui.keys.keymap import in_effect, worded
from soc_tui.tui.panes.finding_detail import detail
from soc_tui.tui.panes.pane_message import PaneMessage
from soc_tui.tui.panes.rows_known import known_within, less_than_all, rows_known
from soc_tui.tui.widgets.filter_line import FilterLine
from soc_tui.tui.widgets.finding_lines import finding_line, heading
from soc_tui.tui.widgets.hints import Hints
from soc_tui.tui.widgets.line_list import Line, LineList
from soc_tui.tui.widgets.older_line import OlderLine, SaysWhose
from soc_tui.tui.worker_errors import ShowsWorkerErrors

_NOTHING = "No findings yet. Hunt through the rows (F6)."
_NOTHING_OF = {
    Status.HUNTING: "No findings yet. The hunt is running.",
    Status.NO_FINDINGS: "No findings in these rows. The hunt is in the history (F8).",
}
_NOTHING_SEEN = (
    "No findings in what was seen, which is not all: {findings.coverage} shows what is missing. "
    "The hunt is in the history (F8)."
)
_LONGEST_WORD = 24
_NONE_FIT = "No finding matches the filter. {findings.filter} then Esc clears it."
_PAUSE_SECONDS = 0.2  # in which no more findings come
_LEAST_REST, _MOST_REST, _REST_PER_DRAWING = 0.1, 1.0, 3.0
"""While findings arrive the list rests between two drawings: seconds, and as parts of the first."""


class FindingsPane(SaysWhose, ShowsWorkerErrors, Vertical):
    """List above, detail below."""

    BINDINGS: ClassVar[BindingList] = bindings(FINDINGS)

    class About(PaneMessage):
        """Something is wanted with this finding."""

        def __init__(self, finding: Finding) -> None:
            super().__init__()
            self.finding = finding

    class TriageAsked(About):
        """This triage state for the finding."""

        def __init__(self, finding: Finding, state: TriageState) -> None:
            super().__init__(finding)
            self.state = state

    class NotesAsked(About):
        """Write notes on the finding."""

    class SplitAsked(About):
        """Take the merged finding apart."""

    class PivotAsked(About):
        """Go on from an indicator of this finding."""

    class RuleAsked(About):
        """Draft a detection from the finding."""

    class ExclusionAsked(About):
        """Leave findings like it out of later hunts."""

    class CitedRowsAsked(About):
        """Choose one of the cited rows."""

    class QuestionAsked(About):
        """Ask the analyst about this finding; an empty question is still to be typed."""

        def __init__(self, finding: Finding, question: str = "") -> None:
            super().__init__(finding)
            self.question = question

    class MergeAsked(PaneMessage):
        """Make one finding of those with these ids."""

        def __init__(self, identifiers: frozenset[str]) -> None:
            super().__init__()
            self.identifiers = identifiers

    class ReportAsked(PaneMessage):
        """Write a report of the findings with these ids; of the whole hunt for none."""

        def __init__(self, identifiers: frozenset[str]) -> None:
            super().__init__()
            self.identifiers = identifiers

    class UndoAsked(PaneMessage):
        """Take back the last change."""

    class CoverageAsked(PaneMessage):
        """Show what was seen and what not."""

    class MatrixAsked(PaneMessage):
        """Show what was found as ATT&CK has it."""

    class EvidenceAsked(PaneMessage):
        """Go to this row."""

        def __init__(self, evidence: Evidence) -> None:
            super().__init__()
            self.evidence = evidence

    def __init__(self) -> None:
        super().__init__(id="findings-pane")
        self._findings: tuple[Finding, ...] = ()
        self._drawn: tuple[Finding, ...] = ()
        self._shown: tuple[Finding, ...] = ()
        self._marked: frozenset[str] = frozenset()
        self._sort = Sort.FOUND
        self._cited = ("", 0)
        self._nothing = _NOTHING
        self._unseen_of: Hunt | None = None
        self._texts = Texts()
        self._at_rest = False
        """What arrives now is drawn a little later."""
        self._listed: tuple[tuple[Finding, ...], frozenset[str], int] = (), frozenset(), 0
        """What the lines of the list were made of: findings, marks, width."""
        self._detailed: Finding | None = None
        self._told = ""
        """Id of the finding whose detail shows."""

    def compose(self) -> ComposeResult:
        """Whose they are, what was not seen, how many show, the list, the detail, the keys."""
        yield OlderLine()
        yield Static(id="unseen", classes="hints")
        yield Static(id="findings-info", markup=False)
        yield FilterLine(
            placeholder="words severity:high state:new verified:no tactic:… technique:… host:…",
            id="findings-ask",
        )
        yield Static(id="finding-heading")
        yield LineList(id="finding-list")
        with VerticalScroll(id="finding-detail", can_focus=True):
            yield Static(worded(self, _NOTHING), id="finding-text")
        yield Hints(FINDINGS)

    # -- what shows --------------------------------------------------------------------------------

    def show_findings(self, findings: tuple[Finding, ...]) -> None:
        """Show these as filtered and sorted; the cursor stays on its finding."""
        if not findings:
            self._filter.put("")
        self._findings = findings
        self._show_newest()

    def take_in(self, findings: tuple[Finding, ...]) -> None:
        """As `show_findings`, for those that arrive one by one: shown soon, several at a time."""
        self._findings = findings
        if not self._at_rest:
            self._at_rest = True
            started = time.monotonic()
            self._show_newest()
            self.call_after_refresh(self._rest, started)

    def _rest(self, started: float) -> None:
        took = time.monotonic() - started
        pause = min(max(_LEAST_REST, took * _REST_PER_DRAWING), _MOST_REST)
        self.set_timer(pause, self._rested)

    def _rested(self) -> None:
        self._at_rest = False
        if self._drawn is not self._findings:
            self.take_in(self._findings)

    def _show_newest(self) -> None:
        self._drawn = self._findings
        self._marked &= {finding.id for finding in self._findings}
        self._arrange()
        self._make_searchable()

    def show_unseen(self, hunt: Hunt | None) -> None:
        """What the analyst did not see of the rows these findings come from; why there are none."""
        less = less_than_all(hunt)
        self._nothing = _NOTHING_OF.get(hunt.status, _NOTHING) if hunt else _NOTHING
        if less and hunt and hunt.status is Status.NO_FINDINGS:
            self._nothing = _NOTHING_SEEN
        if not self._findings:
            self._show_detail()
        line = self.query_one("#unseen", Static)
        self._unseen_of = hunt
        self._say()
        silence = f"{silence_text(hunt.silent_rows)} " if hunt and hunt.silent_rows else ""
        line.display = bool(silence or rows_known(hunt))
        # Two lines, and a word that does not fit at the end of the first.
        room = max(2 * (self.size.width or 80) - _LONGEST_WORD - len(silence), 40)
        if less:
            start = worded(self, "NOT ALL SEEN ({findings.coverage}): ")
            known = known_within(hunt, room - len(start))
            line.update(Text(f"{silence}{start}{known}", "bold yellow"))
        else:
            more = worded(self, " · {findings.coverage} by table")
            known = f"Analyst: {known_within(hunt, room - len(more))}{more}"
            line.update(Text.assemble((silence, "bold yellow"), known))

    def show_only(self, text: str) -> None:
        """Filter by this text, as if it had been typed."""
        self._filter.put(text)
        self._arrange()
        self.focus_list()

    def choose(self, identifier: str) -> None:
        """Put the cursor on the finding with this id, if it shows."""
        chosen = next((one for one in self._shown if one.id == identifier), None)
        if chosen is not None:
            self._draw(chosen)

    def focus_list(self) -> None:
        """Put the keyboard into the list."""
        self._list.focus()

    @property
    def chosen(self) -> Finding | None:
        """The finding under the cursor."""
        index = self._list.highlighted
        return None if index is None or index >= len(self._shown) else self._shown[index]

    def on_resize(self) -> None:
        """Lines fit the width."""
        self.show_unseen(self._unseen_of)
        self._draw(self.chosen)

    def on_option_list_option_highlighted(self) -> None:
        """Show the detail of the chosen finding."""
        self._show_detail()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter is a key of the pane."""
        event.stop()
        self.action_cited_rows()

    def _arrange(self) -> None:
        chosen = self.chosen
        self._shown = arranged(self._findings, self._filter.value, self._sort, self._texts)
        self._draw(chosen)

    def _draw(self, chosen: Finding | None) -> None:
        before, self._listed = self._listed, (self._shown, self._marked, self._list.line_width)
        known = before[0]
        if known and before[1:] == self._listed[1:] and self._shown[: len(known)] == known:
            self._add_lines(self._shown[len(known) :], chosen)
        else:
            self._make_lines(chosen)
        self.query_one("#finding-heading").display = bool(self._shown)
        self._say()
        if self.chosen is None or self.chosen is not self._detailed:
            self._show_detail()

    def _add_lines(self, added: tuple[Finding, ...], chosen: Finding | None) -> None:
        """Lines at the end of the list; the others stay."""
        width = self._list.line_width
        self._list.add_options(self._line(finding, width) for finding in added)
        if chosen and chosen is not self.chosen:
            with self.prevent(OptionList.OptionHighlighted):
                self._list.highlighted = [finding.id for finding in self._shown].index(chosen.id)

    def _make_lines(self, chosen: Finding | None) -> None:
        """All lines, and the cursor on the chosen one."""
        width = self._list.line_width
        self.query_one("#finding-heading", Static).update(Text(" ") + heading(width))
        names = [finding.id for finding in self._shown]
        place = names.index(chosen.id) if chosen and chosen.id in names else None
        if place is None:  # it is filtered out or merged: stay where it was
            place = min(self._list.highlighted or 0, max(0, len(names) - 1))
        with self.prevent(OptionList.OptionHighlighted):
            self._list.clear_options()
            self._list.add_options(self._line(finding, width) for finding in self._shown)
            self._list.highlighted = place if names else None

    def _line(self, finding: Finding, width: int) -> Line:
        marked = finding.id in self._marked
        return Line(partial(finding_line, finding, width, marked=marked))

    def _say(self) -> None:
        text = self._filter.value.strip()
        parts = [number_of(len(self._findings), "finding")]
        if self._unseen_of and self._unseen_of.excluded:
            parts.append(f"{self._unseen_of.excluded:,} left out by exclusions")
        if text:
            parts = [f"{len(self._shown)} of {len(self._findings)} findings match the filter"]
        if self._sort is not Sort.FOUND:
            parts.append(f"by {self._sort.value}")
        if self._marked:
            keys = worded(self, "{findings.merge} merges, {findings.report} reports")
            parts.append(f"{len(self._marked)} marked: {keys}")
        wanted = parse_filter(text)
        parts += map(inert, (*wanted.problems, *wanted.unnamed))
        info = self.query_one("#findings-info", Static)
        info.display = bool(self._findings or len(parts) > 1)
        info.update(" · ".join(parts))

    def _show_detail(self) -> None:
        text = self.query_one("#finding-text", Static)
        self._detailed = self.chosen
        told = self.chosen.id if self.chosen else ""
        if told != self._told:  # another one is read from its beginning
            self._told = told
            self.query_one("#finding-detail").scroll_home(animate=False)
        if self.chosen:
            text.update(detail(self.chosen, in_effect(self.app)))
        else:
            text.update(worded(self, _NONE_FIT if self._findings else self._nothing))

    @work(exclusive=True, group="searchable", exit_on_error=False)
    async def _make_searchable(self) -> None:
        """Build the searchable text ahead: ten thousand findings take long."""
        await asyncio.sleep(_PAUSE_SECONDS)
        await asyncio.to_thread(self._texts.keep, self._findings)

    # -- filter and sort ---------------------------------------------------------------------------

    def action_filter(self) -> None:
        """Type what the findings must have."""
        self._filter.ask()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter while typing."""
        event.stop()
        self._arrange()

    def on_filter_line_left(self, event: FilterLine.Left) -> None:
        """Back to the list."""
        event.stop()
        self.focus_list()

    def action_sort(self) -> None:
        """Sort by the next way."""
        self._sort = self._sort.following
        self._arrange()

    # -- triage ------------------------------------------------------------------------------------

    def action_triage(self) -> None:
        """Ask for the next triage state."""
        if self.chosen:
            self.post_message(self.TriageAsked(self.chosen, next_state(self.chosen.state)))

    def action_state(self, number: int) -> None:
        """Ask for the nth triage state, from 1."""
        if self.chosen:
            self.post_message(self.TriageAsked(self.chosen, STATES[number - 1]))

    def action_notes(self) -> None:
        """Ask to write notes."""
        self._about(self.NotesAsked)

    def action_mark(self) -> None:
        """Mark the finding or take its mark off, and go to the next."""
        if self.chosen:
            self._marked ^= {self.chosen.id}
            self._draw(self.chosen)
            self._list.action_cursor_down()

    def action_merge(self) -> None:
        """Ask to merge the marked findings."""
        if len(self._marked) < 2:
            told = "Mark two or more findings ({findings.mark}) to merge them ({findings.merge})."
            self.notify(worded(self, told), markup=False)
        else:
            self.post_message(self.MergeAsked(self._marked))

    def action_report(self) -> None:
        """Ask for a report of the marked findings, of the whole hunt when none is."""
        self.post_message(self.ReportAsked(self._marked))

    def action_split(self) -> None:
        """Ask to take a merged finding apart."""
        self._about(self.SplitAsked)

    def action_undo(self) -> None:
        """Ask to take back the last change."""
        self.post_message(self.UndoAsked())

    # -- where a finding leads ---------------------------------------------------------------------

    def action_evidence(self) -> None:
        """Go to the first cited row; pressed again, to the next."""
        finding = self.chosen
        if finding is None or not finding.evidence:
            return
        number = self._cited[1] % len(finding.evidence) if self._cited[0] == finding.id else 0
        self._cited = (finding.id, number + 1)
        self.post_message(self.EvidenceAsked(finding.evidence[number]))

    def action_read(self) -> None:
        """Into the text of the finding, or back to the list."""
        (self.query_one("#finding-detail") if self._list.has_focus else self._list).focus()

    def action_cited_rows(self) -> None:
        """Ask to choose a cited row."""
        self._about(self.CitedRowsAsked)

    def action_pivot(self) -> None:
        """Go on from one of its indicators."""
        self._about(self.PivotAsked)

    def action_draft_rule(self) -> None:
        """Draft a detection from it."""
        self._about(self.RuleAsked)

    def action_exclude(self) -> None:
        """Not again."""
        self._about(self.ExclusionAsked)

    def action_matrix(self) -> None:
        """Ask for the ATT&CK matrix."""
        self.post_message(self.MatrixAsked())

    def action_coverage(self) -> None:
        """Ask for what was seen and what not."""
        self.post_message(self.CoverageAsked())

    def action_ask_why(self) -> None:
        """Why is it suspicious?"""
        self._question(WHY)

    def action_ask_next(self) -> None:
        """What comes next?"""
        self._question(NEXT)

    def action_ask_query(self) -> None:
        """Which query would tell?"""
        self._question(CONFIRM)

    def action_ask(self) -> None:
        """Let the user type a question."""
        self._question("")

    def _question(self, question: str) -> None:
        if self.chosen:
            self.post_message(self.QuestionAsked(self.chosen, question))

    def _about(self, message: type[About]) -> None:
        if self.chosen:
            self.post_message(message(self.chosen))

    @property
    def _list(self) -> LineList:
        return self.query_one(LineList)

    @property
    def _filter(self) -> FilterLine:
        return self.query_one(FilterLine)
