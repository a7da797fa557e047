"""Triage of findings: states, notes, merge, split and undo. Pure.

A change is a function of findings, since more of them may arrive while it is recorded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from soc_tui.analysts.secrets.finder import hide_keys
from soc_tui.model.finding import Finding, TriageState
from soc_tui.model.grounded import together

MERGED = "merged"
"""Tag of a finding that a human has made of several."""
MOST_EDITS = 100

STATES = tuple(TriageState)

Findings = tuple[Finding, ...]
Change = Callable[[Findings], Findings]


@dataclass(frozen=True, slots=True)
class Edit:
    """One change that can be taken back: a hunt's findings before and after it."""

    hunt_id: str
    label: str
    before: Findings
    after: Findings

    @property
    def rearranged(self) -> bool:
        """True when findings were merged or split."""
        return _names(self.before) != _names(self.after)


def next_state(state: TriageState) -> TriageState:
    """The state after this one; new comes after the last."""
    return STATES[(STATES.index(state) + 1) % len(STATES)]


def with_state(identifier: str, state: TriageState) -> Change:
    """Sets the state of one finding."""
    return lambda findings: tuple(
        replace(one, state=state) if one.id == identifier else one for one in findings
    )


def with_notes(identifier: str, notes: str) -> Change:
    """Sets the notes on one finding; keys that were pasted into them are hidden."""
    kept = hide_keys(notes)
    return lambda findings: tuple(
        replace(one, notes=kept) if one.id == identifier else one for one in findings
    )


def merge(identifiers: frozenset[str]) -> Change:
    """Makes one finding of several, at the place of the first; of fewer than two, nothing."""

    def change(findings: Findings) -> Findings:
        parts = tuple(one for one in findings if one.id in identifiers)
        if len(parts) < 2:
            return findings
        whole = merged(parts)
        return tuple(
            whole if one is parts[0] else one
            for one in findings
            if one is parts[0] or one.id not in identifiers
        )

    return change


def merged(parts: Findings) -> Finding:
    """One finding of all parts: the most severe leads, and doubt about one is doubt about all.

    All notes are kept, as the user may have written them. Earlier merges come apart into their
    parts, so that one split gives everything back.
    """
    from soc_tui.analysts.grounding.merge_findings import joined

    whole = joined(parts)
    notes = dict.fromkeys(one.notes for one in parts if one.notes)
    return replace(
        whole,
        id="+".join(one.id for one in parts),
        notes="\n".join(notes),
        tags=tuple(dict.fromkeys((*whole.tags, MERGED))),
        grounded=all(one.grounded for one in parts),
        checks=together(parts),
        parts=tuple(single for one in parts for single in one.parts or (one,)),
    )


def split(identifier: str) -> Change:
    """Puts the parts of a merged finding in its place, as they were when it was made."""
    return lambda findings: tuple(
        part
        for one in findings
        for part in (one.parts if one.id == identifier and one.parts else (one,))
    )


def taken_back(findings: Findings, edit: Edit) -> Findings | None:
    """The findings as they were before an edit; None when they are no longer those it made.

    Only states and notes go back while findings still arrive; all else of them stays.
    """
    if edit.rearranged:
        return edit.before if _names(findings) == _names(edit.after) else None
    old = {_name(a): a for a, b in zip(edit.before, edit.after, strict=True) if a != b}
    if not any(_name(one) in old for one in findings):
        return None
    return tuple(
        replace(one, state=old[_name(one)].state, notes=old[_name(one)].notes)
        if _name(one) in old
        else one
        for one in findings
    )


def _name(finding: Finding) -> tuple[str, str]:
    """A second hunt through the same rows gives its own findings the same ids."""
    return finding.id, finding.title


def _names(findings: Findings) -> tuple[tuple[str, str], ...]:
    return tuple(map(_name, findings))
