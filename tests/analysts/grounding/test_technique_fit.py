"""A technique that has nothing to do with the rows cited for it is told as not checked."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from soc_tui.analysts.grounding import attack_ids
from soc_tui.analysts.grounding.check_finding import ground
from soc_tui.analysts.grounding.cited_rows import CitedRows
from soc_tui.analysts.grounding.technique_fit import misfit
from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.finding import (
    Confidence,
    Evidence,
    Finding,
    Mitre,
    Quotation,
    Severity,
    TechniqueCheck,
)
from soc_tui.model.rows import Rows

_FILE = Path(__file__).with_name("technique_pairs.toml")
CASES: list[dict[str, Any]] = tomllib.loads(_FILE.read_text(encoding="utf-8"))["case"]


def rows_of(row: dict[str, Any]) -> Rows:
    columns = tuple(
        Column(name, KqlType.STRING if isinstance(cell, str) else KqlType.LONG)
        for name, cell in row.items()
    )
    return Rows(pa.table({name: [cell] for name, cell in row.items()}), columns)


def pairs(which: str) -> list[Any]:
    return [
        pytest.param(case["row"], technique, id=f"{case['name']} {technique}")
        for case in CASES
        for technique in case[which]
    ]


def of(technique: str) -> Mitre:
    found = attack_ids.reference(technique)
    assert found.version, f"{technique} is not in the list"
    return found


def test_there_are_enough_pairs_of_each_sort() -> None:
    assert len(pairs("shows")) >= 60
    assert len(pairs("shows_nothing_of")) >= 60


@pytest.mark.parametrize(("row", "technique"), pairs("shows"))
def test_a_usual_technique_fits_its_usual_row(row: dict[str, Any], technique: str) -> None:
    assert misfit(of(technique), CitedRows(rows_of(row), ("r1",))) == ""


@pytest.mark.parametrize(("row", "technique"), pairs("shows_nothing_of"))
def test_a_technique_that_the_row_shows_nothing_of_is_not_checked(
    row: dict[str, Any], technique: str
) -> None:
    doubt = misfit(of(technique), CitedRows(rows_of(row), ("r1",)))
    assert doubt.startswith(f"{of(technique).id} ")
    assert "was not checked" in doubt


def _finding(row: dict[str, Any], technique: str) -> Finding:
    column = next(iter(row))
    parent, _, _ = technique.partition(".")
    return Finding(
        "Odd",
        "Look at it.",
        Confidence.HIGH,
        Severity.HIGH,
        mitre=(Mitre("", parent, technique if "." in technique else ""),),
        evidence=(Evidence("r1", (Quotation(column, str(row[column])),)),),
    )


ENCODED = next(case["row"] for case in CASES if case["name"] == "encoded powershell")


@pytest.mark.parametrize(
    ("technique", "own_words", "check"),
    [
        ("T1059.001", True, TechniqueCheck.KNOWN),
        ("T1486", True, TechniqueCheck.NOT_CHECKED),
        ("T1486", False, TechniqueCheck.KNOWN),  # a rule says so
        ("T9999", True, TechniqueCheck.DOUBTED),
        ("T9999", False, TechniqueCheck.DOUBTED),
    ],
)
def test_only_a_technique_that_is_known_lets_a_finding_hold(
    technique: str, own_words: bool, check: TechniqueCheck
) -> None:
    checked = ground(_finding(ENCODED, technique), rows_of(ENCODED), own_words=own_words)
    assert checked.checks is not None
    assert checked.checks.technique is check
    assert checked.grounded is (check is TechniqueCheck.KNOWN)
    assert any(technique in doubt for doubt in checked.doubts) is not checked.grounded


def test_counts_by_host_are_held_against_the_words_of_their_columns() -> None:
    counted = rows_of({"DeviceName": "dc-01", "FailedLogons": 412})
    cited = CitedRows(counted, ("r1",))
    assert misfit(of("T1110"), cited) == ""
    assert misfit(of("T1486"), cited)


def test_an_alert_vouches_for_the_techniques_that_it_names() -> None:
    alert = rows_of({"AlertId": "a-1", "Title": "Odd", "AttackTechniques": '["T1003.001"]'})
    assert misfit(of("T1003"), CitedRows(alert, ("r1",))) == ""
    assert misfit(of("T1486"), CitedRows(alert, ("r1",)))
