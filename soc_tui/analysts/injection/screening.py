"""The cells of an answer that talk to a model, as findings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from soc_tui.analysts.grounding.check_finding import ground
from soc_tui.analysts.injection.detector import Stopped, Told, scan
from soc_tui.analysts.injection.plain_text import plain
from soc_tui.analysts.injection.sign_library import Kind
from soc_tui.analysts.packing.cell_text import cell_text, shown
from soc_tui.model.catalog import KqlType
from soc_tui.model.finding import Confidence, Evidence, Finding, Quotation, Severity
from soc_tui.model.rows import Rows, row_id
from soc_tui.model.wording import number_of

if TYPE_CHECKING:
    import pyarrow as pa

TAG = "prompt-injection"
MOST_CITED = 20
_MOST_FINDINGS = 50
_LONGEST_QUOTE = 400
_SAYS = {
    Kind.OVERRIDE: "orders a reader to ignore instructions",
    Kind.PROMPT: "asks for the prompt",
    Kind.FRAME: "imitates the frame of a prompt",
    Kind.CLOSING: "imitates the frame of a prompt",
    Kind.ROLE: "gives a reader another role",
    Kind.TASK: "claims that the log has ended",
    Kind.VERDICT: "orders a verdict",
    Kind.ADDRESS: "addresses an AI",
    Kind.READER: "addresses whoever reports on it",
    Kind.ORDER: "sets a task",
}
_NEXT = (
    "Read the cited rows yourself; do not rely on what a model says about them.",
    "Find out which account or process wrote this text, and what it did around that time.",
    "Hunt through rows without this text before you trust an answer that finds nothing.",
)


@dataclass(frozen=True, slots=True)
class Screened:
    """What was found in an answer before anybody hunts.

    Attributes:
        findings: Checked against their rows; the most rows first.
        rows: 0-based indices of all rows with such a cell.
    """

    findings: tuple[Finding, ...] = ()
    rows: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class _Hit:
    row: int
    column: int
    told: Told


def screen(rows: Rows, stopped: Stopped = lambda: False) -> Screened:
    """The cells that talk to a model, every column and the whole of each cell looked at.

    Raises:
        ScanStoppedError: `stopped` has said so.
    """
    hits = _hits(rows, stopped)
    if not hits:
        return Screened()
    groups: dict[str, list[_Hit]] = {}
    for hit in sorted(hits, key=lambda one: (one.row, one.column)):
        groups.setdefault(_same_text(hit.told.words), []).append(hit)
    listed = sorted(groups.values(), key=lambda group: (-len(group), group[0].row))
    if len(listed) > _MOST_FINDINGS:
        rest = [hit for group in listed[_MOST_FINDINGS - 1 :] for hit in group]
        listed = [*listed[: _MOST_FINDINGS - 1], sorted(rest, key=lambda one: one.row)]
    return Screened(
        tuple(_finding(group, rows) for group in listed), frozenset(hit.row for hit in hits)
    )


def _hits(rows: Rows, stopped: Stopped) -> list[_Hit]:
    """All cells that tell something; a text that stands in many cells is looked at once."""
    import pyarrow as pa

    columns = [
        (position, _encoded(rows.table.column(position)))
        for position, column in enumerate(rows.columns)
        if column.type in {KqlType.STRING, KqlType.DYNAMIC}
    ]
    if not columns:
        return []
    texts = pa.concat_arrays([column.dictionary for _, column in columns])
    told = scan(texts, stopped)
    hits, start = [], 0
    for position, column in columns:
        end = start + len(column.dictionary)
        own = {code - start: found for code, found in told.items() if start <= code < end}
        if own:
            codes = column.indices.fill_null(-1).to_numpy(zero_copy_only=False)
            chosen = np.flatnonzero(np.isin(codes, list(own)))
            hits += [_Hit(int(row), position, own[int(codes[row])]) for row in chosen]
        start = end
    return hits


def _encoded(cells: pa.ChunkedArray) -> pa.DictionaryArray:
    import pyarrow as pa

    return pa.concat_arrays(cells.chunks or [pa.array([], pa.string())]).dictionary_encode()


def _same_text(words: str) -> str:
    """The text without what differs from row to row: numbers, blanks, letter case."""
    return re.sub(r"[\W\d_]+", " ", plain(words)).strip()[:200]


def _finding(hits: Sequence[_Hit], rows: Rows) -> Finding:
    by_row: dict[int, list[_Hit]] = {}
    for hit in hits:
        by_row.setdefault(hit.row, []).append(hit)
    cited = tuple(by_row)[:MOST_CITED]
    told = hits[0].told
    kinds = sorted({kind for hit in hits for kind in hit.told.kinds}, key=list(Kind).index)
    says = list(dict.fromkeys(_SAYS[kind] for kind in kinds))
    columns = list(dict.fromkeys(rows.columns[hit.column].name for hit in hits))
    parts = [
        f"The text in {' and '.join(columns[:4])} is written for whoever analyzes the log: it "
        f"{_listed(says)}.",
        f"{'Decoded, it reads' if told.hidden else 'It reads'} {shown(told.words.strip(), 200)}.",
        "A model may obey it and leave out or clear what these rows show.",
    ]
    if len(by_row) > len(cited):
        parts.append(f"{number_of(len(by_row), 'row')} have it, {len(cited)} are cited.")
    finding = Finding(
        title="Log text gives orders to an AI analyst",
        description=" ".join(parts),
        confidence=Confidence.HIGH if len(kinds) > 1 else Confidence.MEDIUM,
        severity=Severity.HIGH,
        evidence=tuple(
            Evidence(row_id(row), tuple(_quotation(hit, rows) for hit in by_row[row][:4]))
            for row in cited
        ),
        recommendations=_NEXT,
        tags=(TAG,),
        notes="Found by the program before the hunt; no model was asked.",
    )
    checked = ground(finding, rows, own_words=False)
    if checked.grounded:
        return checked
    whole = tuple(
        Evidence(row_id(row), tuple(_whole(hit, rows) for hit in by_row[row][:4])) for row in cited
    )
    return ground(replace(finding, evidence=whole), rows, own_words=False)


def _listed(parts: Sequence[str]) -> str:
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last


def _quotation(hit: _Hit, rows: Rows) -> Quotation:
    """The telling part of the cell, cut at blanks; the whole of a short cell."""
    whole = _whole(hit, rows)
    if len(whole.text) <= _LONGEST_QUOTE:
        return whole
    raw = rows.table.column(hit.column)[hit.row].as_py()
    words = hit.told.words
    if hit.told.hidden or words not in raw:
        return whole
    at = raw.index(words)
    start = at if at == 0 else at + len(words.split(maxsplit=1)[0]) if words.split() else at
    part = raw[start : start + _LONGEST_QUOTE]
    if start + len(part) < len(raw):
        part = part.rsplit(maxsplit=1)[0] if len(part.split()) > 1 else part
    return replace(whole, text=part.strip())


def _whole(hit: _Hit, rows: Rows) -> Quotation:
    column = rows.columns[hit.column]
    value = rows.table.column(hit.column)[hit.row].as_py()
    return Quotation(column.name, cell_text(value, column.type))
