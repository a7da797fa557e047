"""A hunt of before, shown again or done again on the same rows; and what came out differently."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from soc_tui.analysts import OFFLINE
from soc_tui.history.bundle_file import Bundle, unpack
from soc_tui.hunting.hunter import Hunter
from soc_tui.model.catalog import Column
from soc_tui.model.errors import HistoryError, WorkspaceError
from soc_tui.model.finding import Finding
from soc_tui.model.hunt import Hunt, Status
from soc_tui.model.rows import Rows

# Two findings are the same from this likeness on (0-1).
_ALIKE = 0.5


@dataclass(frozen=True, slots=True)
class Comparison:
    """Findings of two hunts through the same rows.

    Attributes:
        same: Pairs of the earlier and the later one.
        gone: Only the earlier hunt has them.
        new: Only the later hunt has them.
    """

    same: tuple[tuple[Finding, Finding], ...]
    gone: tuple[Finding, ...]
    new: tuple[Finding, ...]


class BundleWorkspace:
    """Stands for the workspace that a bundle's rows came from; it answers no query."""

    def __init__(self, name: str) -> None:
        self.name = name

    async def query(
        self, kql: str, *, timespan: dt.timedelta | None = None, max_rows: int | None = None
    ) -> Rows:
        """Always WorkspaceError."""
        raise WorkspaceError(
            "A bundle answers no new query.", "It holds the rows of one.", "Use the workspace."
        )

    async def schema(self) -> Mapping[str, tuple[Column, ...]]:
        """No tables."""
        return {}

    async def aclose(self) -> None:
        """Nothing to release."""


def open_bundle(path: Path) -> Bundle:
    """The bundle in a file, its findings checked against its rows anew. Blocks.

    What the file says of itself proves nothing: anybody may have written "verified" into it.

    Raises:
        HistoryError: it cannot be read, or is no bundle.
    """
    bundle = unpack(path)
    findings = tuple(_checked(finding, bundle.hunt) for finding in bundle.hunt.findings)
    return replace(bundle, hunt=replace(bundle.hunt, findings=findings))


def again(hunter: Hunter, bundle: Bundle) -> Hunt:
    """A new hunt through the bundle's rows, ready to be quoted.

    Raises:
        HistoryError: the bundle has no rows.
    """
    old = bundle.hunt
    if old.rows is None or not old.rows.count:
        raise HistoryError(
            "This hunt cannot be done again.",
            f"Its rows are not in the bundle: {bundle.left_out or 'it has none'}.",
            "Run its query again.",
        )
    return replace(
        hunter.new_hunt(old.request, old.kql),
        status=Status.QUERIED,
        plan=old.plan,
        verdict=old.verdict,
        rows=old.rows,
        row_count=old.rows.count,
        partial=old.rows.partial or "",
        notes=(f"Done again on the rows of hunt {old.id}.",),
    )


def compare(earlier: tuple[Finding, ...], later: tuple[Finding, ...]) -> Comparison:
    """Pair off what is the same thing seen twice, the most alike first. Pure.

    Likeness is the share of cited rows that both cite; half as much again for a technique in
    common, and for the same title.
    """
    scored = sorted(
        (
            (_likeness(one, other), -i, -j)
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


def _checked(finding: Finding, hunt: Hunt) -> Finding:
    from soc_tui.analysts.grounding import ground

    if hunt.rows is None:
        doubts = ("Its rows are not in the bundle, so nothing could be checked.",)
        return replace(finding, grounded=False, doubts=doubts)
    return ground(finding, hunt.rows, own_words=hunt.analyst != OFFLINE)


def _likeness(one: Finding, other: Finding) -> float:
    rows, others = ({item.row_id for item in finding.evidence} for finding in (one, other))
    shared = len(rows & others) / len(rows | others) if rows | others else 0.0
    techniques = {mitre.technique for mitre in one.mitre} & {m.technique for m in other.mitre}
    same_title = one.title.casefold() == other.title.casefold()
    return shared + 0.25 * bool(techniques) + 0.25 * same_title


def _badge(finding: Finding) -> str:
    return "verified" if finding.grounded else "UNVERIFIED"


def _ids(finding: Finding) -> str:
    return ", ".join(mitre.id for mitre in finding.mitre) or "none"
