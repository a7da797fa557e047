"""Reruns of past hunts, and comparison of two runs. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TypeVar

from soc_tui.model.hunt import Hunt, Status
from soc_tui.model.listing import Listed
from soc_tui.review.compare_runs import Comparison, compare

R = TypeVar("R", Hunt, Listed)
_BROKEN_OFF = {Status.CANCELLED, Status.FAILED, Status.REFUSED, Status.INTERRUPTED}


def asked_as(fresh: Hunt, old: Hunt) -> Hunt:
    """A hunt that has not begun, with what led to the query of an older one."""
    return replace(
        fresh, plan=old.plan, parent=old.parent, earlier=old.earlier, playbook=old.playbook
    )


def repeated(fresh: Hunt, old: Hunt) -> Hunt:
    """A hunt that has not started, as the next run of a past one."""
    return replace(asked_as(fresh, old), repeats=old.id, notes=(f"Run again: hunt {old.id}.",))


def runs(hunt: Hunt | Listed, hunts: Iterable[R]) -> Iterator[R]:
    """Those that are other runs of the same hunt: one repeats the other, or both asked the same."""
    for other in hunts:
        if other.id != hunt.id and (_linked(hunt, other) or _same_question(hunt, other)):
            yield other


def hunted(status: Status, findings: int) -> bool:
    """True when a hunt got so far that it says something to have found nothing, or what it found.

    Args:
        findings: How many it has.
    """
    return bool(findings) or status in {Status.FOUND, Status.NO_FINDINGS, Status.NO_ROWS}


def doubts(hunt: Hunt) -> tuple[str, ...]:
    """Why a run may have missed findings that another has, in words."""
    told = []
    if hunt.status in _BROKEN_OFF:
        told.append(f"it was {hunt.status.value}")
    elif not hunted(hunt.status, len(hunt.findings)):
        told.append(f"it was not hunted ({hunt.status.value})")
    if hunt.partial:
        told.append("the workspace returned a partial result")
    if hunted(hunt.status, len(hunt.findings)) and hunt.coverage.gaps:
        told.append(f"not all was seen ({'; '.join(hunt.coverage.gaps)})")
    return tuple(told)


def compare_runs(earlier: Hunt, later: Hunt) -> Comparison:
    """The new, gone and same findings of the later run."""
    return compare(earlier.findings, later.findings, same_rows=False)


def same_query(hunt: Hunt, other: Hunt) -> bool:
    """True when both ran the same text, but for its layout."""
    return hunt.kql.split() == other.kql.split()


def _linked(hunt: Hunt | Listed, other: Hunt | Listed) -> bool:
    return other.repeats in {hunt.id, hunt.repeats} - {""} or hunt.repeats == other.id


def _same_question(hunt: Hunt | Listed, other: Hunt | Listed) -> bool:
    if hunt.request.strip():
        return _plain(hunt.request) == _plain(other.request)
    return bool(hunt.kql.strip()) and _plain(hunt.kql) == _plain(other.kql)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
