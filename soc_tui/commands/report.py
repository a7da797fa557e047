"""A hunt as plain text for a terminal or a pipe."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from soc_tui.analysts.packing.cell_text import cell_text
from soc_tui.commands.terminal import paragraph
from soc_tui.kql.editing.diff import diff
from soc_tui.model.coverage import Stage
from soc_tui.model.finding import Evidence, Finding, Severity, TriageState
from soc_tui.model.grounded import badge, full_badge, tally
from soc_tui.model.hunt import Hunt, Status
from soc_tui.model.inert import inert
from soc_tui.model.plan import Reply
from soc_tui.model.quote import (
    Quote,
    Usage,
    calls_text,
    injection_text,
    masked_text,
    price_text,
    silence_text,
)
from soc_tui.model.repair import Repair
from soc_tui.model.rows import Rows, row_index
from soc_tui.model.time_columns import TIME_COLUMNS
from soc_tui.model.verdict import Level, Verdict
from soc_tui.model.wording import number_of

_MARKS = {Level.OK: "ok", Level.WARN: "WARN", Level.REFUSE: "REFUSED"}
_EVIDENCE_SHOWN = 5
_CELL_CHARS = 400
_NOTE_CHARS = 300
_INDICATORS_SHOWN = 12
# Which cells tell an analyst at a glance what a row is about: its time, then who and where.
_TIMES = (*TIME_COLUMNS, "FlowStartTime_t")
_WHO = (
    "DeviceName",
    "AccountName",
    "AccountUpn",
    "UserPrincipalName",
    "Caller",
    "IPAddress",
    "CallerIpAddress",
    "SrcIP_s",
    "DestIP_s",
)


def hunt_lines(hunt: Hunt, width: int) -> Iterator[str]:
    """A past hunt in full; with cells of the cited rows if its rows are available."""
    yield from _head(hunt)
    yield from plan_lines(hunt, width)
    yield from query_lines(hunt)
    if hunt.quote:
        yield from quote_lines(hunt.quote, width)
    for finding in hunt.findings:
        yield from finding_lines(finding, width, hunt.rows)
    yield from end_lines(hunt, width)


def plan_lines(hunt: Hunt, width: int) -> Iterator[str]:
    """Why this query."""
    if hunt.plan and hunt.plan.rationale:
        yield "Plan"
        yield from paragraph(hunt.plan.rationale, width, 2)
        yield ""


def reply_lines(reply: Reply, width: int) -> Iterator[str]:
    """What was said instead of a query."""
    yield from paragraph(reply.text, width)
    for choice in reply.choices:
        yield from paragraph(f"- {choice}", width, 2)
    yield ""


def query_lines(hunt: Hunt) -> Iterator[str]:
    """The query as it runs, what was added to it, and what the guardrails say of it."""
    if not hunt.kql:
        return
    yield "Query"
    yield from (f"  {line.expandtabs(4)}" for line in hunt.kql.strip("\r\n").splitlines())
    yield from (f"  note: {note}" for note in hunt.notes)
    if hunt.verdict:
        yield from verdict_lines(hunt.verdict)
    yield ""


def verdict_lines(verdict: Verdict) -> Iterator[str]:
    """One line per rule, with its place in the query."""
    for line in verdict.lines:
        place = f" (line {line.place.line}, column {line.place.column})" if line.place else ""
        added = f"Running it adds {line.added}." if line.added else ""
        hints = "".join(f". {hint}" for hint in (line.hint, added) if hint)
        yield f"  {_MARKS[line.level]}: {line.rule}: {line.message}{place}{hints}"


def repair_lines(repair: Repair, width: int) -> Iterator[str]:
    """What the analyst would change in a rejected query."""
    yield "Suggested repair"
    yield from paragraph(f"{repair.author}: {repair.words}", width, 2)
    yield from (f"  {line.change.value} {line.text}" for line in diff(repair.before, repair.after))
    yield from (f"  note: {note}" for note in repair.notes)
    yield ""


def rows_text(hunt: Hunt) -> str:
    """How many rows came, in what time, and whether that is all."""
    seconds = f" in {hunt.rows.elapsed_seconds:.1f} s" if hunt.rows else ""
    partial = f" PARTIAL: {hunt.partial}" if hunt.partial else ""
    return f"{number_of(hunt.row_count or 0, 'row')}{seconds}.{partial}"


def quote_lines(quote: Quote, width: int) -> Iterator[str]:
    """What the hunting call will take, and what the model will not see."""
    yield "Quote"
    if quote.free:
        yield f"  {quote.model}: free, nothing is sent"
    else:
        yield (
            f"  {quote.model}: {quote.tokens_in:,} tokens in, about "
            f"{quote.tokens_out_assumed:,} out, {price_text(quote.price)}"
        )
        if quote.chunks > 1:
            yield f"  {calls_text(quote)}"
        shares = _shares(quote)
        if shares:
            yield f"  {shares}"
    if quote.reason:
        yield from paragraph(quote.reason, width, 2)
    if quote.unseen.nothing:
        yield f"  Unseen: nothing; {quote.unseen.summary(ahead=True)}"
    else:
        yield from paragraph(f"UNSEEN: {quote.unseen.summary()}", width, 2)
    if masked := masked_text(quote):
        yield f"  Masked: {masked}"
    yield from (f"  WARN: {warning}" for warning in quote.warnings)
    if injected := injection_text(quote):
        yield from paragraph(f"WARN: {injected}", width, 2)
    yield ""


def finding_title(finding: Finding) -> str:
    """A finding in one line."""
    ids = ", ".join(mitre.id for mitre in finding.mitre)
    return f"{badge(finding)} [{finding.severity.value}] {finding.title}" + (
        f" ({ids})" if ids else ""
    )


def finding_lines(finding: Finding, width: int, rows: Rows | None) -> Iterator[str]:
    """A finding with its evidence; cells of the cited rows too while the rows are open."""
    number = finding.id.removeprefix("f")
    yield f"Finding {number}: {inert(finding.title)}"
    triaged = "" if finding.state is TriageState.NEW else f", triaged: {finding.state.value}"
    yield (
        f"  Severity {finding.severity.value}, confidence {finding.confidence.value}, "
        f"{badge(finding)}{triaged}"
    )
    if finding.earlier:
        yield from paragraph(inert(finding.earlier.text, _NOTE_CHARS), width, 2)
    yield f"  Checked against its rows: {full_badge(finding)}"
    yield from (f"  Doubt: {inert(doubt, _CELL_CHARS)}" for doubt in finding.doubts)
    for mitre in finding.mitre:
        yield from paragraph(mitre.label, width, 2)
    yield from paragraph(finding.description, width, 2)
    yield from _indicators(finding, width)
    yield from _evidence(finding.evidence, rows, width)
    if finding.recommendations:
        yield "  Next:"
        for text in finding.recommendations:
            yield from _bulleted(text, width)
    if finding.notes:
        yield "  Notes:"
        for line in finding.notes.splitlines():
            # A rule's KQL is kept whole in the history and the reports.
            yield from paragraph(inert(line, _NOTE_CHARS), width, 4)
    yield ""


def end_lines(hunt: Hunt, width: int, *, recorded: bool = True) -> Iterator[str]:
    """How the hunt ended, what it took, and where it is kept."""
    yield from paragraph(_outcome(hunt), width)
    if len(hunt.findings) > 1:
        for finding in sorted(hunt.findings, key=_worst_first):
            yield f"  {finding.id.removeprefix('f'):>3}  {finding_title(finding)}"
    yield from coverage_lines(hunt, width)
    if hunt.excluded:
        yield from paragraph(excluded_text(hunt), width)
    if hunt.silent_rows:
        yield from paragraph(silence_text(hunt.silent_rows), width)
    if hunt.usage and hunt.usage.calls:
        yield f"Used: {_used(hunt.usage)}"
    if hunt.reply:
        yield from reply_lines(hunt.reply, width)
    if hunt.problem:
        yield from paragraph(f"Problem: {hunt.problem}", width)
    if hunt.id:
        seconds = f"{hunt.elapsed_seconds:.1f} s"
        told = f"Recorded after {seconds}: soc-tui history show {hunt.id}"
        yield told if recorded else f"Not recorded. It took {seconds}."


def coverage_lines(hunt: Hunt, width: int) -> Iterator[str]:
    """What was seen and what was not, then the receipt: a line for each table."""
    coverage = hunt.coverage
    if coverage.stage is Stage.NO_ANSWER:
        return
    if coverage.stage is not Stage.NO_ROWS:
        summary = coverage.summary()
        said = summary[:1].upper() + summary[1:]
        yield from paragraph(
            f"{said}." if coverage.whole else f"Not all was seen: {summary}.", width
        )
    lines = coverage.lines()
    if lines:
        yield "Receipt"
        for line in lines:
            yield from paragraph(line.lstrip(), width, 4 if line.startswith(" ") else 2)


def _head(hunt: Hunt) -> Iterator[str]:
    yield f"Request: {hunt.request or 'none (manual query)'}"
    yield f"Time: {hunt.created:%Y-%m-%d %H:%M:%S} UTC"
    yield f"Workspace: {hunt.workspace}; analyst: {hunt.analyst}"
    if hunt.playbook:
        yield f"Playbook: {hunt.playbook}"
    if hunt.parent:
        yield f"Follows up: {hunt.parent}"
    if hunt.row_count is not None:
        yield f"Rows: {hunt.row_count:,}"
    yield ""


def _outcome(hunt: Hunt) -> str:
    match hunt.status:
        case Status.NO_ROWS:
            return hunt.coverage.no_rows()
        case Status.NO_FINDINGS:
            return f"No findings in {number_of(hunt.row_count or 0, 'row')}."
        case Status.FOUND:
            counts = Counter(finding.severity for finding in hunt.findings)
            parts = ", ".join(
                f"{counts[severity]} {severity.value}"
                for severity in reversed(Severity)
                if counts[severity]
            )
            found = number_of(len(hunt.findings), "finding")
            rows = number_of(hunt.row_count or 0, "row")
            return f"{found} in {rows}: {parts}; {tally(hunt.findings)}."
        case _:
            found = f" with {number_of(len(hunt.findings), 'finding')}" if hunt.findings else ""
            return f"The hunt is {hunt.status.value}{found}."


def excluded_text(hunt: Hunt) -> str:
    """How many findings were left out, in words."""
    return f"{number_of(hunt.excluded, 'finding')} left out by exclusions: exclusions.toml."


def _worst_first(finding: Finding) -> int:
    return -list(Severity).index(finding.severity)


def _shares(quote: Quote) -> str:
    parts = []
    if quote.context_share is not None:
        parts.append(f"{quote.context_share:.0%} of the context")
    if quote.rate_share is not None:
        parts.append(f"{quote.rate_share:.0%} of the tokens per minute")
    return ", ".join(parts)


def _used(usage: Usage) -> str:
    return (
        f"{usage.tokens_in:,} tokens in, {usage.tokens_out:,} out, {price_text(usage.price)} "
        f"({usage.model})"
    )


def _indicators(finding: Finding, width: int) -> Iterator[str]:
    """One paragraph per type of indicator."""
    by_type: dict[str, list[str]] = {}
    for ioc in finding.iocs:
        by_type.setdefault(ioc.type, []).append(inert(ioc.value, _CELL_CHARS))
    for kind, values in by_type.items():
        more = len(values) - _INDICATORS_SHOWN
        shown = ", ".join(values[:_INDICATORS_SHOWN]) + (f" … and {more} more" if more > 0 else "")
        yield from paragraph(f"Indicator, {inert(kind, 40)}: {shown}", width, 2)


def _evidence(evidence: Sequence[Evidence], rows: Rows | None, width: int) -> Iterator[str]:
    if not evidence:
        return
    yield f"  Evidence ({number_of(len(evidence), 'row')}):"
    for item in evidence[:_EVIDENCE_SHOWN]:
        cells = _cells(item.row_id, rows)
        quoted = {quotation.column for quotation in item.quotations}
        yield f"    {inert(item.row_id, 40)} {_about(cells, quoted)}".rstrip()
        for quotation in item.quotations:
            text = inert(quotation.text, _CELL_CHARS)
            whole = cells.get(quotation.column, "")
            if len(whole) > len(text) and not text.endswith("…"):
                text += f" … ({len(whole):,} characters in all)"
            yield from paragraph(f"{inert(quotation.column, 80)}: {text}", width, 6)
    if len(evidence) > _EVIDENCE_SHOWN:
        yield f"    … and {number_of(len(evidence) - _EVIDENCE_SHOWN, 'more row')}"


def _cells(row_id: str, rows: Rows | None) -> dict[str, str]:
    """The row's cells as text by column; empty when the rows are gone or the row does not exist."""
    index = row_index(row_id, rows.count) if rows else None
    if rows is None or index is None:
        return {}
    return {
        column.name: cell_text(rows.table.column(position)[index].as_py(), column.type)
        for position, column in enumerate(rows.columns)
    }


def _about(cells: Mapping[str, str], quoted: set[str]) -> str:
    """Time, host and account of a row, without what is quoted of it anyway."""
    time = next((cells[name] for name in _TIMES if cells.get(name)), "")
    parts = [re.sub(r"\.\d+Z$", "Z", time)] if time else []
    parts += [cells[name] for name in _WHO if cells.get(name) and name not in quoted]
    return "  ".join(inert(text, 60) for text in parts)


def _bulleted(text: str, width: int) -> Iterator[str]:
    for position, line in enumerate(paragraph(text, width, 6)):
        yield f"    - {line[6:]}" if position == 0 else line
