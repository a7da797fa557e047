"""What an analyst is asked, with each text in it changed. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from soc_tui.analysts import FindingQuestion, PlanRequest, RepairRequest
from soc_tui.analysts.sending.texts import changed
from soc_tui.model.rows import Rows

Change = Callable[[str], str]

OWN = frozenset({"id", "finding_id", "hunt_id", "row_id"})
"""Fields that are ours and stay."""


def changed_plan(request: PlanRequest, change: Change) -> PlanRequest:
    """Words, the refused plan and the conversation before."""
    return replace(
        request,
        request=change(request.request),
        feedback=change(request.feedback),
        refused=changed(request.refused, change),
        previous=changed(request.previous, change),
    )


def changed_repair(request: RepairRequest, change: Change) -> RepairRequest:
    """Words and queries."""
    return replace(
        request,
        request=change(request.request),
        kql=change(request.kql),
        problem=change(request.problem),
        refused=change(request.refused),
        feedback=change(request.feedback),
    )


def changed_question(
    question: FindingQuestion, change: Change, rows: Rows | None
) -> FindingQuestion:
    """Words, queries, the finding and what was said of it; with these rows."""
    return replace(
        question,
        question=change(question.question),
        finding=changed(question.finding, change, OWN),
        request=change(question.request),
        kql=change(question.kql),
        rows=rows,
        earlier=changed(question.earlier, change, OWN),
        refused=change(question.refused),
        feedback=change(question.feedback),
    )
