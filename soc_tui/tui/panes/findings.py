"""Findings as they stream in, with the detail of the chosen one."""

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from soc_tui.analysts import CONFIRM, NEXT, WHY
from soc_tui.model.finding import Evidence, Finding
from soc_tui.model.hunt import Hunt
from soc_tui.model.inert import inert
from soc_tui.tui.keys import FINDINGS, bindings, hints

_QUOTE_LIMIT = 400
_NOTHING = "No findings yet. F6 hunts through the rows."


class FindingsPane(Vertical):
    """List above, detail below."""

    BINDINGS = bindings(FINDINGS)

    class TriageAsked(Message):
        """The next triage state for this finding."""

        def __init__(self, finding: Finding) -> None:
            super().__init__()
            self.finding = finding

    class PivotAsked(Message):
        """Go on from an indicator of this finding."""

        def __init__(self, finding: Finding) -> None:
            super().__init__()
            self.finding = finding

    class EvidenceAsked(Message):
        """Go to this row."""

        def __init__(self, identifier: str) -> None:
            super().__init__()
            self.row_id = identifier

    class QuestionAsked(Message):
        """Ask the analyst about this finding; an empty question is still to be typed."""

        def __init__(self, finding: Finding, question: str = "") -> None:
            super().__init__()
            self.finding = finding
            self.question = question

    def __init__(self) -> None:
        super().__init__(id="findings-pane")
        self._findings: tuple[Finding, ...] = ()
        self._cited = (0, 0)

    def compose(self) -> ComposeResult:
        """List and detail."""
        yield Static(id="unseen", classes="hints")
        yield OptionList(id="finding-list")
        with VerticalScroll(id="finding-detail", can_focus=True):
            yield Static(_NOTHING, id="finding-text")
        yield Static(hints(FINDINGS), classes="hints")

    def show_findings(self, findings: tuple[Finding, ...]) -> None:
        """Show these; the choice stays where it was."""
        chosen = self._list.highlighted
        grew = self._findings == findings[: len(self._findings)]
        new = findings[len(self._findings) :] if grew else findings
        self._findings = findings
        if not grew:
            self._list.clear_options()
        self._list.add_options([Option(_summary(finding)) for finding in new])
        if findings:
            self._list.highlighted = min(chosen or 0, len(findings) - 1)
        else:
            self.query_one("#finding-text", Static).update(_NOTHING)
        self._show_detail()

    def show_unseen(self, hunt: Hunt | None) -> None:
        """What the analyst did not see of the rows these findings come from."""
        line = self.query_one("#unseen", Static)
        unseen = hunt.unseen if hunt else None
        line.display = unseen is not None
        if unseen and not unseen.nothing:
            line.update(Text(f"NOT ALL SEEN: {inert(unseen.summary())}", "bold yellow"))
        elif unseen:
            line.update(Text(f"Seen: {unseen.summary()}"))

    def focus_list(self) -> None:
        """Put the keyboard into the list."""
        self._list.focus()

    @property
    def chosen(self) -> Finding | None:
        """The finding under the cursor."""
        index = self._list.highlighted
        return None if index is None or index >= len(self._findings) else self._findings[index]

    def on_option_list_option_highlighted(self) -> None:
        """Show the detail of the chosen finding."""
        self._show_detail()

    def action_triage(self) -> None:
        """Ask for the next triage state."""
        if self.chosen:
            self.post_message(self.TriageAsked(self.chosen))

    def action_evidence(self) -> None:
        """Go to the first cited row; pressed again, to the next."""
        finding = self.chosen
        if finding is None or not finding.evidence:
            return
        place, number = self._list.highlighted or 0, 0
        if self._cited[0] == place:
            number = self._cited[1] % len(finding.evidence)
        self._cited = (place, number + 1)
        self.post_message(self.EvidenceAsked(finding.evidence[number].row_id))

    def action_pivot(self) -> None:
        """Go on from one of its indicators."""
        if self.chosen:
            self.post_message(self.PivotAsked(self.chosen))

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
        """Let the human type a question."""
        self._question("")

    def _question(self, question: str) -> None:
        if self.chosen:
            self.post_message(self.QuestionAsked(self.chosen, question))

    @property
    def _list(self) -> OptionList:
        return self.query_one("#finding-list", OptionList)

    def _show_detail(self) -> None:
        if self.chosen:
            self.query_one("#finding-text", Static).update(detail(self.chosen))


def _summary(finding: Finding) -> Text:
    badge = ("VERIFIED  ", "green") if finding.grounded else ("UNVERIFIED", "bold yellow")
    mitre = finding.mitre[0].id if finding.mitre else "-"
    return Text.assemble(
        badge,
        f" {finding.severity.value:<13} {finding.confidence.value:<6} {mitre:<9} ",
        (f"[{finding.state.value}] ", "dim"),
        inert(finding.title, 200),
        no_wrap=True,
        overflow="ellipsis",
    )


def detail(finding: Finding) -> Text:
    """Everything of a finding, inert."""
    text = Text()
    text.append(inert(finding.title) + "\n", "bold")
    if finding.grounded:
        text.append(
            "VERIFIED: every quoted cell and indicator stands in the cited rows.\n", "green"
        )
    for doubt in finding.doubts:
        text.append(f"UNVERIFIED: {inert(doubt)}\n", "bold yellow")
    text.append(_prose(finding.description) + "\n\n")
    for mitre in finding.mitre:
        text.append(inert(mitre.label) + "\n")
    for ioc in finding.iocs:
        text.append("IOC     ", "bold")
        text.append(f"{inert(ioc.type)}: {inert(ioc.value, _QUOTE_LIMIT)}\n")
    for evidence in finding.evidence:
        text.append_text(_evidence(evidence))
    for number, step in enumerate(finding.recommendations, 1):
        text.append(f"Next {number}  ", "bold")
        text.append(inert(step) + "\n")
    if finding.notes:
        text.append("Notes   ", "bold")
        text.append(_prose(finding.notes) + "\n")
    return text


def _prose(text: str) -> str:
    """Inert, its line breaks kept; later lines are indented: none passes for one of ours."""
    return "\n  ".join(inert(line) for line in text.split("\n"))


def _evidence(evidence: Evidence) -> Text:
    text = Text.assemble((f"Row {inert(evidence.row_id, 12)}\n", "bold"))
    for quotation in evidence.quotations:
        text.append(f"  {inert(quotation.column)} = {inert(quotation.text, _QUOTE_LIMIT)}\n")
    return text
