"""The words for whether a finding holds, and which of its three parts do.

`UNVERIFIED  rows ✓  words ?  technique not checked`
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from soc_tui.model.finding import Checks, Finding, TechniqueCheck

VERIFIED, UNVERIFIED = "VERIFIED", "UNVERIFIED"
MEANING = "the cited rows hold what is quoted, the words say no more, the technique fits."
SIGN, DOUBTFUL_SIGN, OPEN_SIGN = "✓", "?", "-"
PARTS = ("rows", "words", "technique")
"""What a badge has signs for, in this order."""
NOT_KNOWN = (
    "Whether its rows, words and technique hold is not known: an earlier version checked less."
)
_TECHNIQUE_SIGNS = {
    TechniqueCheck.KNOWN: SIGN,
    TechniqueCheck.DOUBTED: DOUBTFUL_SIGN,
    TechniqueCheck.NOT_CHECKED: OPEN_SIGN,
}
_WORST_FIRST = (TechniqueCheck.DOUBTED, TechniqueCheck.NOT_CHECKED, TechniqueCheck.KNOWN)


def badge(finding: Finding) -> str:
    """One word. A finding that does not hold is told in capitals everywhere."""
    return VERIFIED if finding.grounded else UNVERIFIED


def signs(finding: Finding) -> str:
    """A character for each of `PARTS`, where there is no room for words: `✓?-`.

    `-` is what was not checked, or is not known.
    """
    checks = finding.checks
    if checks is None:
        return OPEN_SIGN * len(PARTS)
    return f"{_sign(checks.rows)}{_sign(checks.words)}{_TECHNIQUE_SIGNS[checks.technique]}"


def parts(finding: Finding) -> str:
    """Which parts hold, in words: `rows ✓  words ?  technique not checked`."""
    checks = finding.checks
    if checks is None:
        return "rows, words and technique not known"
    technique = _TECHNIQUE_SIGNS[checks.technique]
    told = checks.technique.value if technique == OPEN_SIGN else technique
    return f"rows {_sign(checks.rows)}  words {_sign(checks.words)}  technique {told}"


def full_badge(finding: Finding) -> str:
    """The word and its parts: `UNVERIFIED  rows ✓  words ?  technique not checked`."""
    return f"{badge(finding)}  {parts(finding)}"


def labels(finding: Finding) -> tuple[str, ...]:
    """As `full_badge`, for machines: `unverified`, `rows:held`, `words:doubted`, ..."""
    checks = finding.checks
    told = (badge(finding).lower(),)
    if checks is None:
        return (*told, *(f"{part}:not-known" for part in PARTS))
    held = {True: "held", False: "doubted"}
    technique = checks.technique.value.replace(" ", "-")
    return (
        *told,
        f"rows:{held[checks.rows]}",
        f"words:{held[checks.words]}",
        f"technique:{technique}",
    )


def quiet_badge(finding: Finding) -> str:
    """As `full_badge`, where only what does not hold is to stand out."""
    return VERIFIED.lower() if finding.grounded else f"{UNVERIFIED} ({parts(finding)})"


def technique_sign(checks: Iterable[Checks | None]) -> str:
    """One character for a technique that several findings name: `✓` if it is known for one."""
    found = {one.technique for one in checks if one is not None}
    best = next((one for one in reversed(_WORST_FIRST) if one in found), None)
    return OPEN_SIGN if best is None else _TECHNIQUE_SIGNS[best]


def _sign(holds: bool) -> str:
    return SIGN if holds else DOUBTFUL_SIGN


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
