"""What came out differently when a hunt was done twice. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from soc_tui.model.finding import Finding

# Two findings are the same from this likeness on (0-1).
_ALIKE = 0.5
_TIMES = frozenset({"TimeGenerated", "Timestamp"})


@dataclass(frozen=True, slots=True)
class Comparison:
    """Findings of two runs of one hunt.

    Attributes:
        same: Pairs of the earlier and the later one.
        gone: Only the earlier hunt has them.
        new: Only the later hunt has them.
    """

    same: tuple[tuple[Finding, Finding], ...]
    gone: tuple[Finding, ...]
    new: tuple[Finding, ...]


def compare(
    earlier: tuple[Finding, ...], later: tuple[Finding, ...], *, same_rows: bool = True
) -> Comparison:
    """Pair off what is the same thing seen twice, the most alike first. Pure.

    Likeness is the share of cited rows that both cite; a quarter more for a technique in common,
    and for the same title.

    Args:
        same_rows: Both went through the same rows. If not, a row's id says nothing, and the share
            is that of quoted cells and indicators.
    """
    cited = _rows_cited if same_rows else _things_cited
    scored = sorted(
        (
            (_likeness(one, other, cited), -i, -j)
            for i, one in enumerate(earlier)
            for j, other in enumerate(later)
        ),
        reverse=True,
    )
    partner: dict[int, int] = {}
    for score, i, j in scored:
        if score >= _ALIKE and -i not in partner and -j not in partner.values():
            partner[-i] = -j
    taken = set(partner.values())
    return Comparison(
        same=tuple((earlier[i], later[partner[i]]) for i in sorted(partner)),
        gone=tuple(one for i, one in enumerate(earlier) if i not in partner),
        new=tuple(other for j, other in enumerate(later) if j not in taken),
    )


def differences(earlier: Finding, later: Finding) -> tuple[str, ...]:
    """What changed in a finding, in words; nothing when it is the same in all that is judged."""
    facts = (
        ("severity", earlier.severity.value, later.severity.value),
        ("confidence", earlier.confidence.value, later.confidence.value),
        ("", _badge(earlier), _badge(later)),
        ("ATT&CK", _ids(earlier), _ids(later)),
        ("rows", str(len(earlier.evidence)), str(len(later.evidence))),
    )
    return tuple(f"{name} {old} → {new}".strip() for name, old, new in facts if old != new)


def _rows_cited(finding: Finding) -> frozenset[object]:
    return frozenset(item.row_id for item in finding.evidence)


def _things_cited(finding: Finding) -> frozenset[object]:
    """What would be cited of the same event in any other answer: no row ids, no times."""
    cells = {
        (cell.column, cell.text)
        for item in finding.evidence
        for cell in item.quotations
        if cell.column not in _TIMES
    }
    return frozenset(cells | {(ioc.type, ioc.value) for ioc in finding.iocs})


def _likeness(one: Finding, other: Finding, cited: Callable[[Finding], frozenset[object]]) -> float:
    rows, others = cited(one), cited(other)
    shared = len(rows & others) / len(rows | others) if rows | others else 0.0
    techniques = {mitre.technique for mitre in one.mitre} & {m.technique for m in other.mitre}
    same_title = one.title.casefold() == other.title.casefold()
    return shared + 0.25 * bool(techniques) + 0.25 * same_title


def _badge(finding: Finding) -> str:
    return "verified" if finding.grounded else "UNVERIFIED"


def _ids(finding: Finding) -> str:
    return ", ".join(mitre.id for mitre in finding.mitre) or "none"
