"""Findings as DataFrames: one cell holds one value. pandas is imported when one is made.

Text of findings and cells is data: it is put into the frame as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from soc_tui.model.finding import (
    Confidence,
    Evidence,
    Finding,
    Severity,
    TechniqueCheck,
    TriageState,
)

if TYPE_CHECKING:
    import pandas as pd


def findings_frame(findings: Iterable[Finding]) -> pd.DataFrame:
    """A row for each finding, in the order given.

    Columns: id, severity, confidence and state (ordered categories), title, grounded (bool),
    rows_hold and words_hold (boolean, missing when not known), technique_check (category: known,
    not checked, doubted), doubts, tactics, techniques, cited_rows, description, recommendations,
    tags, notes (text; several in one cell are separated by "; "). The cells that a finding quotes
    and its indicators have frames of their own.
    """
    import pandas as pd

    def ordered(values: type[StrEnum]) -> pd.CategoricalDtype:
        return pd.CategoricalDtype([value.value for value in values], ordered=True)

    rows = [
        (
            finding.id,
            finding.severity.value,
            finding.confidence.value,
            finding.state.value,
            finding.title,
            finding.grounded,
            checks.rows if (checks := finding.checks) else None,
            checks.words if checks else None,
            checks.technique.value if checks else None,
            _joined(finding.doubts),
            _joined(mitre.tactic for mitre in finding.mitre),
            _joined(mitre.id for mitre in finding.mitre),
            _joined(item.row_id for item in finding.evidence),
            finding.description,
            _joined(finding.recommendations),
            _joined(finding.tags),
            finding.notes,
        )
        for finding in findings
    ]
    frame = pd.DataFrame.from_records(rows, columns=_FINDING)
    text = [name for name in _FINDING if name not in _TYPED]
    return frame.astype(
        {
            "severity": ordered(Severity),
            "confidence": ordered(Confidence),
            "state": ordered(TriageState),
            "grounded": "bool",
            "rows_hold": "boolean",
            "words_hold": "boolean",
            "technique_check": ordered(TechniqueCheck),
        }
    ).astype(dict.fromkeys(text, "string"))


def indicators_frame(findings: Iterable[Finding]) -> pd.DataFrame:
    """A row for each indicator of compromise: finding_id, type ("ip", "sha256" ...), value."""
    rows = [
        (finding.id, indicator.type, indicator.value)
        for finding in findings
        for indicator in finding.iocs
    ]
    return _text_frame(rows, ["finding_id", "type", "value"])


def evidence_frame(findings: Iterable[Finding]) -> pd.DataFrame:
    """A row for each cell that a finding quotes: finding_id, row_id ("r1" is row 0), column, text.

    A cited row without a quoted cell has one row, with no column and no text.
    """
    rows: list[tuple[str | None, ...]] = [
        (finding.id, item.row_id, column, text)
        for finding in findings
        for item in finding.evidence
        for column, text in _quoted(item)
    ]
    return _text_frame(rows, ["finding_id", "row_id", "column", "text"])


_FINDING = [
    "id",
    "severity",
    "confidence",
    "state",
    "title",
    "grounded",
    "rows_hold",
    "words_hold",
    "technique_check",
    "doubts",
    "tactics",
    "techniques",
    "cited_rows",
    "description",
    "recommendations",
    "tags",
    "notes",
]


_TYPED = {
    "severity",
    "confidence",
    "state",
    "grounded",
    "rows_hold",
    "words_hold",
    "technique_check",
}


def _text_frame(rows: Sequence[tuple[str | None, ...]], columns: list[str]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame.from_records(rows, columns=columns).astype("string")


def _joined(texts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(texts))


def _quoted(item: Evidence) -> Sequence[tuple[str | None, str | None]]:
    return [(cell.column, cell.text) for cell in item.quotations] or [(None, None)]
