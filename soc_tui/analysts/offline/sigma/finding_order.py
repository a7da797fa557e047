"""What an analyst reads first: findings ranked, and weak ones folded into one line."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence

from soc_tui.analysts.offline.sigma.everyday import Group, groups
from soc_tui.analysts.offline.sigma.rule_findings import MOST_CITED, Cells, RuleHits, entities
from soc_tui.model.finding import Confidence, Finding, Severity

_BY_SEVERITY = tuple(Severity)
_FEWEST_FOLDED = 2
_MOST_LISTED = 100


def ranked(found: Sequence[RuleHits], cells: Cells) -> Iterator[tuple[RuleHits, Group]]:
    """What becomes a finding each: the gravest first, then the surest rule, then the rarest.

    Somebody whom a grave rule names alone also stands alone where others do the same as they.
    """
    pairs = [(hits, group) for hits in found for group in groups(hits, cells)]
    suspects = _suspects(pairs)
    parted = (
        (hits, part) for hits, group in pairs for part in _parted(hits, group, suspects, cells)
    )
    return iter(sorted(parted, key=lambda pair: _rank(*pair)))


def _suspects(pairs: Sequence[tuple[RuleHits, Group]]) -> dict[str, set[str]]:
    """Names of those whom grave rules hit alone, and the rules' ids."""
    found: dict[str, set[str]] = {}
    for hits, group in pairs:
        grave = hits.rule.severity in (Severity.HIGH, Severity.CRITICAL)
        if grave and len(group.entities) == 1 and group.entities[0]:
            found.setdefault(group.entities[0].lower(), set()).add(hits.rule.id)
    return found


def _parted(
    hits: RuleHits, group: Group, suspects: Mapping[str, set[str]], cells: Cells
) -> Iterator[Group]:
    """Those whom another rule suspects on their own, and the others of the group."""
    apart = {
        name.lower()
        for name in group.entities
        if suspects.get(name.lower(), set()) - {hits.rule.id}
    }
    if not apart:
        yield group
        return
    rows: dict[str, list[int]] = {}
    for name, row in zip(entities(hits.rule, group.rows, cells), group.rows, strict=True):
        rows.setdefault(name.lower() if name.lower() in apart else "", []).append(row)
    for name in group.entities:
        if name.lower() in apart:
            yield Group((name,), tuple(rows[name.lower()]), suspected=True)
    others = tuple(name for name in group.entities if name.lower() not in apart)
    if others:
        yield Group(others, tuple(rows[""]), group.everyday)


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
