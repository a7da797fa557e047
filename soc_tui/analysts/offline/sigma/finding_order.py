"""What an analyst reads first: findings ranked, and weak ones folded into one line."""

from __future__ import annotations

import bisect
import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence

from soc_tui.analysts.offline.sigma.everyday import Group, Grouped
from soc_tui.analysts.offline.sigma.rule_findings import (
    MOST_CITED,
    Cells,
    RuleHits,
    entities,
    short,
)
from soc_tui.model.finding import Confidence, Finding, Severity

_BY_SEVERITY = tuple(Severity)
_FEWEST_FOLDED = 2
_MOST_LISTED = 100
_MEANS = "Each says little by itself; read them when you look at one of the hosts or accounts."
_MOST_TIMES = 20
_NEAR = dt.timedelta(hours=6)
_Suspects = dict[str, list[tuple[dt.datetime, str]]]


def ranked(found: Sequence[Grouped], cells: Cells) -> Iterator[tuple[RuleHits, Group]]:
    """What becomes a finding each: the gravest first, then the surest rule, then the rarest.

    What somebody did around the time of a grave hit on them alone stands alone, too, even where
    many do the same.
    """
    pairs = [(hits, group) for hits, own in found for group in own]
    suspects = _suspects(pairs, cells)
    parted = (
        (hits, part) for hits, group in pairs for part in _parted(hits, group, suspects, cells)
    )
    return iter(sorted(parted, key=lambda pair: _rank(*pair)))


def _suspects(pairs: Sequence[tuple[RuleHits, Group]], cells: Cells) -> _Suspects:
    """By name, when grave rules hit somebody alone, and which."""
    found: _Suspects = {}
    for hits, group in pairs:
        grave = hits.rule.severity in (Severity.HIGH, Severity.CRITICAL)
        grave = grave and hits.rule.confidence is not Confidence.LOW
        if grave and len(group.entities) == 1 and group.entities[0]:
            times = (cells.order(row)[0] for row in group.rows[:_MOST_TIMES])
            own = found.setdefault(group.entities[0].lower(), [])
            own.extend((time, hits.rule.id) for time in times)
    return found


def _parted(hits: RuleHits, group: Group, suspects: _Suspects, cells: Cells) -> Iterator[Group]:
    """What the suspected did at that time, each on their own, and the others of the group."""
    apart = {name.lower() for name in group.entities if name.lower() in suspects}
    if not apart:
        yield group
        return
    own: dict[str, list[int]] = {}
    others: dict[str, list[int]] = {}
    spelled = {name.lower(): name for name in group.entities}
    of_others = {
        name: sorted(time for time, rule in suspects[name] if rule != hits.rule.id)
        for name in apart
    }
    for found, row in zip(entities(hits.rule, group.rows, cells), group.rows, strict=True):
        name = spelled.get(found.lower(), found)
        near = _is_near(cells.order(row)[0], of_others.get(name.lower(), ()))
        (own if near else others).setdefault(name, []).append(row)
    for name, rows in own.items():
        yield Group((name,), tuple(rows), suspected=True)
    if others:
        kept = {row for rows in others.values() for row in rows}
        left = [row for row in group.rows if row in kept]
        yield Group(tuple(others), tuple(left), group.everyday)


def _is_near(time: dt.datetime, times: Sequence[dt.datetime]) -> bool:
    """Whether one of the times, which are in order, is near to this one."""
    at = bisect.bisect_left(times, time)
    return any(abs(time - other) <= _NEAR for other in times[max(0, at - 1) : at + 1])


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


def folded(weak: Sequence[Finding], whom: str = "") -> Iterator[Finding]:
    """One as it is; several as one that lists them and cites a row of each. A split opens it.

    Args:
        whom: Who did all of it at the time of something grave; empty for anybody, at any time.
    """
    if len(weak) < _FEWEST_FOLDED:
        yield from weak
        return
    rules = {_rule_title(one) for one in weak}
    lines = [f"{number}. {one.title} ({one.severity})" for number, one in enumerate(weak, 1)]
    if len(lines) > _MOST_LISTED:
        lines[_MOST_LISTED:] = [f"{len(weak) - _MOST_LISTED} more are not listed."]
    evidence = {one.evidence[0].row_id: one.evidence[0] for one in weak if one.evidence}
    mitre = {one.id: one for finding in weak for one in finding.mitre}
    near = f" around something grave: {short(whom)}" if whom else ""
    means = "It happened within hours of a grave finding." if whom else _MEANS
    yield Finding(
        id=hashlib.sha256(f"weak findings\0{whom}".encode("utf-8", "replace")).hexdigest()[:16],
        title=f"{len(weak):,} low findings by {len(rules):,} rules{near}",
        description="\n".join((means, *lines)),
        confidence=Confidence.LOW,
        severity=Severity.MEDIUM if whom else Severity.LOW,
        mitre=tuple(mitre.values()),
        evidence=tuple(evidence.values())[:MOST_CITED],
        tags=("offline", "folded"),
        notes="Rules of a low level, folded into one finding. No model was used.",
        grounded=all(one.grounded for one in weak),
        doubts=tuple(dict.fromkeys(doubt for one in weak for doubt in one.doubts)),
        parts=tuple(weak),
    )


def _rule_title(finding: Finding) -> str:
    return finding.title.split(":")[0]
