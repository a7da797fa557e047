"""One module has the words for whether a finding holds."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import soc_tui
from soc_tui.model.finding import Checks, TechniqueCheck
from soc_tui.model.grounded import (
    NOT_KNOWN,
    VERIFIED,
    as_recorded,
    badge,
    quiet_badge,
    sign,
    tally,
    together,
)
from tests.history.hunts import example_finding

PACKAGE = Path(soc_tui.__file__).parent
HOLDS = example_finding()
DOUBTFUL = replace(HOLDS, grounded=False)


def test_the_words() -> None:
    assert (badge(HOLDS), quiet_badge(HOLDS), sign(HOLDS)) == ("VERIFIED", "verified", "✓")
    assert (badge(DOUBTFUL), quiet_badge(DOUBTFUL), sign(DOUBTFUL)) == (
        "UNVERIFIED",
        "UNVERIFIED",
        "?",
    )
    assert tally((HOLDS, HOLDS)) == "all verified"
    assert tally((HOLDS, DOUBTFUL)) == "1 UNVERIFIED"


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
