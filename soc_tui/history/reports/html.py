"""A report as one HTML page that is safe to open: text of logs and models stays text.

Everything is inert and escaped; there is no script, link or image, and the page's own policy
forbids to load or send anything. The one style is allowed by its hash.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Iterable, Iterator

from soc_tui.history.reports.content import (
    OVERVIEW,
    Fact,
    finding_facts,
    hunt_facts,
    overview,
    title,
)
from soc_tui.model.finding import Finding, Remark
from soc_tui.model.grounded import badge
from soc_tui.model.hunt import Hunt
from soc_tui.model.inert import inert

_STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #ffffff; --line: #c9ced6;
  --soft: #f2f4f7; --good: #1a6b34; --bad: #9a3d00; }
@media (prefers-color-scheme: dark) { :root { --ink: #e3e6ea; --paper: #15181c; --line: #454c55;
  --soft: #20252b; --good: #74d08c; --bad: #ffb066; } }
body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem; background: var(--paper);
  color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1, h2, h3 { line-height: 1.25; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: .25rem .75rem .25rem 0; text-align: left;
  vertical-align: top; }
th { font-weight: 600; width: 12rem; }
thead th { width: auto; }
thead th, .overview td:nth-child(-n+4) { overflow-wrap: normal; }
tr, pre, li { break-inside: avoid-page; }
td, p { white-space: pre-wrap; }
pre, code { background: var(--soft); font-family: ui-monospace, monospace; }
pre { padding: .75rem; white-space: pre-wrap; }
article { border-top: 2px solid var(--line); margin-top: 2rem; }
.verified, .unverified { border: 1px solid; border-radius: .25rem; font-size: .8rem;
  padding: .1rem .4rem; }
.verified { color: var(--good); }
.unverified, .alarm { color: var(--bad); font-weight: 600; }
@media print { body { margin: 0; max-width: none; } h2, h3, h4, h5 { break-after: avoid; } }
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'"


def to_html(hunt: Hunt) -> str:
    """The hunt and its findings as a page in plain ASCII."""
    page = "\n".join(_page(hunt)) + "\n"
    return page.encode("ascii", "xmlcharrefreplace").decode("ascii")


def _page(hunt: Hunt) -> Iterator[str]:
    yield "<!DOCTYPE html>"
    yield '<html lang="en">'
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    yield '<meta name="referrer" content="no-referrer">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>Hunt: {_text(title(hunt))}</title>"
    yield f"<style>{_STYLE}</style>"
    yield "</head>"
    yield "<body>"
    yield f"<h1>Hunt: {_text(title(hunt))}</h1>"
    yield from _table(hunt_facts(hunt))
    yield from _query(hunt)
    yield f"<h2>Findings ({len(hunt.findings)})</h2>"
    if not hunt.findings:
        yield f"<p>None ({hunt.status.value}).</p>"
    yield from _overview(hunt)
    for number, finding in enumerate(hunt.findings, 1):
        yield from _finding(number, finding, hunt.remarks)
    yield "</body>"
    yield "</html>"


def _overview(hunt: Hunt) -> Iterator[str]:
    lines = ["".join(f"<td>{_text(cell)}</td>" for cell in cells) for cells in overview(hunt)]
    if lines:
        yield '<table class="overview">'
        names = "".join(f'<th scope="col">{_text(name)}</th>' for name in OVERVIEW)
        yield f"<thead><tr>{names}</tr></thead>"
        yield from (f"<tr>{line}</tr>" for line in lines)
        yield "</table>"


def _query(hunt: Hunt) -> Iterator[str]:
    if hunt.reply:
        yield f"<p>{_text(hunt.reply.text)}</p>"
        yield from _listed("Choices", hunt.reply.choices)
    if not hunt.kql:
        return
    yield "<h2>Query</h2>"
    if hunt.plan and hunt.plan.rationale:
        yield f"<p>{_text(hunt.plan.rationale)}</p>"
    yield f"<pre>{_text(hunt.kql)}</pre>"


def _finding(number: int, finding: Finding, remarks: Iterable[Remark]) -> Iterator[str]:
    shown = badge(finding)
    yield "<article>"
    yield (
        f'<h3>{number}. {_text(finding.title)} <span class="{shown.lower()}">{shown}</span></h3>'
    )
    yield f"<p>{_text(finding.description)}</p>"
    yield from _table(finding_facts(finding))
    if finding.evidence:
        yield "<h4>Evidence</h4>"
        for item in finding.evidence:
            yield f"<h5>Row {_text(item.row_id)}</h5>"
            yield from _table(Fact(cell.column, cell.text, exact=True) for cell in item.quotations)
    yield from _listed("Recommendations", finding.recommendations)
    if finding.notes:
        yield f"<h4>Notes</h4><p>{_text(finding.notes)}</p>"
    for remark in remarks:
        if remark.finding_id == finding.id:
            yield f"<h4>Asked: {_text(remark.question)}</h4><p>{_text(remark.answer)}</p>"
            yield from _listed("Doubts about the answer", remark.notes)
            if remark.kql:
                yield f"<pre>{_text(remark.kql)}</pre>"
    yield "</article>"


def _table(facts: Iterable[Fact]) -> Iterator[str]:
    rows = [_row(fact) for fact in facts]
    if rows:
        yield "<table>"
        yield from rows
        yield "</table>"


def _row(fact: Fact) -> str:
    value = f"<code>{_text(fact.value)}</code>" if fact.exact else _text(fact.value)
    if not fact.label:
        return f'<tr><td colspan="2">{value}</td></tr>'
    alarm = ' class="alarm"' if fact.alarm else ""
    label = _text(f"{fact.label}{fact.more}")
    return f'<tr><th scope="row">{label}</th><td{alarm}>{value}</td></tr>'


def _listed(heading: str, texts: tuple[str, ...]) -> Iterator[str]:
    if texts:
        yield f"<h4>{_text(heading)}</h4>"
        yield "<ul>"
        yield from (f"<li>{_text(text)}</li>" for text in texts)
        yield "</ul>"


def _text(text: str) -> str:
    """Inert and escaped; its line breaks and tabs stay."""
    pieces = re.split(r"(\r\n|\n|\t)", text)
    shown = (
        inert(piece) if number % 2 == 0 else piece.replace("\r", "")
        for number, piece in enumerate(pieces)
    )
    return html.escape("".join(shown))
