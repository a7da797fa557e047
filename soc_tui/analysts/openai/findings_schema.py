"""The hunting answer: its schema, findings cut out of the stream, and their conversion. Pure."""

from __future__ import annotations

import json
import math
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
# What decides where an element ends: texts whole, brackets; else a bare word and what ends it.
_STRUCTURE = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{}"]', re.DOTALL)
_BARE = re.compile(r"[^\s,\[\]{}]++(?=[\s,\]}])")
_DEEPEST = 50
_LONGEST_NUMBER = 400  # digits
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
        self._element: _Element | None = None
        self._searched = 0
        self._thinks: bool | None = None

    def feed(self, piece: str) -> Iterator[object]:
        """Elements of the list that are complete now and were not before, undigested.

        One that is no JSON that any program could read is an `UnreadableFindingError`.
        """
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

    def _elements(self, position: int) -> Iterator[object]:
        while True:
            between = _BETWEEN.match(self.text, position)
            position = between.end() if between else position
            if self.text[position : position + 1] == "]":
                self.closed = True
                return
            if self._element is None or self._element.start != position:
                self._element = _Element(position)
            end = self._element.end(self.text)
            if end is None:
                return  # not complete yet; if it never is, `closed` stays False and says so
            text, depth = self.text[position:end], self._element.deepest
            self._position, self._element = end, None
            position = end
            yield _strictly_read(text, depth)


class _Element:
    """An element that is still coming in: each part of its text is looked at once."""

    def __init__(self, start: int) -> None:
        self.deepest = 0
        self._depth = 0
        self.start = self._seen = start

    def end(self, text: str) -> int | None:
        """Where it ends, None while it is not complete."""
        if text[self.start : self.start + 1] not in {"{", "[", '"'}:
            bare = _BARE.match(text, self.start)
            return bare.end() if bare else None
        for match in _STRUCTURE.finditer(text, self._seen):
            found = match[0]
            if found == '"':
                return None  # a text that has no end yet
            self._seen = match.end()
            self._depth += (found in "[{") - (found in "]}") if len(found) == 1 else 0
            self.deepest = max(self.deepest, self._depth)
            if self._depth <= 0:
                return match.end()
        return None


def _strictly_read(text: str, depth: int) -> object:
    """The element of a text; `UnreadableFindingError` where programs would read it differently."""
    try:
        if depth > _DEEPEST:
            raise UnreadableFindingError(f"it is nested {depth:,} deep")
        return json.loads(
            text,
            object_pairs_hook=_each_key_once,
            parse_constant=_refused_number,
            parse_int=_whole_number,
            parse_float=_broken_number,
        )
    except UnreadableFindingError as error:
        return error
    except (ValueError, RecursionError) as error:
        return UnreadableFindingError(escape(str(error))[:200])


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise UnreadableFindingError(f"{escape(twice)[:60]} is in it twice")
    return found


def _refused_number(text: str) -> float:
    raise UnreadableFindingError(f"{text} is no number of JSON")


def _whole_number(text: str) -> int:
    if len(text) > _LONGEST_NUMBER:
        raise UnreadableFindingError(f"a number has {len(text):,} digits")
    return int(text)


def _broken_number(text: str) -> float:
    number = float(text)
    if len(text) > _LONGEST_NUMBER or not math.isfinite(number):
        raise UnreadableFindingError(f"{text[:20]} is too large or too long a number")
    return number


def read_finding(element: object) -> Finding:
    """A finding as the model wrote it, not grounded yet, with control characters made visible.

    Raises:
        UnreadableFindingError: it has not the form of a finding.
    """
    if isinstance(element, UnreadableFindingError):
        raise element
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
