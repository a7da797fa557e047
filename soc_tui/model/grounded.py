"""The words for whether a finding holds: each quoted cell and indicator is in its rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from soc_tui.model.finding import Checks, Finding, TechniqueCheck

VERIFIED, UNVERIFIED = "VERIFIED", "UNVERIFIED"
MEANING = "every quoted cell and indicator is in the cited rows."
SIGN, DOUBTFUL_SIGN = "✓", "?"
NOT_KNOWN = (
    "Whether its rows, words and technique hold is not known: an earlier version checked less."
)
_WORST_FIRST = (TechniqueCheck.DOUBTED, TechniqueCheck.NOT_CHECKED, TechniqueCheck.KNOWN)


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


def together(findings: Iterable[Finding]) -> Checks | None:
    """What holds of all of them; None when that is not known of one."""
    checks = [finding.checks for finding in findings]
    known = [one for one in checks if one is not None]
    if not known or len(known) < len(checks):
        return None
    return Checks(
        rows=all(one.rows for one in known),
        words=all(one.words for one in known),
        technique=min((one.technique for one in known), key=_WORST_FIRST.index),
    )


def as_recorded(finding: Finding) -> Finding:
    """A finding of a record; none holds whose three checks were not recorded."""
    parts = tuple(as_recorded(part) for part in finding.parts)
    if finding.grounded and finding.checks is None:
        doubts = tuple(dict.fromkeys((NOT_KNOWN, *finding.doubts)))
        return replace(finding, grounded=False, doubts=doubts, parts=parts)
    return finding if parts == finding.parts else replace(finding, parts=parts)
