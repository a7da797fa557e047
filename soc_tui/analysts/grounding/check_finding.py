"""Checks that what a finding says is in the rows it cites. Pure: no I/O, no clock."""

from __future__ import annotations

import dataclasses
import itertools
import re
import unicodedata
from collections.abc import Iterator

from soc_tui.analysts.grounding import attack_ids, indicator_types, named_claims, technique_fit
from soc_tui.analysts.grounding.cited_rows import (
    CitedRows,
    inside_json,
    rendered,
    stands_alone,
)
from soc_tui.analysts.packing.cell_text import shown
from soc_tui.model.catalog import KqlType
from soc_tui.model.finding import (
    Checks,
    Evidence,
    Finding,
    Ioc,
    Mitre,
    Quotation,
    TechniqueCheck,
)
from soc_tui.model.rows import Rows, row_index

# A part of a number proves nothing: `4` stands in 4624.
_WHOLE_CELL_TYPES = frozenset(
    {KqlType.BOOL, KqlType.INT, KqlType.LONG, KqlType.REAL, KqlType.DECIMAL}
)
_SHORTEST_PART = 3
_MOST_INDICATORS = 1_000
_SHORTEST_TIME = len("2026-11-24")
# A word longer than the longest hash (SHA-512) may be quoted in part: Base64, minified script.
_LONGEST_WORD = 128


def ground(finding: Finding, rows: Rows, *, own_words: bool = True) -> Finding:
    """The finding with `checks`, `grounded` and `doubts` set.

    Its ATT&CK references come out as the list has them, and indicators that are not strictly of
    their type as `untyped`.

    Grounded means: there is evidence; every cited row exists; every citation quotes at least one
    cell; every quotation stands in the named column of its row (rendered by `cells.cell_text`, a
    part of a text cell as whole words, a number whole); every IOC is what its type says and stands
    in a cited row; title, description and recommendations name no address, hash, account, host or
    count that the cited rows do not bear out (`claims`); and every MITRE reference is in the ATT&CK
    list as it is cited and has something in common with the cited rows.

    Whether the finding is true is not checked: only the user can tell.

    Args:
        own_words: False when title, description and references were not written by a model but
            by a rule: then the rows are trusted to be what the references are about.
    """
    ids = tuple(citation.row_id for citation in finding.evidence)
    cited = CitedRows(rows, ids)
    indicators = (*finding.iocs, *finding.untyped)
    typed = [not indicator_types.strict_doubt(one, cited) for one in indicators[:_MOST_INDICATORS]]
    mitre = [attack_ids.checked(one) for one in finding.mitre]
    in_rows = tuple(_evidence_doubts(finding.evidence, cited))
    in_words = (
        *_ioc_doubts(indicators, typed, cited),
        *(named_claims.doubts(finding, cited) if own_words else ()),
    )
    references = tuple(dict.fromkeys(one for one, _ in mitre))
    technique, in_techniques = (
        TechniqueCheck.KNOWN,
        tuple(doubt for _, found in mitre for doubt in found),
    )
    if in_techniques:
        technique = TechniqueCheck.DOUBTED
    elif own_words and (unfit := tuple(_misfits(references, cited))):
        technique, in_techniques = TechniqueCheck.NOT_CHECKED, unfit
    checks = Checks(rows=not in_rows, words=not in_words, technique=technique)
    return dataclasses.replace(
        finding,
        mitre=references,
        iocs=tuple(itertools.compress(indicators, typed)),
        untyped=tuple(one for one, fits in itertools.zip_longest(indicators, typed) if not fits),
        checks=checks,
        grounded=checks.hold,
        doubts=tuple(dict.fromkeys((*in_rows, *in_words, *in_techniques))),
    )


def _misfits(references: tuple[Mitre, ...], cited: CitedRows) -> Iterator[str]:
    for one in references:
        if doubt := technique_fit.misfit(one, cited):
            yield doubt


def _evidence_doubts(evidence: tuple[Evidence, ...], cited: CitedRows) -> Iterator[str]:
    if not evidence:
        yield "It cites no rows."
    count = cited.rows.count
    for citation in evidence:
        row = row_index(citation.row_id, count)
        if row is None:
            yield f"Row {shown(citation.row_id)} does not exist: the result has {count:,}."
            continue
        if not citation.quotations:
            yield f"Row {citation.row_id} is cited without a quote."
        for quotation in citation.quotations:
            doubt = _quotation_doubt(quotation, citation.row_id, row, cited)
            if doubt:
                yield doubt


