"""Findings as DataFrames: a finding, an indicator, a quoted cell a row."""

from __future__ import annotations

from soc_tui import evidence_frame, findings_frame, indicators_frame
from soc_tui.model.finding import (
    Checks,
    Confidence,
    Evidence,
    Finding,
    Ioc,
    Mitre,
    Quotation,
    Severity,
    TechniqueCheck,
    TriageState,
)

HOSTILE = '=HYPERLINK("x");\x1b[2J\n{0} <b>'
FINDINGS = (
    Finding(
        id="f1",
        title="Encoded PowerShell",
        description=HOSTILE,
        confidence=Confidence.HIGH,
        severity=Severity.MEDIUM,
        mitre=(Mitre("Execution", "T1059", "T1059.001"), Mitre("Execution", "T1204")),
        iocs=(Ioc("ip", "10.0.0.1"), Ioc("file", HOSTILE)),
        evidence=(
            Evidence("r2", (Quotation("Cmd", HOSTILE), Quotation("Host", "win-07"))),
            Evidence("r9"),
        ),
        grounded=True,
        checks=Checks(rows=True, words=True, technique=TechniqueCheck.KNOWN),
        state=TriageState.INVESTIGATING,
    ),
    Finding(
        id="f2",
        title="Odd",
        description="",
        confidence=Confidence.LOW,
        severity=Severity.CRITICAL,
        doubts=("r7 does not exist", "r8 does not exist"),
    ),
)


def test_a_finding_is_a_row_of_single_values() -> None:
    first = findings_frame(FINDINGS).iloc[0]

    assert first.to_dict() == {
        "id": "f1",
        "severity": "medium",
        "confidence": "high",
        "state": "investigating",
        "title": "Encoded PowerShell",
        "grounded": True,
        "rows_hold": True,
        "words_hold": True,
        "technique_check": "known",
        "doubts": "",
        "tactics": "Execution",
        "techniques": "T1059.001; T1204",
        "cited_rows": "r2; r9",
        "description": HOSTILE,
        "recommendations": "",
        "tags": "",
        "notes": "",
    }


def test_severity_sorts_by_how_bad_it_is() -> None:
    frame = findings_frame(FINDINGS)

    assert frame.sort_values("severity", ascending=False)["id"].tolist() == ["f2", "f1"]
    assert frame.loc[frame["severity"] >= "high", "id"].tolist() == ["f2"]


def test_grounded_selects_rows() -> None:
    frame = findings_frame(FINDINGS)

    assert frame.loc[frame["grounded"], "id"].tolist() == ["f1"]
    assert frame.loc[~frame["grounded"], "doubts"].tolist() == [
        "r7 does not exist; r8 does not exist"
    ]


def test_frames_of_nothing_have_their_columns_and_types() -> None:
    empty = findings_frame([])

    assert len(empty) == 0
    assert empty.dtypes.equals(findings_frame(FINDINGS).dtypes)
    assert indicators_frame([]).dtypes.equals(indicators_frame(FINDINGS).dtypes)
    assert evidence_frame([]).dtypes.equals(evidence_frame(FINDINGS).dtypes)


def test_an_indicator_is_a_row() -> None:
    assert indicators_frame(FINDINGS).to_numpy().tolist() == [
        ["f1", "ip", "10.0.0.1"],
        ["f1", "file", HOSTILE],
    ]


def test_a_quoted_cell_is_a_row_and_a_bare_citation_has_one_too() -> None:
    frame = evidence_frame(FINDINGS)

    assert frame.head(2).to_numpy().tolist() == [
        ["f1", "r2", "Cmd", HOSTILE],
        ["f1", "r2", "Host", "win-07"],
    ]
    assert frame.iloc[2][["finding_id", "row_id"]].tolist() == ["f1", "r9"]
    assert frame.iloc[2][["column", "text"]].isna().all()
