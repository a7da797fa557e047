"""What an analyst reads first: findings ranked, and weak ones folded into one line."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from soc_tui.analysts.offline.sigma.everyday import Group, groups
from soc_tui.analysts.offline.sigma.rule_findings import MOST_CITED, Cells, RuleHits
from soc_tui.model.finding import Confidence, Finding, Severity

_BY_SEVERITY = tuple(Severity)
_FEWEST_FOLDED = 4
_MOST_LISTED = 100


def ranked(found: Sequence[RuleHits], cells: Cells) -> Iterator[tuple[RuleHits, Group]]:
    """What becomes a finding each: the gravest first, then the surest rule, then the rarest."""
    pairs = [(hits, group) for hits in found for group in groups(hits, cells)]
    return iter(sorted(pairs, key=lambda pair: _rank(*pair)))


def _rank(hits: RuleHits, group: Group) -> tuple[int, bool, int, int]:
    rule = hits.rule
    return (
        -_BY_SEVERITY.index(rule.severity),
        group.everyday,
        -_sureness(rule.confidence),
        len(hits.rows),
    )


def _sureness(confidence: Confidence) -> int:
    order = (Confidence.LOW, Confidence.MEDIUM, Confidence.HIGH)
    return order.index(confidence)


def is_weak(finding: Finding) -> bool:
    """Whether it says little by itself: a low level, or a medium one that is not sure."""
    if finding.severity is Severity.MEDIUM:
        return finding.confidence is Confidence.LOW
    return finding.severity in (Severity.LOW, Severity.INFORMATIONAL)


def folded(weak: Sequence[Finding]) -> Iterator[Finding]:
    """A few as they are; many as one that lists them and cites a row of each. A split opens it."""
    if len(weak) < _FEWEST_FOLDED:
        yield from weak
        return
    rules = {_rule_title(one) for one in weak}
    lines = [f"{number}. {one.title} ({one.severity})" for number, one in enumerate(weak, 1)]
    if len(lines) > _MOST_LISTED:
        lines[_MOST_LISTED:] = [f"{len(weak) - _MOST_LISTED} more are not listed."]
    evidence = {one.evidence[0].row_id: one.evidence[0] for one in weak if one.evidence}
    mitre = {one.id: one for finding in weak for one in finding.mitre}
    yield Finding(
        id=hashlib.sha256(b"weak findings").hexdigest()[:16],
        title=f"{len(weak):,} low findings by {len(rules):,} rules",
        description="Each says little by itself; read them when you look at one of the hosts or"
        " accounts.\n" + "\n".join(lines),
        confidence=Confidence.LOW,
        severity=Severity.LOW,
        mitre=tuple(mitre.values()),
        iocs=(),
        evidence=tuple(evidence.values())[:MOST_CITED],
        recommendations=(),
        tags=("offline", "folded"),
        notes="Rules of a low level, folded into one finding. No model was used.",
        grounded=all(one.grounded for one in weak),
        doubts=tuple(dict.fromkeys(doubt for one in weak for doubt in one.doubts)),
        parts=tuple(weak),
    )


def _rule_title(finding: Finding) -> str:
    return finding.title.split(":")[0]
