"""The hunting answer: its schema, findings cut out of the stream, and their conversion. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from soc_tui.analysts.openai.strict_schema import strict_schema
from soc_tui.analysts.packing.cell_text import escape
from soc_tui.model.finding import (
    Confidence,
    Evidence,
    Finding,
    Ioc,
    Mitre,
    Quotation,
    Severity,
)

MAX_ANSWER_CHARS = 500_000
"""A longer answer is not read to its end, characters. No model writes one."""

_LIST_START = re.compile(r'"findings"\s*:\s*\[')
_LONGEST_START = 64
_THINK, _THOUGHT = "<think>", "</think>"  # as models served locally write what they think
_BETWEEN = re.compile(r"[\s,]*")
_SUB_TECHNIQUE = re.compile(r"(T\d{4})\.\d{3}", re.ASCII)


class _Mitre(BaseModel):
    tactic: str
    technique: str
    sub_technique: str = ""
    name: str = ""
    description: str = ""


class _Ioc(BaseModel):
    type: str
    value: str


class _Quotation(BaseModel):
    column: str
    text: str


class _Evidence(BaseModel):
    row_id: str = Field(description="One row id, for example r12.")
    quotations: list[_Quotation] = []


class _Finding(BaseModel):
    title: str
    description: str
    confidence: Confidence
    severity: Severity
    mitre: list[_Mitre] = []
    evidence: list[_Evidence] = []
    iocs: list[_Ioc] = []
    recommendations: list[str] = []
    tags: list[str] = []
    notes: str = ""


class _Answer(BaseModel):
    findings: list[_Finding]


def schema() -> dict[str, Any]:
    """Strict JSON schema of the answer: {"findings": [...]}."""
    return strict_schema(_Answer.model_json_schema())


class UnreadableFindingError(ValueError):
    """One element of the list is no finding; the text says why."""


class FindingStream:
    """Cuts complete findings out of an answer that comes in pieces.

    Attributes:
        closed: The list of findings has ended.
        text: All that came so far.
    """

    def __init__(self) -> None:
        self.closed = False
        self.text = ""
        self._position: int | None = None
        self._searched = 0
        self._thinks: bool | None = None
        self._decoder = json.JSONDecoder()

    def feed(self, piece: str) -> Iterator[dict[str, Any]]:
        """Elements of the list that are complete now and were not before, undigested."""
        self.text += piece
        # An element can only end where a brace, and the list where a bracket, came in.
        if self.closed or not ("}" in piece or "]" in piece or self._position is None):
            return
        if self._position is None:
            self._position = self._list_start()
        if self._position is not None:
            yield from self._elements(self._position)

    def _list_start(self) -> int | None:
        """Where the list begins, behind a model's thoughts. Each part of the text is seen once."""
        if self._thinks is None:
            head = self.text.lstrip()[: len(_THINK)]
            if _THINK.startswith(head) and head != _THINK:
                return None
            self._thinks = head == _THINK
        if self._thinks:
            end = self.text.find(_THOUGHT, self._searched)
            self._searched = max(0, len(self.text) - len(_THOUGHT)) if end < 0 else end
            if end < 0:
                return None
            self._thinks = False
        found = _LIST_START.search(self.text, self._searched)
        if found is None:
            self._searched = max(self._searched, len(self.text) - _LONGEST_START)
            return None
        return found.end()

    def _elements(self, position: int) -> Iterator[dict[str, Any]]:
        while True:
            between = _BETWEEN.match(self.text, position)
            position = between.end() if between else position
            if self.text[position : position + 1] == "]":
                self.closed = True
                return
            try:
                element, position = self._decoder.raw_decode(self.text, position)
            except (json.JSONDecodeError, RecursionError):
                return  # not complete yet; if it never is, `closed` stays False and says so
            self._position = position
            yield element


def read_finding(element: object) -> Finding:
    """A finding as the model wrote it, not grounded yet, with control characters made visible.

    Raises:
        UnreadableFindingError: it has not the form of a finding.
    """
    try:
        raw = _Finding.model_validate(element)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UnreadableFindingError(escape(f"{place}: {first['msg']}")[:200]) from None
    return Finding(
        title=_visible(raw.title).strip() or "Untitled finding",
        description=_lines(raw.description),
        confidence=raw.confidence,
        severity=raw.severity,
        mitre=tuple(_mitre(mitre) for mitre in raw.mitre if mitre.technique.strip()),
        iocs=tuple(Ioc(_visible(ioc.type), _visible(ioc.value)) for ioc in raw.iocs),
        evidence=tuple(_evidence(evidence) for evidence in raw.evidence),
        recommendations=tuple(_lines(text) for text in raw.recommendations),
        tags=tuple(_visible(tag) for tag in raw.tags),
        notes=_lines(raw.notes),
    )


def _mitre(raw: _Mitre) -> Mitre:
    technique, sub = raw.technique.strip(), raw.sub_technique.strip()
    whole = _SUB_TECHNIQUE.fullmatch(technique)
    if whole and sub in {"", technique}:
        technique, sub = whole[1], technique
    return Mitre(
        tactic=_visible(raw.tactic),
        technique=_visible(technique),
        sub_technique=_visible(sub),
        name=_visible(raw.name),
        description=_lines(raw.description),
    )


def _evidence(raw: _Evidence) -> Evidence:
    quotations = tuple(Quotation(_visible(q.column), _visible(q.text)) for q in raw.quotations)
    return Evidence(_visible(raw.row_id.strip()), quotations)


def _visible(text: str) -> str:
    """A model quotes cells as the packer shows them, so the marks of `cells.escape` stay."""
    return escape(text, keep_marks=True)


def _lines(text: str) -> str:
    return "\n".join(_visible(line) for line in text.strip().splitlines())
