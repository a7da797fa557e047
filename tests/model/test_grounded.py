"""One module has the words for whether a finding holds."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import pytest

import soc_tui
from soc_tui.model.finding import Checks, TechniqueCheck
from soc_tui.model.grounded import (
    NOT_KNOWN,
    VERIFIED,
    as_recorded,
    badge,
    full_badge,
    labels,
    parts,
    quiet_badge,
    signs,
    tally,
    technique_sign,
    together,
)
from tests.history.hunts import example_finding

PACKAGE = Path(soc_tui.__file__).parent
HOLDS = example_finding()
DOUBTFUL = replace(HOLDS, grounded=False)


def test_the_words() -> None:
    assert (badge(HOLDS), quiet_badge(HOLDS), signs(HOLDS)) == ("VERIFIED", "verified", "✓✓✓")
    assert full_badge(HOLDS) == "VERIFIED  rows ✓  words ✓  technique ✓"
    assert badge(DOUBTFUL) == "UNVERIFIED"
    assert tally((HOLDS, HOLDS)) == "all verified"
    assert tally((HOLDS, DOUBTFUL)) == "1 UNVERIFIED"


@pytest.mark.parametrize(
    ("checks", "shown", "told", "labelled"),
    [
        (
            Checks(rows=True, words=False),
            "✓?-",
            "rows ✓  words ?  technique not checked",
            ("unverified", "rows:held", "words:doubted", "technique:not-checked"),
        ),
        (
            Checks(rows=False, words=True, technique=TechniqueCheck.DOUBTED),
            "?✓?",
            "rows ?  words ✓  technique ?",
            ("unverified", "rows:doubted", "words:held", "technique:doubted"),
        ),
        (
            None,
            "---",
            "rows, words and technique not known",
            ("unverified", "rows:not-known", "words:not-known", "technique:not-known"),
        ),
    ],
)
def test_each_part_is_told(
    checks: Checks | None, shown: str, told: str, labelled: tuple[str, ...]
) -> None:
    finding = replace(DOUBTFUL, checks=checks)
    assert (signs(finding), parts(finding), labels(finding)) == (shown, told, labelled)
    assert full_badge(finding) == f"UNVERIFIED  {told}"
    assert quiet_badge(finding) == f"UNVERIFIED ({told})"


def test_a_technique_of_several_findings_is_as_good_as_in_the_best_of_them() -> None:
    known, doubted = HOLDS.checks, Checks(technique=TechniqueCheck.DOUBTED)
    assert technique_sign((Checks(), known, doubted)) == "✓"
    assert technique_sign((Checks(), doubted)) == "-"
    assert technique_sign((doubted,)) == "?"
    assert technique_sign((None,)) == "-"


def test_nobody_else_writes_them() -> None:
    writers = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and VERIFIED in node.value
        and "\n" not in node.value.strip()  # prose about it
    }
    assert writers - {"model/grounded.py"} == set()


def test_together_only_that_holds_which_holds_of_all() -> None:
    doubted = replace(HOLDS, checks=Checks(rows=True, technique=TechniqueCheck.DOUBTED))
    unfit = replace(HOLDS, checks=Checks(rows=True, words=True))
    assert together((HOLDS, HOLDS)) == HOLDS.checks
    assert together((HOLDS, unfit)) == Checks(rows=True, words=True)
    assert together((unfit, doubted)) == Checks(rows=True, technique=TechniqueCheck.DOUBTED)
    assert together((HOLDS, replace(HOLDS, checks=None))) is None
    assert together(()) is None


def test_a_record_without_the_three_checks_does_not_hold() -> None:
    old = replace(HOLDS, checks=None)
    read = as_recorded(replace(HOLDS, parts=(old,)))
    assert read.grounded
    assert not read.parts[0].grounded
    assert read.parts[0].doubts == (NOT_KNOWN,)
    assert as_recorded(read) == read
    assert as_recorded(HOLDS) is HOLDS
