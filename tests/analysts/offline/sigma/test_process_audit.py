"""Rules about processes on event 4688, which holds less than the endpoint tables."""

from __future__ import annotations

import pytest

from soc_tui.analysts.offline.sigma.hunting import RuleHunt
from soc_tui.analysts.offline.sigma.matching import RuleMatcher
from soc_tui.analysts.offline.sigma.process_audit import on_security_events
from soc_tui.analysts.offline.sigma.rule_library import RuleLibrary
from soc_tui.model.finding import Finding
from tests.analysts.offline.sigma.rows_by_hand import make_rows, one_rule

DUMP = {
    "Computer": "host-1",
    "EventID": 4688,
    "NewProcessName": r"C:\Windows\System32\rundll32.exe",
    "CommandLine": r"rundll32.exe C:\windows\system32\comsvcs.dll, MiniDump 612 C:\t\l.dmp full",
    "ParentProcessName": r"C:\Windows\System32\cmd.exe",
}


def test_what_the_event_holds_is_found() -> None:
    shadow = DUMP | {
        "NewProcessName": r"C:\Windows\System32\vssadmin.exe",
        "CommandLine": "vssadmin delete shadows /all /quiet",
    }
    other = DUMP | {"EventID": 4689}
    hunt = RuleHunt(make_rows([DUMP, shadow, other]), "SecurityEvent", RuleLibrary().load())
    found = {one.title: one for one in hunt.findings() if isinstance(one, Finding)}
    assert {"LSASS memory dumped: host-1", "Recovery inhibited: host-1"} <= set(found)
    assert [one.row_id for one in found["LSASS memory dumped: host-1"].evidence] == ["r1"]
    assert all(one.grounded for one in found.values())


@pytest.mark.parametrize(
    ("detection", "kept"),
    [
        ("  s: {FileName: a.exe, ProcessCommandLine|contains: x}\n  condition: s", True),
        ("  s: {FileName|startswith: a}\n  condition: s", True),
        ("  s: {SHA256: x}\n  condition: s", False),
        ("  s: {FileName: a}\n  f: {InitiatingProcessCommandLine: x}\n  condition: s or f", True),
        (
            "  s: {FileName: a}\n  f: {InitiatingProcessCommandLine: x}\n  condition: s and not f",
            False,
        ),
    ],
)
def test_a_rule_needs_what_the_event_holds(detection: str, kept: bool) -> None:
    assert (on_security_events(one_rule(detection)) is not None) is kept


def test_a_name_is_the_end_of_a_path() -> None:
    rule = on_security_events(one_rule("  s: {FileName: [dll32.exe, run.exe]}\n  condition: s"))
    assert rule is not None
    paths = [r"C:\rundll32.exe", r"C:\x\RUN.exe", "run.exe"]
    rows = make_rows([{"EventID": 4688, "NewProcessName": path} for path in paths])
    assert RuleMatcher(rows, [rule]).hits(rule) == [1]
