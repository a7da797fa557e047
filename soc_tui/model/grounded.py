"""The words for whether a finding holds: each quoted cell and indicator is in its rows."""

from __future__ import annotations

from collections.abc import Iterable

from soc_tui.model.finding import Finding

VERIFIED, UNVERIFIED = "VERIFIED", "UNVERIFIED"
MEANING = "every quoted cell and indicator is in the cited rows."
SIGN, DOUBTFUL_SIGN = "✓", "?"


def badge(finding: Finding) -> str:
    """One word. A finding that does not hold is told in capitals everywhere."""
    return VERIFIED if finding.grounded else UNVERIFIED


def sign(finding: Finding) -> str:
    """One character, where there is no room for the word."""
    return SIGN if finding.grounded else DOUBTFUL_SIGN


def quiet_badge(finding: Finding) -> str:
    """As `badge`, where only what does not hold is to stand out."""
    return VERIFIED.lower() if finding.grounded else UNVERIFIED


def unverified_count(findings: Iterable[Finding]) -> int:
    """How many do not hold."""
    return sum(not finding.grounded for finding in findings)


def tally(findings: Iterable[Finding]) -> str:
    """How many of several do not hold: `2 UNVERIFIED`, or `all verified`."""
    count = unverified_count(findings)
    return f"{count} {UNVERIFIED}" if count else f"all {VERIFIED.lower()}"
