"""Explain and repair by a model: the prompts, and parsing of the answers. Pure."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from soc_tui.analysts import ExplainRequest, RepairRequest, prompts
from soc_tui.analysts.openai.json_answer import Form
from soc_tui.analysts.packing.catalog_text import HOW_TO_READ, asked_about, compact
from soc_tui.analysts.packing.cell_text import escape
from soc_tui.kql.text.lexer import Kind, lexemes
from soc_tui.model.catalog import Catalog
from soc_tui.model.errors import AnalystError
from soc_tui.model.explanation import Explanation, Passage

MOST_OUTPUT_TOKENS = 8_192
"""Cap of an answer, tokens: a long query takes 2,000, the rest is for models that reason."""

_LONGEST_LINE = 90
_LONGEST_WORDS = 2_000


@dataclass(frozen=True, slots=True)
class _Part:
    line: int
    last_line: int
    words: str


@dataclass(frozen=True, slots=True)
class _Explained:
    summary: str
    passages: tuple[_Part, ...]


@dataclass(frozen=True, slots=True)
class _Repaired:
    kql: str
    words: str


EXPLAINED = Form(_Explained, "explanation", "explain the query")
REPAIRED = Form(_Repaired, "repair", "repair the query")


def explain_messages(request: ExplainRequest, boundary: str = "") -> list[dict[str, Any]]:
    """Rules and the tables that are named; then the query with numbered lines."""
    boundary = boundary or _new_boundary()
    system = prompts.load("explain").render(
        boundary=boundary, catalog=_tables(request.kql, request.catalog)
    )
    lines = "\n".join(f"{n} {text}" for n, text in enumerate(request.kql.splitlines(), start=1))
    return [
        {"role": "system", "content": system},
        {"role": "user", "content": _block(boundary, lines)},
    ]


def explanation(answer: _Explained, kql: str, model: str) -> Explanation:
    """The answer with the lines that it is about; parts without lines of the query are left out.

    Raises:
        AnalystError: nothing is left.
    """
    lines = kql.splitlines()
    passages = []
    for part in answer.passages:
        if not 1 <= part.line <= len(lines) or not part.words.strip():
            continue
        text = " ".join(lines[part.line - 1].split())[:_LONGEST_LINE]
        last = min(max(part.line, part.last_line), len(lines))
        passages.append(Passage(part.line, 1, last, text, _said(part.words)))
    summary = _said(answer.summary)
    if not (summary or passages):
        raise AnalystError("The model gave no explanation.", "", "Try again, or use another model.")
    return Explanation(tuple(passages), summary, author=model)


def repair_messages(request: RepairRequest, boundary: str = "") -> list[dict[str, Any]]:
    """Rules and catalog; the query and its problem; what was tried before."""
    boundary = boundary or _new_boundary()
    system = prompts.load("repair").render(
        now=f"{request.now:%Y-%m-%d %H:%M}",
        boundary=boundary,
        max_hours=f"{request.limits.max_hours:g}",
        max_rows=str(request.limits.max_rows),
        catalog=f"{HOW_TO_READ}\n{compact(_usual(request))}",
    )
    asked = f"It answers this request: {request.request}\n\n" if request.request else ""
    said = [f"{asked}The query:\n{_block(boundary, request.kql)}"]
    said.append(f"Why it was rejected:\n{_block(boundary, request.problem)}")
    if request.refused:
        said.append(f"A correction of yours:\n{_block(boundary, request.refused)}")
        said.append(f"Why that was rejected too:\n{_block(boundary, request.feedback)}")
    return [
        {"role": "system", "content": system},
        {"role": "user", "content": "\n\n".join(said)},
    ]


def _usual(request: RepairRequest) -> Catalog:
    """The tables that are often asked for, and those that the query may be about."""
    said = f"{request.request} {request.kql} {request.problem} {request.refused}"
    catalog = request.catalog
    return Catalog({**catalog.often.tables, **asked_about(said, catalog.seldom).tables})


def repaired(answer: _Repaired, request: RepairRequest) -> tuple[str, str]:
    """The corrected text and what was changed.

    Raises:
        AnalystError: the model changed nothing; its words say why.
    """
    kql = "\n".join(line.rstrip() for line in answer.kql.strip().splitlines())
    words = _said(answer.words)
    if not kql or _bare(kql) in {_bare(request.kql), _bare(request.refused)}:
        raise AnalystError(
            "The model did not change the query.",
            f"It said: {words}" if words else "",
            "Fix it yourself, or rephrase the request.",
        )
    return kql, words


def _new_boundary() -> str:
    return f"KQL-{secrets.token_hex(8)}"


def _block(boundary: str, text: str) -> str:
    return f"{boundary}\n{text}\n{boundary}"


def _tables(kql: str, catalog: Catalog) -> str:
    names = {kql[one.start : one.end] for one in lexemes(kql) if one.kind is Kind.NAME}
    named = {name: spec for name, spec in catalog.tables.items() if name in names}
    return f"{HOW_TO_READ}\n{compact(Catalog(named))}" if named else "(none that are known)"


def _said(text: str) -> str:
    return "\n".join(escape(line.rstrip()) for line in text.strip()[:_LONGEST_WORDS].split("\n"))


def _bare(text: str) -> str:
    return "".join(text.split())
