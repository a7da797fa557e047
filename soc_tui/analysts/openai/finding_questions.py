"""Questions about a finding, for a model: the prompt, and parsing of the answer. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from soc_tui.analysts import FindingQuestion, finding_queries, prompts
from soc_tui.analysts.grounding.cited_rows import CitedRows
from soc_tui.analysts.openai.json_answer import Form
from soc_tui.analysts.packing.catalog_text import HOW_TO_READ, compact
from soc_tui.analysts.packing.cell_text import escape
from soc_tui.analysts.packing.pack import new_boundary
from soc_tui.analysts.packing.token_count import compact_json
from soc_tui.model.catalog import Catalog
from soc_tui.model.errors import AnalystError
from soc_tui.model.finding import Finding

_MOST_ROWS = 20
_MOST_TABLES = 6
_LONGEST_CELL = 1_000
_LONGEST_ANSWER = 8_000


@dataclass(frozen=True, slots=True)
class _Answer:
    answer: str
    kql: str = ""


REMARK = Form(_Answer, "remark", "answer the question")


def messages(question: FindingQuestion) -> list[dict[str, str]]:
    """Rules and tables, the finding with its rows, what was said before, the question."""
    boundary = new_boundary()
    tables = finding_queries.related(question.table_name, question.catalog)
    few = dict.fromkeys((*tables[: _MOST_TABLES - 1], *tables[-1:]))
    system = prompts.load("discuss").render(
        boundary=boundary,
        now=f"{question.now:%Y-%m-%d %H:%M}",
        max_rows=str(question.limits.max_rows),
        how_to_read=HOW_TO_READ,
        catalog=compact(Catalog({name: question.catalog.tables[name] for name in few})),
    )
    conversation = [{"role": "system", "content": system}]
    case = "\n".join(_case(question, boundary))
    for remark in question.earlier:
        conversation += [
            {"role": "user", "content": f"{case}{remark.question}"},
            {"role": "assistant", "content": _written(remark.answer, remark.kql)},
        ]
        case = ""
    conversation.append({"role": "user", "content": f"{case}{question.question}"})
    if question.feedback:
        refused = (
            f"The guardrails refused that query: {question.feedback}\nWrite one that is allowed."
        )
        conversation += [
            {"role": "assistant", "content": _written("", question.refused)},
            {"role": "user", "content": refused},
        ]
    return conversation


def said(answer: _Answer) -> tuple[str, str]:
    """Text and query of an answer.

    Raises:
        AnalystError: it says nothing.
    """
    lines = (escape(line, keep_marks=True) for line in answer.answer.strip().splitlines())
    text = "\n".join(lines)[:_LONGEST_ANSWER]
    if not (text or answer.kql.strip()):
        raise AnalystError("The model gave no answer.", "", "Ask again.")
    return text, answer.kql.strip()


def _case(question: FindingQuestion, boundary: str) -> Iterator[str]:
    yield f"Request of the hunt: {question.request or 'none'}"
    yield f"Query that gave the rows:\n{question.kql}"
    yield boundary
    yield "Finding:"
    yield compact_json(_finding(question.finding))
    yield "Cited records:"
    yield from _records(question)
    yield boundary
    yield ""


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "title": finding.title,
        "description": finding.description,
        "severity": finding.severity.value,
        "confidence": finding.confidence.value,
        "mitre": [f"{one.id} {one.name} ({one.tactic})" for one in finding.mitre],
        "indicators": [f"{ioc.type}: {ioc.value}" for ioc in finding.iocs],
        "evidence": [
            {"row": one.row_id, "cells": {cell.column: cell.text for cell in one.quotations}}
            for one in finding.evidence
        ],
        "unproven": list(finding.doubts),
    }


def _records(question: FindingQuestion) -> Iterator[str]:
    """The cited rows, cell by cell, under their ids; says what is left out."""
    if question.rows is None:
        yield "(The records are no longer open: only the cells quoted above are known.)"
        return
    cited = CitedRows(question.rows, tuple(one.row_id for one in question.finding.evidence))
    for index in cited.indices[:_MOST_ROWS]:
        yield f"r{index + 1}"
        for column, text in cited.cells(index):
            if text:
                cut = f"⟦cut {len(text) - _LONGEST_CELL:,} characters⟧"
                whole = len(text) <= _LONGEST_CELL
                yield f"  {escape(column.name)}\t{text if whole else text[:_LONGEST_CELL] + cut}"
    if len(cited.indices) > _MOST_ROWS:
        yield f"({len(cited.indices) - _MOST_ROWS} more cited records are not shown.)"


def _written(answer: str, kql: str) -> str:
    return compact_json({"answer": answer, "kql": kql})
