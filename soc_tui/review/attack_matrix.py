"""Findings by MITRE ATT&CK tactic and technique. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from soc_tui.model.attack import TACTICS
from soc_tui.model.finding import Finding, Mitre, Severity
from soc_tui.model.grounded import technique_sign

_SEVERITIES = tuple(Severity)


@dataclass(frozen=True, slots=True)
class Technique:
    """One technique or sub-technique that findings name under one tactic.

    Attributes:
        count, verified: Findings that name it, and those of them that hold.
        worst: Highest severity of these findings.
        fit: Sign for whether it fits the rows of one of them.
    """

    id: str
    name: str
    count: int
    verified: int
    worst: Severity
    fit: str = ""


@dataclass(frozen=True, slots=True)
class Tactic:
    """One tactic (empty name: none was cited) and what was found of it, worst first."""

    name: str
    techniques: tuple[Technique, ...] = ()


def matrix(findings: Iterable[Finding]) -> tuple[Tactic, ...]:
    """All listed tactics in the order of an intrusion, then cited ones that are not listed."""
    cells: dict[str, dict[str, dict[str, tuple[Mitre, Finding]]]] = {name: {} for name in TACTICS}
    for number, finding in enumerate(findings):
        for mitre in finding.mitre:
            under = cells.setdefault(mitre.tactic, {})
            # A finding counts once, however often it names the technique.
            under.setdefault(mitre.id, {}).setdefault(str(number), (mitre, finding))
    return tuple(
        Tactic(name, tuple(sorted((_cell(*one) for one in under.items()), key=_worst_first)))
        for name, under in cells.items()
    )


def _cell(identifier: str, named: dict[str, tuple[Mitre, Finding]]) -> Technique:
    findings = [finding for _, finding in named.values()]
    return Technique(
        identifier,
        next((mitre.name for mitre, _ in named.values() if mitre.name), ""),
        len(findings),
        sum(finding.grounded for finding in findings),
        max((finding.severity for finding in findings), key=_SEVERITIES.index),
        technique_sign(finding.checks for finding in findings),
    )


def _worst_first(technique: Technique) -> tuple[object, ...]:
    return -_SEVERITIES.index(technique.worst), -technique.count, technique.id
