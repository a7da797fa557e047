"""A finding's details as one text, in triage order. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from soc_tui.model.finding import Evidence, Finding
from soc_tui.model.grounded import MEANING, full_badge
from soc_tui.model.inert import inert
from soc_tui.review.finding_list import hosts_of
from soc_tui.tui.keys.keymap import KeyMap

_QUOTE_LIMIT = 400
_TEXT_LIMIT, _MOST_LINES = 4000, 200
"""Of a text, and of a section: to lay out a megabyte holds the screen up for seconds."""
_TYPE = 9


def detail(finding: Finding, keys: KeyMap) -> Text:
    """What it is and whether it holds, then evidence, indicators, ATT&CK, what to do. Inert."""
    text = Text()
    text.append(inert(finding.title, _QUOTE_LIMIT) + "\n", "bold")
    hosts = ", ".join(inert(host, 60) for host in hosts_of(finding)) or "no host"
    text.append(
        f"{finding.severity.value} severity, {finding.confidence.value} confidence, "
        f"{finding.state.value}, {hosts}\n"
    )
    if finding.earlier:
        text.append(f"{inert(finding.earlier.text, _QUOTE_LIMIT)}\n", "bold")
    style = "green" if finding.grounded else "bold yellow"
    text.append(f"{full_badge(finding)}\n", style)
    if finding.grounded:
        text.append(f"  {MEANING}\n", style)
    for doubt in finding.doubts:
        text.append(f"  {inert(doubt, _TEXT_LIMIT)}\n", style)
    text.append(prose(finding.description) + "\n")
    for name, hint, lines in _sections(finding):
        if lines:
            text.append_text(
                Text.assemble((name, "bold underline"), (f"  {keys.filled(hint)}", "dim"), "\n")
            )
            text.append("".join(f"  {line}\n" for line in lines[:_MOST_LINES]))
            if len(lines) > _MOST_LINES:
                text.append(f"  ({len(lines) - _MOST_LINES:,} more lines in the report)\n")
    return text


def _sections(finding: Finding) -> Iterator[tuple[str, str, list[str]]]:
    """Name, key and lines of each section."""
    yield "Notes", "{findings.notes} edits", [prose(finding.notes)] if finding.notes else []
    rows = [line for row in finding.evidence for line in _evidence(row)]
    yield (
        "Evidence",
        "{findings.evidence} goes to the next row, {findings.cited_rows} picks one",
        rows,
    )
    iocs = [
        f"{inert(ioc.type, 20):<{_TYPE}} {inert(ioc.value, _QUOTE_LIMIT)}" for ioc in finding.iocs
    ]
    yield "Indicators", "{findings.pivot} pivots from one", iocs
    yield (
        "ATT&CK",
        "{findings.matrix} shows the matrix",
        [inert(mitre.label, _TEXT_LIMIT) for mitre in finding.mitre],
    )
    steps = [
        f"{number}. {inert(step, _TEXT_LIMIT)}"
        for number, step in enumerate(finding.recommendations, 1)
    ]
    yield (
        "Recommendations",
        "{findings.ask_next} asks what next, {findings.ask_query} for a query to confirm",
        steps,
    )
    parts = [
        f"{inert(part.id, 20)} {inert(part.title, 200)} ({part.state.value})"
        for part in finding.parts
    ]
    yield f"Merged from {len(parts)} findings", "{findings.split} splits", parts
    yield "Tags", "", [", ".join(inert(tag, 60) for tag in finding.tags)] if finding.tags else []


def cited_row(evidence: Evidence) -> Text:
    """A cited row in one line: its id and what is quoted of it."""
    quoted = ", ".join(
        f"{inert(cell.column, 40)} = {inert(cell.text, 80)}" for cell in evidence.quotations
    )
    return Text.assemble((f"Row {inert(evidence.row_id, 12)}", "bold"), f"  {quoted}")


def prose(text: str) -> str:
    """Inert, its line breaks kept; later lines are indented: none passes for one of ours.

    What is cut says so; a report has all of it.
    """
    shown = "\n  ".join(inert(line) for line in text[:_TEXT_LIMIT].split("\n"))
    more = len(text) - _TEXT_LIMIT
    return shown if more <= 0 else f"{shown}…\n  ({more:,} more characters in the report)"


def _evidence(evidence: Evidence) -> list[str]:
    return [
        f"Row {inert(evidence.row_id, 12)}",
        *(
            f"  {inert(quotation.column, _QUOTE_LIMIT)} = {inert(quotation.text, _QUOTE_LIMIT)}"
            for quotation in evidence.quotations
        ),
    ]
