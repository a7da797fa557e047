"""Documented values that a request says in words: "failed to log on" is FailedLogOn. Pure.

A value is taken apart into words, and the words into stems; verbs that name the same change ("set",
"modify", "update") count as one. It is said when all its stems stand close together. Of values that
share words the one with the most is meant, and all that a request says of a column are one filter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from soc_tui.analysts.offline.planner.name_parts import NAME_PART
from soc_tui.analysts.offline.planner.per_catalog import per_catalog
from soc_tui.guardrails.documented_values import documented_values
from soc_tui.model.catalog import Catalog, TableSpec

_WORD = re.compile(r"[A-Za-z][A-Za-z]*|\d+")
_JOINED = (
    (re.compile(r"\b(?:sign(?:s|ed|ing)?|log(?:s|ged|ging)?)[ _-]?(?:in|on)s?\b", re.I), "logon"),
    (re.compile(r"\baccess[ _-]keys?\b", re.I), "accesskey"),
    (re.compile(r"\b(?:anti)[ _-](?=\w)", re.I), "anti"),
    (re.compile(r"\bo[ _-]?auth\b", re.I), "oauth"),
)  # fmt: skip
_SAME_TEXT = """
create add new make made
delete remove erase
update modify change set put edit alter suspend
fail unsuccessful
success successful succeed
begin start launch
cancel abort
impersonate imitate immitate
allow permit
read view
email mail
"""
_IDLE_TEXT = """
a an the of to in on at by for from and or with into event events action type api call calls
activity activities operation operations detected
"""
_IDLE = frozenset(_IDLE_TEXT.split())
"""Words that a value may have and a request need not say, and the other way round."""

_SUFFIX = re.compile(r"(?:ifications?|ified|ifies|ify|ifying)$")
_ENDS = re.compile(r"(?:ions?|ings?|ments?|ies|ied|ed|es|y|e|s)$")
_NOT = re.compile(
    r"\b(?:not|no|non|never|without|except|excluding|other than|\w+n['’]t)[\s-]+(?:\w+\s+)?$", re.I
)
_OTHERS = re.compile(
    r"\b(?:who|that|which|where|whose)\b(?!\s+(?:were|was|are|is|have been|has been|got)\b)", re.I
)
_SHORTEST, _LONG = 3, 6


@dataclass(frozen=True, slots=True)
class Said:
    """A documented value that a request says: where its words stand, and whether it is denied."""

    column: str
    value: str
    spans: tuple[tuple[int, int], ...]
    denied: bool


def said_values(text: str, table: TableSpec) -> tuple[Said, ...]:
    """The values of the table's columns that a request says."""
    words = stems(text)
    found = [one for value in _values(table) if (one := _said(text, words, value))]
    found.sort(key=lambda one: -len(one.spans))
    kept: list[Said] = []
    for one in found:
        more = (set(one.spans) < set(other.spans) for other in kept)
        if not any(more):
            kept.append(one)
    return tuple(kept)


def documented(column: str, said: str, table: TableSpec) -> str:
    """The documented value that a request means by `said`; the same where none or several are."""
    known = documented_values(table).get(column, ())
    if any(one.casefold() == said.casefold() for one in known):
        return said
    wanted = {stem for stem, _ in stems(said)}
    fit = [one for one in known if wanted and wanted <= set(_value_stems(one))]
    return fit[0] if len(fit) == 1 else said


@dataclass(frozen=True, slots=True)
class _Value:
    column: str
    value: str
    stems: tuple[str, ...]


def _values(table: TableSpec) -> tuple[_Value, ...]:
    return _of_catalog(Catalog({table.name: table}))


@per_catalog
def _of_catalog(catalog: Catalog) -> tuple[_Value, ...]:
    return tuple(
        _Value(column, value, stems)
        for table in catalog.tables.values()
        for column, values in documented_values(table).items()
        for value in values
        # Of "Sign-in activity" only what is in every sign-in is left.
        if len(stems := _value_stems(value)) > 1 or value.isalpha()
    )


@cache
def _value_stems(value: str) -> tuple[str, ...]:
    parts = value if " " in value else " ".join(NAME_PART.findall(value))
    return tuple(dict.fromkeys(stem for stem, _ in stems(parts)))


@lru_cache(maxsize=512)
def stems(text: str) -> tuple[tuple[str, tuple[int, int]], ...]:
    """The stems of a text in order, each with its place; idle words left out."""
    joined = [
        (match.span(), to)
        for pattern, to in _JOINED
        for match in pattern.finditer(text)
    ]  # fmt: skip
    found: list[tuple[str, tuple[int, int]]] = [(_stem(to), span) for span, to in joined]
    for match in _WORD.finditer(text):
        if any(start <= match.start() < end for (start, end), _ in joined):
            continue
        # A word written as code does is its parts.
        for part in NAME_PART.finditer(match[0]) if _is_code(match[0]) else (match,):
            at = match.start() if part is not match else 0
            if part[0].lower() not in _IDLE:
                found.append((_stem(part[0]), (at + part.start(), at + part.end())))
    return tuple(sorted(found, key=lambda one: one[1]))


def _is_code(word: str) -> bool:
    return re.search(r"[a-z][A-Z]", word) is not None


def _said(text: str, words: tuple[tuple[str, tuple[int, int]], ...], value: _Value) -> Said | None:
    """The value, where all its stems stand within a few words."""
    places = [
        [number for number, (stem, _) in enumerate(words) if stem == wanted]
        for wanted in value.stems
    ]
    if not all(places):
        return None
    most = 2 * len(places) + 1
    for first in places[0]:
        chosen = [min(ones, key=lambda at, to=first: abs(at - to)) for ones in places]  # type: ignore[misc]
        if len(set(chosen)) < len(chosen) or max(chosen) - min(chosen) >= most:
            continue
        spans = tuple(sorted(words[at][1] for at in chosen))
        between = text[spans[0][0] : spans[-1][1]]
        things = sorted(words[at][1] for at in chosen[1:])
        if len(things) > 1 and "," in text[things[0][0] : things[-1][1]]:
            continue  # of two members of a list: "create user, group"
        if _OTHERS.search(between) or "." in between.rstrip(".") or ";" in between:
            continue
        return Said(value.column, value.value, spans, bool(_NOT.search(text[: spans[0][0]])))
    return None


@cache
def _same() -> Mapping[str, str]:
    return dict(_pairs())


def _pairs() -> Iterator[tuple[str, str]]:
    for line in _SAME_TEXT.strip().splitlines():
        first, *others = line.split()
        for other in others:
            yield _bare(other), _bare(first)


def _stem(word: str) -> str:
    bare = _bare(word)
    return _same().get(bare, bare)


@lru_cache(maxsize=4096)
def _bare(word: str) -> str:
    """A word without its endings: "deletion", "deleted" and "deletes" are one."""
    word = _SUFFIX.sub("if", word.lower())
    if len(word) <= _SHORTEST:
        return word
    short = _ENDS.sub("", word)
    if len(short) < _SHORTEST:
        return word
    if len(short) > _LONG and short.endswith("at"):  # "installation", "authenticate"
        return short[:-2]
    return short[:-1] if len(short) > _SHORTEST and short[-1] == short[-2] else short
