"""Hunts of before: run again, and two runs of the same hunt compared. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from soc_tui.hunting.comparing import Comparison, compare
from soc_tui.model.hunt import Hunt


def repeated(fresh: Hunt, old: Hunt) -> Hunt:
    """A hunt that has not begun, as the next run of one of before."""
    return replace(
        fresh,
        plan=old.plan,
        parent=old.parent,
        earlier=old.earlier,
        repeats=old.id,
        playbook=old.playbook,
        notes=(f"Run again: hunt {old.id}.",),
    )


def runs(hunt: Hunt, hunts: Iterable[Hunt]) -> Iterator[Hunt]:
    """Those that are other runs of the same hunt: one repeats the other, or both asked the same."""
    for other in hunts:
        if other.id != hunt.id and (_linked(hunt, other) or _same_question(hunt, other)):
            yield other


def compare_runs(earlier: Hunt, later: Hunt) -> Comparison:
    """What the later run found anew, no longer, and again."""
    return compare(earlier.findings, later.findings, same_rows=False)


def _linked(hunt: Hunt, other: Hunt) -> bool:
    return other.repeats in {hunt.id, hunt.repeats} - {""} or hunt.repeats == other.id


def _same_question(hunt: Hunt, other: Hunt) -> bool:
    if hunt.request.strip():
        return _plain(hunt.request) == _plain(other.request)
    return bool(hunt.kql.strip()) and _plain(hunt.kql) == _plain(other.kql)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