def _quotation_doubt(quotation: Quotation, row_id: str, row: int, cited: CitedRows) -> str:
    found = cited.cell(row, quotation.column)
    if found is None:
        return f"The rows have no column {shown(quotation.column)} (quoted from {row_id})."
    column, cell = found
    where = f"{shown(quotation.column)} of {row_id}"
    if not quotation.text.strip():
        return f"The quote from {where} is empty."
    if _stands_in_cell(quotation.text, column.type, cell):
        return ""
    if len(quotation.text.strip()) < _SHORTEST_PART and quotation.text in cell:
        return f"The quote {shown(quotation.text)} from {where} is too short to prove anything."
    hint = _hint(quotation, row, cell, cited)
    return f"{shown(quotation.text)} is not in {where}{hint}."


def _stands_in_cell(text: str, kql_type: KqlType, cell: str) -> bool:
    forms = rendered(text)
    if kql_type is KqlType.DYNAMIC:
        forms |= rendered(inside_json(text))
    if cell in forms:
        return True
    if kql_type in _WHOLE_CELL_TYPES or len(text.strip()) < _SHORTEST_PART:
        return False
    if kql_type is KqlType.DATETIME:
        cut = text[-1:].isdigit() and cell[len(text) : len(text) + 1].isdigit()
        return len(text) >= _SHORTEST_TIME and cell.startswith(text) and not cut
    return any(_is_part(form, cell) or _is_shortened(form, cell) for form in forms)


def _is_part(text: str, cell: str) -> bool:
    """Whole words of the cell, in its very letters."""
    return text in cell and (stands_alone(text, cell) or _cuts_long_words(text, cell))


def _is_shortened(text: str, cell: str) -> bool:
    """The cell as it was sent when it was too long: without its middle, which is marked."""
    head, mark, tail = text.partition("⟦cut ")
    _, end, tail = tail.partition(" characters⟧")
    return bool(mark and end and head and tail) and cell.startswith(head) and cell.endswith(tail)


def _cuts_long_words(part: str, cell: str) -> bool:
    """True when the part ends inside words that are too long to be quoted whole."""
    start = cell.index(part)
    end = start + len(part)
    rest = part
    if _word_length(cell, end) > _LONGEST_WORD:
        rest = re.sub(r"[\w+/=]*\Z", "", rest)
    if _word_length(cell, start) > _LONGEST_WORD:
        rest = re.sub(r"\A[\w+/=]*", "", rest)
    return rest != part and (not rest.strip() or stands_alone(rest, cell))


def _word_length(cell: str, at: int) -> int:
    """Length of the word around a place in the cell, counted to a little over the longest."""
    before = re.search(r"[\w+/=]*\Z", cell[max(0, at - _LONGEST_WORD - 1) : at])
    after = re.match(r"[\w+/=]*", cell[at : at + _LONGEST_WORD + 1])
    return len(before[0] if before else "") + len(after[0] if after else "")


def _hint(quotation: Quotation, row: int, cell: str, cited: CitedRows) -> str:
    """Where the text does stand, or how it differs; empty when that cannot be told."""
    text = quotation.text
    strange = next((c for c in text if not c.isascii() and c not in cell), "")
    if strange and _loose(text).isascii() != _loose(cell).isascii():
        return f": it has {unicodedata.name(strange, 'a character')}, which the cell does not have"
    if _loose(text) in _loose(cell):
        return " verbatim: letter case or spaces differ, or a word is cut"
    for column, other in cited.cells(row):
        if column.name != quotation.column and _stands_in_cell(text, column.type, other):
            return f", but in {shown(column.name)}"
    for index in cited.indices:
        there = cited.cell(index, quotation.column)
        if index != row and there and _stands_in_cell(text, there[0].type, there[1]):
            return f", but in the same column of r{index + 1}"
    return ""


def _loose(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _ioc_doubts(iocs: tuple[Ioc, ...], typed: list[bool], cited: CitedRows) -> Iterator[str]:
    """Args: typed: Of the first indicators, whether each is strictly of its type."""
    for ioc, of_its_type in zip(iocs, typed, strict=False):
        if doubt := _ioc_doubt(ioc, cited, of_its_type=of_its_type):
            yield doubt
    if len(iocs) > _MOST_INDICATORS:
        yield f"It has {len(iocs):,} indicators, too many to check."


def _ioc_doubt(ioc: Ioc, cited: CitedRows, *, of_its_type: bool) -> str:
    value = ioc.value.strip()
    if not value:
        return f"An indicator of type {shown(ioc.type)} is empty."
    if not of_its_type:
        return (
            f"The indicator {shown(value)} is not a valid {shown(ioc.type)}, so it is left out of"
            " the list of indicators."
        )
    if sum(character.isalnum() for character in value) < _SHORTEST_PART and not any(
        cell == value for row in cited.indices for _, cell in cited.cells(row)
    ):
        return f"The indicator {shown(value)} is too short to prove anything."
    if not cited.holds(value):
        return f"The indicator {shown(value)} is in no cited row."
    return ""
