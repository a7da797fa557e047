"""One module has the words for whether a finding holds."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import soc_tui
from soc_tui.model.grounded import VERIFIED, badge, quiet_badge, sign, tally
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
