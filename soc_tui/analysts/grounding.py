"""Does what a finding cites really stand in the rows? Pure: no I/O, no clock."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator

from soc_tui.analysts import attack
from soc_tui.analysts.cells import cell_text, escape, shown
from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.finding import Evidence, Finding, Ioc, Quotation
from soc_tui.model.rows import Rows, row_index

# A part of a number proves nothing: `4` stands in 4624.
_WHOLE_CELL_TYPES = frozenset(
    {KqlType.BOOL, KqlType.INT, KqlType.LONG, KqlType.REAL, KqlType.DECIMAL}
)
_SHORTEST_PART = 3
_DEFANGED = (
    (re.compile(r"\bhxxp", re.IGNORECASE), "http"),
    (re.compile(r"\bfxp(?=://|\[)", re.IGNORECASE), "ftp"),
    (re.compile(r"\[://\]|\[:\]//|:\[//\]", re.IGNORECASE), "://"),
    (re.compile(r"[\[({](?:\.|dot)[\])}]|\\\.", re.IGNORECASE), "."),
    (re.compile(r"[\[({]:[\])}]"), ":"),
    (re.compile(r"[\[({](?:@|at)[\])}]", re.IGNORECASE), "@"),
)


def ground(finding: Finding, rows: Rows) -> Finding:
    """The finding with `grounded` and `doubts` set, and its ATT&CK references as the list has them.

    Grounded means: there is evidence, every cited row exists, every citation quotes at least one
    cell, every quotation stands in the named column of its row (rendered by `cells.cell_text`; a
    part of a text cell will do, a number must be whole), every IOC value stands in a cited row
    (any letter case, defanged forms refanged), and every MITRE id is in the ATT&CK list.

    That the finding is true is not checked: nobody can but the human.
    """
    cited = _CitedRows(rows)
    mitre = [attack.checked(one) for one in finding.mitre]
    doubts = [
        *_evidence_doubts(finding.evidence, cited),
        *_ioc_doubts(finding, cited),
        *(doubt for _, found in mitre for doubt in found),
    ]
    unique = tuple(dict.fromkeys(doubts))
    references = tuple(dict.fromkeys(one for one, _ in mitre))
    return dataclasses.replace(finding, mitre=references, grounded=not unique, doubts=unique)


def refang(text: str) -> str:
    """An indicator as it stands in logs: `hxxp://a[.]b` becomes `http://a.b`."""
    for pattern, plain in _DEFANGED:
        text = pattern.sub(plain, text)
    return text


class _CitedRows:
    """Cells of single rows, read once each."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._positions = {column.name: i for i, column in enumerate(rows.columns)}
        self._cells: dict[tuple[int, int], str] = {}

    def index(self, row_id: str) -> int | None:
        return row_index(row_id, self._rows.count)

    @property
    def count(self) -> int:
        return self._rows.count

    def cell(self, row: int, name: str) -> tuple[Column, str] | None:
        position = self._positions.get(name)
        return None if position is None else self._read(row, position)

    def cells(self, row: int) -> Iterator[tuple[Column, str]]:
        return (self._read(row, position) for position in range(len(self._rows.columns)))

    def _read(self, row: int, position: int) -> tuple[Column, str]:
        column = self._rows.columns[position]
        key = (row, position)
        if key not in self._cells:
            value = self._rows.table.column(position)[row].as_py()
            self._cells[key] = cell_text(value, column.type)
        return column, self._cells[key]


def _evidence_doubts(evidence: tuple[Evidence, ...], cited: _CitedRows) -> Iterator[str]:
    if not evidence:
        yield "It cites no row."
    for citation in evidence:
        row = cited.index(citation.row_id)
        if row is None:
            yield f"Row {shown(citation.row_id)} does not exist: the answer has {cited.count:,}."
            continue
        if not citation.quotations:
            yield f"Row {citation.row_id} is cited without a quotation."
        for quotation in citation.quotations:
            doubt = _quotation_doubt(quotation, citation.row_id, row, cited)
            if doubt:
                yield doubt


def _quotation_doubt(quotation: Quotation, row_id: str, row: int, cited: _CitedRows) -> str:
    found = cited.cell(row, quotation.column)
    if found is None:
        return f"The rows have no column {shown(quotation.column)} (quoted of {row_id})."
    column, cell = found
    where = f"{shown(quotation.column)} of {row_id}"
    if not quotation.text.strip():
        return f"The quotation of {where} is empty."
    if _stands_in_cell(quotation.text, column.type, cell):
        return ""
    if len(quotation.text) < _SHORTEST_PART and quotation.text in cell:
        return f"The quotation {shown(quotation.text)} of {where} is too short to prove anything."
    return f"{shown(quotation.text)} does not stand in {where}."


def _stands_in_cell(text: str, kql_type: KqlType, cell: str) -> bool:
    forms = _rendered(text)
    if kql_type is KqlType.DYNAMIC:
        forms |= _rendered(_inside_json(text))
    if cell in forms:
        return True
    if kql_type in _WHOLE_CELL_TYPES or len(text) < _SHORTEST_PART:
        return False
    return any(form in cell for form in forms)


def _rendered(text: str) -> set[str]:
    """A quoted text as a cell could show it: raw, or with the cell's marks in it already."""
    return {escape(text), escape(text, keep_marks=True)}


def _inside_json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _ioc_doubts(finding: Finding, cited: _CitedRows) -> Iterator[str]:
    indices = {cited.index(citation.row_id) for citation in finding.evidence} - {None}
    rows = sorted(index for index in indices if index is not None)
    for ioc in finding.iocs:
        if not ioc.value.strip():
            yield f"An indicator of type {shown(ioc.type)} is empty."
        elif not any(_ioc_in_row(ioc, row, cited) for row in rows):
            yield f"The indicator {shown(ioc.value)} stands in no cited row."


def _ioc_in_row(ioc: Ioc, row: int, cited: _CitedRows) -> bool:
    value = ioc.value.strip()
    spellings = {value, refang(value)}
    plain = [_whole(form) for spelling in spellings for form in _rendered(spelling)]
    in_json = plain + [
        _whole(form) for spelling in spellings for form in _rendered(_inside_json(spelling))
    ]
    return any(
        pattern.search(cell)
        for column, cell in cited.cells(row)
        for pattern in (in_json if column.type is KqlType.DYNAMIC else plain)
    )


def _whole(value: str) -> re.Pattern[str]:
    """Matches the value as a word of its own: 10.0.0.1 does not stand in 10.0.0.15 or 110.0.0.1.

    Names with dots are held to their labels: `evil.com` stands in `www.evil.com`, but neither in
    `evil.com.br` nor in `not-evil.com`; a number with dots may not follow another one.
    """
    before = r"(?<!\w)" if value[:1].isalnum() else ""
    after = r"(?!\w)" if value[-1:].isalnum() else ""
    if "." in value and before:
        before += r"(?<!\w-)" + (r"(?<!\d\.)" if value[0].isdigit() else "")
    if "." in value and after:
        after += r"(?!\.\w)"
    return re.compile(before + re.escape(value) + after, re.IGNORECASE)
