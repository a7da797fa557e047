"""Findings as lines of a list that fit its width, and their heading. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from soc_tui.model.finding import Confidence, Finding, Severity, TriageState
from soc_tui.model.grounded import PARTS, UNVERIFIED, badge, signs
from soc_tui.model.inert import inert
from soc_tui.review.finding_list import hosts_of, tactics_of

_SEVERITIES = {
    Severity.INFORMATIONAL: "info",
    Severity.LOW: "low",
    Severity.MEDIUM: "med",
    Severity.HIGH: "high",
    Severity.CRITICAL: "CRIT",
}
_CONFIDENCES = {Confidence.LOW: "low", Confidence.MEDIUM: "med", Confidence.HIGH: "high"}
_STATES = {
    TriageState.NEW: "new",
    TriageState.INVESTIGATING: "invest",
    TriageState.TRUE_POSITIVE: "true+",
    TriageState.BENIGN: "benign",
    TriageState.FALSE_POSITIVE: "false+",
    TriageState.CLOSED: "closed",
}
_COLOURS = {Severity.CRITICAL: "bold red", Severity.HIGH: "red", Severity.MEDIUM: "yellow"}
_TITLE_LIMIT = 300
# From this width of the list on: confidence and host too; the words of the check; the tactic;
# nothing short.
_HOST, _WORDS, _TACTIC, _FULL = 64, 86, 112, 140

Cells = list[tuple[str, int, str]]
"""Text, width in cells and style of each column but the last."""


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of the list; those of `_COLUMNS` show, in their order, before the title.

    Attributes:
        names: The first that fits is the heading.
        widths: Cells of the column, by the width of the list from which on it has them.
        cell: Text and style for a finding in so many cells.
    """

    names: tuple[str, ...]
    widths: Mapping[int, int]
    cell: Callable[[Finding, int], tuple[str, str]]

    def heading(self, cells: int) -> str:
        return next(name for name in self.names if len(name) <= cells)

    def cells(self, width: int) -> int:
        """How many it has in a list of this width; 0 when it does not show."""
        return max((cells for least, cells in self.widths.items() if width >= least), default=0)


def _check(finding: Finding, cells: int) -> tuple[str, str]:
    text = f"{signs(finding)} {badge(finding)}"
    style = "green" if finding.grounded else "bold yellow"
    return text if len(text) <= cells else signs(finding), style


def _severity(finding: Finding, cells: int) -> tuple[str, str]:
    word = finding.severity.value
    style = _COLOURS.get(finding.severity, "")
    return word if len(word) <= cells else _SEVERITIES[finding.severity], style


def _state(finding: Finding, cells: int) -> tuple[str, str]:
    word = finding.state.value
    style = "" if finding.state is TriageState.NEW else "dim"
    return word if len(word) <= cells else _STATES[finding.state], style


_COLUMNS = (
    _Column(("Check", "Chk"), {0: len(PARTS), _WORDS: len(PARTS) + len(f" {UNVERIFIED}")}, _check),
    _Column(("Severity", "Sev"), {0: 4, _FULL: len("informational")}, _severity),
    _Column(("Conf",), {_HOST: 4}, lambda one, _: (_CONFIDENCES[one.confidence], "")),
    _Column(("ATT&CK",), {0: len("T1059.001+2")}, lambda one, cells: (_techniques(one, cells), "")),
    _Column(("Tactic",), {_TACTIC: 20}, lambda one, cells: (_several(tactics_of(one), cells), "")),
    _Column(
        ("Host",),
        {_HOST: 10, _TACTIC: 13, _FULL: 16},
        lambda one, cells: (_several(hosts_of(one), cells), ""),
    ),
    _Column(("State",), {0: 6, _FULL: len("false positive")}, _state),
)


def heading(width: int) -> Text:
    """Names of the columns, as wide as those of `finding_line`."""
    names = [(column.heading(cells), cells, "") for column, cells in _shown(width)]
    return _line([("", 1, ""), *names], Text("Title"), width)


def finding_line(finding: Finding, width: int, *, marked: bool = False) -> Text:
    """One finding in `width` cells: mark, columns, title.

    Short forms where it is narrow; the title gets what is left, half of 80 cells.
    """
    cells: Cells = [("*" if marked else "", 1, "bold")]
    for column, size in _shown(width):
        text, style = column.cell(finding, size)
        cells.append((text, size, style))
    title = Text.assemble((f"{len(finding.parts)} merged: " if finding.parts else "", "dim"))
    title.append(inert(finding.title, _TITLE_LIMIT))
    return _line(cells, title, width)


def _shown(width: int) -> list[tuple[_Column, int]]:
    """The columns that show in a list of this width, and their cells."""
    return [(column, cells) for column in _COLUMNS if (cells := column.cells(width))]


def _line(cells: Cells, title: Text, width: int) -> Text:
    text = Text(no_wrap=True, overflow="ellipsis")
    for told, size, style in cells:
        text.append(set_cell_size(told, size), style)
        text.append(" ")
    text.append_text(title)
    text.truncate(max(width, 1), overflow="ellipsis")
    return text


def _techniques(finding: Finding, width: int) -> str:
    """As `_several`; where an id does not fit whole, its technique without the sub-technique."""
    identifiers = [mitre.id for mitre in finding.mitre]
    told = _several(identifiers, width)
    if "…" not in told:
        return told
    return _several([identifiers[0].partition(".")[0], *identifiers[1:]], width)


def _several(several: Iterable[str], width: int) -> str:
    """The first, and how many more there are: `T1059+2`; a cut one ends with `…`."""
    names = list(several)
    if not names:
        return "-"
    more = f"+{len(names) - 1}" if len(names) > 1 else ""
    room = width - len(more)
    first = inert(names[0], 100)
    if cell_len(first) > room:
        first = set_cell_size(first, room - 1).rstrip() + "…"
    return first + more
