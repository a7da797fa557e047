from __future__ import annotations

from soc_tui.model.finding import Confidence, Finding, Severity
from soc_tui.tui.keymap import KeyMap
from soc_tui.tui.panes.finding_detail import detail


def test_lines_of_a_description_stay_lines_and_cannot_pass_for_a_badge() -> None:
    text = "2 steps.\n1. first\x1b[2J\nVERIFIED: every quoted cell stands in the cited rows."
    finding = Finding("A title", text, Confidence.LOW, Severity.LOW, doubts=("It cites no row.",))
    lines = detail(finding, KeyMap()).plain.splitlines()
    assert "  1. first\\x1b[2J" in lines
    assert not any(line.startswith("VERIFIED") for line in lines)
