"""Compares two runs of a hunt. Pure."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from soc_tui.model.finding import Finding
from soc_tui.model.grounded import quiet_badge
from soc_tui.model.time_columns import TIME_COLUMNS

# Two findings are the same from this likeness on (0-1).
_ALIKE = 0.5
_MOST_PARTNERS = 50
"""Of one finding's possible partners: ten thousand that all cite one row are a hundred million."""


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
    cited = _rows_cited if same_rows else things_cited
    ones, others = ([_Known.of(one, cited) for one in findings] for findings in (earlier, later))
    partner = _equal(ones, others)
    paired = set(partner.values())
    for _, i, j in sorted(_alike(ones, others, partner, paired)):
        if i not in partner and j not in paired:
            partner[i] = j
            paired.add(j)
    return Comparison(
        same=tuple((earlier[i], later[partner[i]]) for i in sorted(partner)),
        gone=tuple(one for i, one in enumerate(earlier) if i not in partner),
        new=tuple(other for j, other in enumerate(later) if j not in paired),
    )


@dataclass(frozen=True, slots=True)
class _Known:
    """What findings are compared by."""

    cited: frozenset[object]
    techniques: frozenset[str]
    title: str

    @classmethod
    def of(cls, finding: Finding, cited: Callable[[Finding], frozenset[object]]) -> _Known:
        techniques = frozenset(mitre.technique for mitre in finding.mitre)
        return cls(cited(finding), techniques, finding.title.casefold())

    def likeness(self, other: _Known, shared: int) -> float:
        """How alike they are, from 0 to 1.5.

        Args:
            shared: How much both cite.
        """
        together = len(self.cited) + len(other.cited) - shared
        return (
            (shared / together if together else 0.0)
            + 0.25 * bool(self.techniques & other.techniques)
            + 0.25 * (self.title == other.title)
        )


def _equal(ones: Sequence[_Known], others: Sequence[_Known]) -> dict[int, int]:
    """Partners that are equal in everything, which no other can be more than."""
    waiting: dict[_Known, list[int]] = {}
    for j in reversed(range(len(others))):
        waiting.setdefault(others[j], []).append(j)
    return {
        i: waiting[one].pop()
        for i, one in enumerate(ones)
        if waiting.get(one) and one.likeness(one, len(one.cited)) >= _ALIKE
    }


def _alike(
    ones: Sequence[_Known], others: Sequence[_Known], partner: Mapping[int, int], paired: set[int]
) -> Iterator[tuple[float, int, int]]:
    """Likeness (negative: the most alike sort first) and places of those of the rest.

    Only what cites something in common, or has the title and a technique in common, can be alike.
    """
    citing: dict[object, list[int]] = {}
    titled: dict[str, list[int]] = {}
    for j, other in enumerate(others):
        if j not in paired:
            titled.setdefault(other.title, []).append(j)
            for thing in other.cited:
                citing.setdefault(thing, []).append(j)
    for i, one in enumerate(ones):
        if i in partner:
            continue
        shared = Counter(j for thing in one.cited for j in citing.get(thing, ()))
        near = {*shared, *titled.get(one.title, ())}
        scored = ((-one.likeness(others[j], shared[j]), i, j) for j in near)
        yield from heapq.nsmallest(_MOST_PARTNERS, (at for at in scored if at[0] <= -_ALIKE))


def differences(earlier: Finding, later: Finding) -> tuple[str, ...]:
    """What changed in a finding, in words; nothing when it is the same in all that is judged."""
    facts = (
        ("severity", earlier.severity.value, later.severity.value),
        ("confidence", earlier.confidence.value, later.confidence.value),
        ("", quiet_badge(earlier), quiet_badge(later)),
        ("ATT&CK", _ids(earlier), _ids(later)),
        ("rows", str(len(earlier.evidence)), str(len(later.evidence))),
    )
    return tuple(f"{name} {old} → {new}".strip() for name, old, new in facts if old != new)


def _rows_cited(finding: Finding) -> frozenset[object]:
    return frozenset(item.row_id for item in finding.evidence)


def things_cited(finding: Finding) -> frozenset[object]:
    """What would be cited of the same event in any other answer: no row ids, no times. Pure."""
    cells = {
        (cell.column, cell.text)
        for item in finding.evidence
        for cell in item.quotations
        if cell.column not in TIME_COLUMNS
    }
    return frozenset(cells | {(ioc.type, ioc.value) for ioc in finding.iocs})


def _ids(finding: Finding) -> str:
    return ", ".join(mitre.id for mitre in finding.mitre) or "none"
