"""Findings as lines of a list that fit its width, and their heading. Pure."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from soc_tui.model.finding import Confidence, Finding, Severity, TriageState
from soc_tui.model.grounded import badge, sign
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
_TECHNIQUE = len("T1059.001+2")
_TITLE_LIMIT = 300
# From this width on: confidence and host too; the words of the check; the tactic; nothing short.
_HOST, _WORDS, _TACTIC, _FULL = 64, 86, 112, 140

Cells = list[tuple[str, int, str]]
"""Text, width in cells and style of each column but the last."""


def heading(width: int) -> Text:
    """Names of the columns, as wide as those of `finding_line`."""
    names = [
        ("", 1),
        ("Check" if width >= _WORDS else "", _check_width(width)),
        ("Severity" if width >= _FULL else "Sev", _severity_width(width)),
        *([("Conf", 4)] if width >= _HOST else []),
        ("ATT&CK", _TECHNIQUE),
        *([("Tactic", 20)] if width >= _TACTIC else []),
        *([("Host", _host_width(width))] if width >= _HOST else []),
        ("State", _state_width(width)),
    ]
    return _line([(name, size, "") for name, size in names], Text("Title"), width)


def finding_line(finding: Finding, width: int, *, marked: bool = False) -> Text:
    """One finding in `width` cells: mark, check, severity, confidence, ATT&CK, host, state, title.

    Short forms where it is narrow; the title gets what is left, half of 80 cells.
    """
    full, host = width >= _FULL, _host_width(width)
    cells: Cells = [
        ("*" if marked else "", 1, "bold"),
        (
            f"{sign(finding)} {badge(finding)}" if width >= _WORDS else sign(finding),
            _check_width(width),
            "green" if finding.grounded else "bold yellow",
        ),
        (
            finding.severity.value if full else _SEVERITIES[finding.severity],
            _severity_width(width),
            _COLOURS.get(finding.severity, ""),
        ),
        *([(_CONFIDENCES[finding.confidence], 4, "")] if width >= _HOST else []),
        (_techniques([mitre.id for mitre in finding.mitre]), _TECHNIQUE, ""),
        *([(_several(list(tactics_of(finding)), 20), 20, "")] if width >= _TACTIC else []),
        *([(_several(list(hosts_of(finding)), host), host, "")] if width >= _HOST else []),
        (
            finding.state.value if full else _STATES[finding.state],
            _state_width(width),
            "" if finding.state is TriageState.NEW else "dim",
        ),
    ]
    title = Text.assemble((f"{len(finding.parts)} merged: " if finding.parts else "", "dim"))
    title.append(inert(finding.title, _TITLE_LIMIT))
    return _line(cells, title, width)


def _line(cells: Cells, title: Text, width: int) -> Text:
    text = Text(no_wrap=True, overflow="ellipsis")
    for told, size, style in cells:
        text.append(set_cell_size(told, size), style)
        text.append(" ")
    text.append_text(title)
    text.truncate(max(width, 1), overflow="ellipsis")
    return text


def _techniques(identifiers: list[str]) -> str:
    """As `_several`; where an id does not fit whole, its technique without the sub-technique."""
    told = _several(identifiers, _TECHNIQUE)
    if "…" not in told:
        return told
    return _several([identifiers[0].partition(".")[0], *identifiers[1:]], _TECHNIQUE)


def _several(names: list[str], width: int) -> str:
    """The first, and how many more there are: `T1059+2`; a cut one ends with `…`."""
    if not names:
        return "-"
    more = f"+{len(names) - 1}" if len(names) > 1 else ""
    room = width - len(more)
    first = inert(names[0], 100)
    if cell_len(first) > room:
        first = set_cell_size(first, room - 1).rstrip() + "…"
    return first + more


def _check_width(width: int) -> int:
    return 12 if width >= _WORDS else 1


def _severity_width(width: int) -> int:
    return 13 if width >= _FULL else 4


def _host_width(width: int) -> int:
    return 16 if width >= _FULL else 13 if width >= _TACTIC else 10


def _state_width(width: int) -> int:
    return 14 if width >= _FULL else 6
