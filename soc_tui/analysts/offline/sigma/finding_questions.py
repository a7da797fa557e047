"""Questions on a finding, answered from the rules that made it. Pure, but for the rulebook read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from soc_tui.analysts import FindingAnswer, FindingQuestion, finding_queries
from soc_tui.analysts.offline.sigma.rule import Rule
from soc_tui.analysts.offline.sigma.rulebook import Rulebook
from soc_tui.analysts.packing.cell_text import shown
from soc_tui.kql.writing.build import build
from soc_tui.model.finding import CONFIRM, NEXT, WHY, Finding
from soc_tui.model.plan import Plan
from soc_tui.model.wording import number_of

_QUERY = re.compile(r"\b(?:query|kql|confirm|refute|prove|verify)\b", re.IGNORECASE)
_NEXT = re.compile(r"\b(?:next|do|respond|response|contain|recommend\w*|steps?)\b", re.IGNORECASE)
_WHY = re.compile(r"\b(?:why|explain|reason\w*|suspicious|evidence|mean\w*|how)\b", re.IGNORECASE)
_ROWS_SHOWN = 5
_CELLS_SHOWN = 3


def answer(question: FindingQuestion, book: Rulebook) -> FindingAnswer:
    """The answer to one of three questions, told apart by their words."""
    words = question.question
    rules = [rule for rule in book.rules if rule.id in question.finding.notes]
    if _QUERY.search(words):
        return _query(question)
    if _WHY.search(words):
        return FindingAnswer("\n".join(_why(question.finding, rules)))
    if _NEXT.search(words):
        return FindingAnswer("\n".join(_next(question, rules)))
    return FindingAnswer(
        f"The offline analyst answers three questions: {WHY} {NEXT} {CONFIRM}",
        notes=("No model is asked; set OPENAI_API_KEY to ask anything.",),
    )


def _why(finding: Finding, rules: Sequence[Rule]) -> Iterator[str]:
    for rule in rules:
        yield f"The rule {rule.title!r} ({rule.origin}) fired: {rule.description}"
    if not rules:
        yield finding.description
    yield "The cells that it rests on:"
    for item in finding.evidence[:_ROWS_SHOWN]:
        quoted = "; ".join(
            f"{one.column} = {shown(one.text, 160)}" for one in item.quotations[:_CELLS_SHOWN]
        )
        yield f"- {item.row_id}: {quoted}"
    if len(finding.evidence) > _ROWS_SHOWN:
        yield f"- and {number_of(len(finding.evidence) - _ROWS_SHOWN, 'more row')}."
    harmless = [text for rule in rules for text in rule.falsepositives]
    if harmless:
        yield "It is harmless when: " + "; ".join(harmless).rstrip(".") + "."
    if finding.doubts:
        yield "It is not verified: " + " ".join(finding.doubts)


def _next(question: FindingQuestion, rules: Sequence[Rule]) -> Iterator[str]:
    finding = question.finding
    for number, step in enumerate(finding.recommendations, start=1):
        yield f"{number}. {step}"
    harmless = [text for rule in rules for text in rule.falsepositives]
    if harmless:
        yield "First rule out: " + "; ".join(harmless).rstrip(".") + "."
    tables = [plan.table_name for plan in _plans(question)]
    if tables:
        yield f"More of it may stand in {', '.join(tables[:4])}: ask for the query."
    if not (finding.recommendations or harmless or tables):
        yield "The rules say nothing of that. Read the cited rows, then what happened around them."


def _plans(question: FindingQuestion) -> tuple[Plan, ...]:
    return finding_queries.plans(
        question.finding, question.rows, question.table_name, question.catalog, question.now
    )


def _query(question: FindingQuestion) -> FindingAnswer:
    """The next related table with each time that it is asked."""
    found = _plans(question)
    if not found:
        return FindingAnswer(
            "No query can be made of it: the cited rows name no host, account or address that "
            "another table of the catalog could be asked for."
        )
    asked = sum(bool(remark.kql) for remark in question.earlier)
    plan = found[asked % len(found)]
    others = [one.table_name for one in found if one is not plan]
    built = build(plan, question.catalog, question.limits)
    minutes = int(finding_queries.AROUND.total_seconds() // 60)
    text = (
        f"{plan.rationale} The window is {minutes} minutes before the first and after the last "
        "of them. Nothing there that belongs to it speaks against the finding, though not every "
        "action leaves a trace in every table."
    )
    if others:
        text += f" Ask again for {others[asked % len(others)]}."
    return FindingAnswer(text, built.kql, built.notes)
