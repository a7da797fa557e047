"""The story of a case: its sentences with the rows that bear them, and what was not looked at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from soc_tui.analysts.grounding.check_finding import ground as grounded
from soc_tui.investigating.entities import cited_entities, window_of
from soc_tui.investigating.investigator import FOLLOWED, Ground, open_questions
from soc_tui.model.case import Case, Claim, EntityKind, RowRef, StepState
from soc_tui.model.finding import Confidence, Finding, Severity
from soc_tui.model.hunt import Hunt
from soc_tui.model.inert import inert
from soc_tui.model.receipt import enumerated
from soc_tui.model.rows import Rows, row_index
from soc_tui.model.wording import number_of

_WHO = (EntityKind.HOST, EntityKind.ACCOUNT, EntityKind.ADDRESS)
_TOLD = frozenset({Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL})
_MOST_NAMED = 8


def claims_of(step_id: str, table: str, hunt: Hunt) -> tuple[Claim, ...]:
    """A sentence for each finding that weighs; its own facts are held against the cited rows."""
    if hunt.rows is None:
        return ()
    found = (finding for finding in hunt.findings if finding.severity in _TOLD)
    return tuple(_claim(step_id, table, hunt, finding, hunt.rows) for finding in found)


def _claim(step_id: str, table: str, hunt: Hunt, finding: Finding, rows: Rows) -> Claim:
    indices = [row_index(one.row_id, rows.count) for one in finding.evidence]
    cited = [index for index in indices if index is not None]
    window = window_of(rows, cited)
    facts = _facts(finding, rows, table)
    checked = grounded(
        Finding(facts, "", Confidence.LOW, Severity.LOW, evidence=finding.evidence), rows
    ).checks
    doubts = list(finding.doubts)
    if checked is None or not checked.words:
        doubts.append("The sentence names what the cited rows do not hold.")
    return Claim(
        text=f"{facts}: {inert(finding.title, 200)}." if facts else f"{inert(finding.title, 200)}.",
        rows=tuple(RowRef(step_id, hunt.id, rows_id.row_id) for rows_id in finding.evidence),
        first=window[0] if window else None,
        last=window[1] if window else None,
        holds=finding.grounded and bool(cited) and not doubts,
        doubts=tuple(dict.fromkeys(doubts)),
        techniques=tuple(dict.fromkeys(one.id for one in finding.mitre)),
    )


def _facts(finding: Finding, rows: Rows, table: str) -> str:
    """Who, by the cited rows: `On win-1, as jo`; of several of a kind, the most frequent."""
    found = cited_entities(finding, rows, "", table)
    best = {
        kind: max(
            (one for one in found if one.kind is kind), key=lambda one: one.rows, default=None
        )
        for kind in _WHO
    }
    words = (("On", EntityKind.HOST), ("as", EntityKind.ACCOUNT), ("from", EntityKind.ADDRESS))
    parts = [f"{word} {inert(one.value, 80)}" for word, kind in words if (one := best[kind])]
    text = ", ".join(parts[:2])
    return text[:1].upper() + text[1:]


def not_looked_at(case: Case, ground: Ground) -> tuple[str, ...]:
    """What the case did not see, the widest gap first; empty only when nothing is known to lack."""
    return tuple(dict.fromkeys(_gaps(case, ground)))


def _gaps(case: Case, ground: Ground) -> Iterator[str]:
    first, last = ground.window(case)
    yield f"Times before {_moment(first)} and after {_moment(last)}."
    yield from _unasked(case, ground)
    for state in (StepState.SKIPPED, StepState.REFUSED, StepState.FAILED):
        for step in case.steps:
            if step.state is state:
                why = f" ({inert(step.problem, 200)})" if step.problem else ""
                yield f"{state.value.capitalize()}: {inert(step.question, 200)}{why}"
    for step in case.steps:
        if step.state in {StepState.PROPOSED, StepState.APPROVED}:
            yield f"Proposed and not run: {inert(step.question, 200)}"
        if step.unread:
            yield f"Rows of {step.id} not read: {inert(step.unread, 300)}."
        if step.receipt is not None:
            for gap in step.receipt.gaps():
                yield f"{gap[:1].upper()}{gap[1:]}."


def _unasked(case: Case, ground: Ground) -> Iterator[str]:
    """Tables that may hold what the case is about, and were not asked."""
    followed = [one for one in case.entities if one.weight >= FOLLOWED]
    unasked: dict[str, list[str]] = {}
    for step in open_questions(case, ground):
        unasked.setdefault(step.table, []).append(step.why.partition(":")[0])
    for table, about in unasked.items():
        yield f"{table} was not asked about {enumerated(about)}."
    asked = {step.table for step in case.steps}
    for table, extent in ground.extents.items():
        if not extent.rows_in_window or table in asked or table in unasked:
            continue
        yield (
            f"{table} holds {number_of(extent.rows_in_window, 'row')} of that time and was not "
            f"asked."
        )
    light = [one for one in case.entities if one.weight < FOLLOWED and one.weight > 0]
    if light and followed:
        named = enumerated(
            [f"{one.kind} {one.value}" for one in light[:_MOST_NAMED]], ", ", len(light)
        )
        yield f"Named by findings and not followed: {named}."


def questions_left(case: Case, ground: Ground) -> tuple[str, ...]:
    """What would confirm or refute: unasked questions, and findings that are not verified."""
    found = [inert(step.question, 200) for step in open_questions(case, ground)[:_MOST_NAMED]]
    for step, finding in case.findings:
        if not finding.grounded and finding.severity in _TOLD:
            why = finding.doubts[0] if finding.doubts else "it could not be checked"
            found.append(f"Is it true? {inert(finding.title, 120)} ({step.id}): {inert(why, 200)}")
    return tuple(dict.fromkeys(found))


def _moment(time: dt.datetime) -> str:
    return f"{time.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"
