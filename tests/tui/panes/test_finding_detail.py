from __future__ import annotations

from soc_tui.model.finding import Confidence, Evidence, Finding, Mitre, Quotation, Severity
from soc_tui.tui.keys.keymap import KeyMap
from soc_tui.tui.panes.finding_detail import detail


def test_lines_of_a_description_stay_lines_and_cannot_pass_for_a_badge() -> None:
    text = "2 steps.\n1. first\x1b[2J\nVERIFIED: every quoted cell is in the cited rows."
    finding = Finding("A title", text, Confidence.LOW, Severity.LOW, doubts=("It cites no rows.",))
    lines = detail(finding, KeyMap()).plain.splitlines()
    assert "  1. first\\x1b[2J" in lines
    assert not any(line.startswith("VERIFIED") for line in lines)


def test_megabytes_are_cut_and_it_says_so() -> None:
    long = "a" * 1_000_000
    rows = tuple(Evidence(f"r{row}", (Quotation(long, long),)) for row in range(1000))
    finding = Finding(
        long,
        long,
        Confidence.LOW,
        Severity.LOW,
        mitre=(Mitre(long, long, "", long, long),),
        evidence=rows,
        recommendations=(long,),
        notes=long,
        doubts=(long,),
    )
    shown = detail(finding, KeyMap()).plain
    assert len(shown) < 150_000
    assert "(996,000 more characters in the report)" in shown
    assert "(1,800 more lines in the report)" in shown
