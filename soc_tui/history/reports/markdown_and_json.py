"""A hunt as JSON or Markdown. Hostile text in it is made inert."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from soc_tui.history.codec import encode
from soc_tui.history.reports.content import (
    OVERVIEW,
    Fact,
    finding_facts,
    hunt_facts,
    overview,
    title,
)
from soc_tui.model.coverage import Unseen
from soc_tui.model.finding import Finding, Remark
from soc_tui.model.hunt import Hunt
from soc_tui.model.inert import inert

# What CommonMark and GitHub's dialect give a meaning inside a line. `:` only for autolinks, `.`
# only after www.
_MARKUP = re.compile(r"[\\`*_\[\]#|~!${}]|:(?=/)|(?<=www)\.|^\s*[-+=]|^\s*\d+(?=[.)])", re.I)
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def document(hunt: Hunt) -> dict[str, Any]:
    """The hunt as JSON-able values: everything but its rows. Prices are USD as texts."""
    data: dict[str, Any] = encode(hunt)
    for unseen, entry in _unseen(hunt, data):
        entry["summary"] = unseen.summary()
    coverage = hunt.coverage
    data["coverage"] = {
        "stage": coverage.stage.value,
        "whole": coverage.whole,
        "summary": coverage.summary(),
        "gaps": list(coverage.gaps),
        "receipt": [line.strip() for line in coverage.lines()],
    }
    if hunt.receipt:
        for table, entry in zip(hunt.receipt.tables, data["receipt"]["tables"], strict=True):
            entry["state"] = table.state.value
    for finding, entry in zip(hunt.findings, data["findings"], strict=True):
        for mitre, reference in zip(finding.mitre, entry["mitre"], strict=True):
            reference["id"] = mitre.id
    return data


def _unseen(hunt: Hunt, data: dict[str, Any]) -> Iterator[tuple[Unseen, dict[str, Any]]]:
    if hunt.unseen:
        yield hunt.unseen, data["unseen"]
    if hunt.quote:
        yield hunt.quote.unseen, data["quote"]["unseen"]


def json_text(data: object) -> str:
    """Pretty JSON in plain ASCII, so that no character of a log acts on a terminal."""
    return json.dumps(data, indent=2).replace("\x7f", "\\u007f") + "\n"


def to_json(hunt: Hunt) -> str:
    """The hunt and its findings as one JSON object."""
    return json_text(document(hunt))


def to_markdown(hunt: Hunt) -> str:
    """The hunt and its findings as a report; text of logs and models cannot become markup."""
    return "\n".join((*_head(hunt), *_query(hunt), *_findings(hunt)))


def _head(hunt: Hunt) -> Iterator[str]:
    yield f"# Hunt: {_line(title(hunt))}"
    yield ""
    yield from map(_fact, hunt_facts(hunt))
    yield ""


def _fact(fact: Fact) -> str:
    """A list item; a label that must not be missed, and a badge, are bold."""
    value = _code(fact.value) if fact.exact else _line(fact.value)
    label = f"**{_line(fact.label)}**" if fact.alarm else _line(fact.label)
    return f"- {label}{fact.more}: {value}" if fact.label else f"- {value}"


def _query(hunt: Hunt) -> Iterator[str]:
    if hunt.reply:
        yield _paragraph(hunt.reply.text)
        yield from (f"- {_line(choice)}" for choice in hunt.reply.choices)
        yield ""
    if not hunt.kql:
        return
    yield "## Query"
    yield ""
    if hunt.plan and hunt.plan.rationale:
        yield _paragraph(hunt.plan.rationale)
        yield ""
    yield _fenced(hunt.kql)
    yield ""


def _fenced(kql: str) -> str:
    text = "\n".join(_keep_tabs(line) for line in re.split(r"\r\n|\n", kql))
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}kql\n{text}\n{fence}"


def _findings(hunt: Hunt) -> Iterator[str]:
    yield f"## Findings ({len(hunt.findings)})"
    yield ""
    if not hunt.findings:
        yield f"None ({hunt.status.value})."
        yield ""
    lines = [*overview(hunt)]
    if lines:
        yield from (_cells(OVERVIEW), _cells(["---"] * len(OVERVIEW)))
        yield from (_cells(map(_line, line)) for line in lines)
        yield ""
    for number, finding in enumerate(hunt.findings, 1):
        yield f"### {number}. {_line(finding.title)}"
        yield ""
        yield from map(_fact, finding_facts(finding))
        yield ""
        yield _paragraph(finding.description)
        yield ""
        yield from _evidence(finding)
        yield from _listed("Recommendations", finding.recommendations)
        if finding.notes:
            yield f"Notes: {_paragraph(finding.notes)}"
            yield ""
        for remark in hunt.remarks:
            if remark.finding_id == finding.id:
                yield from _remark(remark)


def _cells(texts: Iterable[str]) -> str:
    return f"| {' | '.join(texts)} |"


def _remark(remark: Remark) -> Iterator[str]:
    yield f"Asked: {_line(remark.question)}"
    yield ""
    yield _paragraph(remark.answer)
    yield ""
    yield from (f"- Note: {_line(note)}" for note in remark.notes)
    if remark.notes:
        yield ""
    if remark.kql:
        yield _fenced(remark.kql)
        yield ""


def _evidence(finding: Finding) -> Iterator[str]:
    if not finding.evidence:
        return
    yield "Evidence:"
    yield ""
    for item in finding.evidence:
        yield f"- Row {_line(item.row_id)}"
        yield from (f"  - {_line(cell.column)}: {_code(cell.text)}" for cell in item.quotations)
    yield ""


def _listed(title: str, texts: tuple[str, ...]) -> Iterator[str]:
    if texts:
        yield f"{title}:"
        yield ""
        yield from (f"- {_line(text)}" for text in texts)
        yield ""


def _line(text: str) -> str:
    """One line of prose in which nothing is markup."""
    shown = inert(text).strip()
    escaped = _MARKUP.sub(lambda match: match[0][:-1] + "\\" + match[0][-1], shown)
    escaped = re.sub(r"^(\d*)\\(\d)(?=[.)])", r"\1\2\\", escaped)
    escaped = re.sub("[&<>]", lambda match: _ENTITIES[match[0]], escaped)
    # GitHub links addresses and names people even where the `@` is escaped, but not in code.
    return re.sub("@+", r"`\g<0>`", escaped)


def _paragraph(text: str) -> str:
    """Prose whose line breaks stay breaks."""
    lines = (_line(line) for line in re.split(r"\r\n|\n", text))
    return "  \n".join(line for line in lines if line)


def _code(text: str) -> str:
    """A code span: nothing in it is markup, a link or HTML."""
    shown = inert(text)
    if not shown:
        return "(empty)"
    fence = "`" * (1 + max(map(len, re.findall("`+", shown)), default=0))
    pad = " " if shown.startswith(("`", " ")) or shown.endswith(("`", " ")) else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def _keep_tabs(line: str) -> str:
    return "\t".join(inert(part) for part in line.split("\t"))
