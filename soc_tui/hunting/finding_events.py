"""Turns what a running hunt yields into its new state and an event. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from soc_tui.analysts import (
    Covered,
    HuntItem,
    Merged,
    Notice,
    Progress,
    Silence,
    Unreadable,
    Waiting,
)
from soc_tui.hunting.analyst_events import noticed, spend
from soc_tui.model.events import (
    ChunkDone,
    Event,
    FindingArrived,
    FindingsMerged,
    ReceiptArrived,
    SpendRecorded,
)
from soc_tui.model.exclusion import Exclusion
from soc_tui.model.finding import Finding
from soc_tui.model.hunt import Hunt
from soc_tui.model.quote import Usage
from soc_tui.review.exclusions import excluded
from soc_tui.review.triage_memory import TriageMemory


@dataclass(frozen=True, slots=True)
class LeavesOut:
    """What is left out of the findings, on this UTC day."""

    exclusions: tuple[Exclusion, ...] = ()
    today: dt.date = dt.date.min

    def why(self, finding: Finding) -> Exclusion | None:
        """The exclusion that it falls under."""
        return excluded(finding, self.exclusions, self.today)


class Arrivals:
    """Counts the findings of one hunt: the nth that arrived has the id `fn` and keeps it.

    Args:
        memory: What was decided about the same findings before.
        leaves_out: What is not told, but counted.
        behind: Numbers that findings of the hunt have already.
    """

    def __init__(
        self,
        memory: TriageMemory | None = None,
        leaves_out: LeavesOut | None = None,
        behind: int = 0,
    ) -> None:
        self._count = behind
        self._leaves_out = leaves_out or LeavesOut()
        self._memory = memory or TriageMemory()

    def event(self, hunt: Hunt, item: HuntItem) -> Event:
        """What the item is to a reader of events; its hunt is the state after it."""
        match item:
            case Finding():
                return self._arrived(hunt, item)
            case Merged():
                return _merged(hunt, item, self._memory)
            case Progress():
                after = replace(hunt, unseen=item.unseen, read=item.read)
                return ChunkDone(after, item.done, item.total)
            case Covered():
                return _covered(hunt, item)
            case Usage():
                return SpendRecorded(spend(hunt, item), item)
            case Notice():
                return noticed(_told(hunt, item), item)

    def _arrived(self, hunt: Hunt, item: Finding) -> Event:
        self._count += 1
        finding = self._memory.recall(replace(item, id=_id(self._count)))
        if exclusion := self._leaves_out.why(finding):
            return _left_out(hunt, finding, exclusion)
        return FindingArrived(replace(hunt, findings=(*hunt.findings, finding)), finding)


def _left_out(hunt: Hunt, finding: Finding, exclusion: Exclusion) -> Event:
    told = f"Left out, as an exclusion says: {finding.title} ({exclusion.text})."
    hunt = replace(hunt, excluded=hunt.excluded + 1, notes=(*hunt.notes, told))
    return noticed(hunt, Notice(told))


def _told(hunt: Hunt, notice: Notice) -> Hunt:
    """The hunt with what a notice leaves behind: its words, and a finding that was not read."""
    kept = () if isinstance(notice, Waiting) else (notice.message,)
    hunt = replace(hunt, notes=(*hunt.notes, *kept))
    if isinstance(notice, Silence):
        return replace(hunt, silent_rows=notice.rows)
    if not (isinstance(notice, Unreadable) and hunt.unseen):
        return hunt
    count = hunt.unseen.findings_unread + 1
    return replace(hunt, unseen=replace(hunt.unseen, findings_unread=count))


def _covered(hunt: Hunt, item: Covered) -> ReceiptArrived:
    receipt = hunt.receipt.with_rules(item.receipt) if hunt.receipt else item.receipt
    return ReceiptArrived(replace(hunt, receipt=receipt, unseen=item.unseen))


def _id(number: int) -> str:
    return f"f{number}"


def _merged(hunt: Hunt, item: Merged, memory: TriageMemory) -> FindingsMerged:
    finding = memory.recall(replace(item.finding, id=_id(item.position + 1)))
    absorbed = tuple(_id(position + 1) for position in item.absorbed)
    there = {other.id for other in hunt.findings}
    # One that was left out and has grown since takes the place of the first that it absorbs.
    place = next((one for one in (finding.id, *absorbed) if one in there), "")
    findings = tuple(
        finding if other.id == place else other
        for other in hunt.findings
        if other.id == place or other.id not in absorbed
    )
    return FindingsMerged(replace(hunt, findings=findings), finding, absorbed)
