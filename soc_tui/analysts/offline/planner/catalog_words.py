"""Tables by the words of the catalog: of their names, columns and notes. Pure.

A word that few tables share says more than one that many have: "heartbeat" one table, "device" a
third of them (inverse document frequency). So a table that comes into the catalog is found by what
it is called and by what it holds, with no list of its own.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from soc_tui.model.catalog import Catalog, TableSpec

_PART = re.compile(r"[A-Z]{2,}s?(?=[A-Z][a-z]|[\d_]|$)|[A-Z]?[a-z]+|[A-Z]+|\d+")
_WORD = re.compile(r"[A-Za-z][A-Za-z]+")
# Spelt as one word in names of tables and as two in requests, or the other way round.
_JOINED = (
    (re.compile(r"\bsign(?:s|ed|ing)?[ _-]?ins?\b", re.I), "signin"),
    (re.compile(r"\blog(?:s|ged|ging)?[ _-]?[io]ns?(?:to)?\b", re.I), "logon"),
    (re.compile(r"\be-mails?\b", re.I), "email"),
    (re.compile(r"\b(?:azure active directory|azure ad|entra(?: id)?)\b", re.I), "aad"),
    (re.compile(r"\bamazon(?: web services)?\b", re.I), "aws"),
    (re.compile(r"\bservice princip(?:al|le)s?\b", re.I), "service principal spn"),
    (re.compile(r"\bvirtual machines?\b", re.I), "vm"),
    (re.compile(r"\bpost[ -]delivery\b", re.I), "post delivery"),
    (re.compile(r"\bnon[ -]interactive\b", re.I), "noninteractive"),
    (re.compile(r"\bweb (?:access|server)\b", re.I), "web"),
)  # fmt: skip
_NO_TERMS = frozenset(
    [
        "event", "log", "info", "table", "data", "cl", "the", "and", "for", "with", "from", "who",
        "what", "one", "row", "use", "its", "not", "are", "was", "that", "this", "time", "day",
        "all", "new", "show", "list", "type", "name", "generated", "filter", "value", "column",
        "example", "text", "string", "find", "beta", "id", "activity", "user", "device", "record",
        "non", "in", "on", "of", "to", "by", "is", "or", "an", "as", "per", "at", "out", "where",
        "which", "has", "have", "into", "over", "same", "between", "also", "only", "each", "every",
    ]
)  # fmt: skip
_NAME, _COLUMN, _EXACT, _NOTE = 7.0, 2.0, 6.0, 0.6
_WHOLE = 0.74
"""Share of the weight of its words by which a table's name counts as said."""

_MOST_NOTES = 2.0


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a table's own words fit a request, and the words that say so."""

    table: str
    score: float
    words: tuple[str, ...]


def fits(text: str, catalog: Catalog) -> tuple[Fit, ...]:
    """The tables whose names, columns or notes have words of the request."""
    said = _said(text)
    columns = _columns_said(text, catalog)
    weights = _weights(_key(catalog))
    found = []
    for name in catalog.tables:
        terms = weights.names[name]
        there = {term: weight for term, weight in terms.items() if term in said}
        share = sum(there.values()) / max(sum(terms.values()), 1e-9)
        score = _NAME * share if share >= _WHOLE else 2 * share
        held = [one for one in columns if one in weights.columns[name]]
        score += sum(columns[one] for one in held)
        notes = weights.notes[name]
        score += min(_MOST_NOTES, _NOTE * sum(notes.get(term, 0) for term in said))
        if score:
            words = (*there, *held)
            found.append(Fit(name, score, tuple(said.get(one, one) for one in words)))
    return tuple(sorted(found, key=lambda one: -one.score))


def name_spans(text: str, table: TableSpec) -> list[tuple[int, int]]:
    """Where words stand that the table's name has."""
    terms = set(_terms(_split(table.name)))
    return [match.span() for match in _WORD.finditer(text) if _term(match[0]) in terms]


@dataclass(frozen=True, slots=True)
class _Weights:
    names: Mapping[str, Mapping[str, float]]
    notes: Mapping[str, Mapping[str, float]]
    columns: Mapping[str, frozenset[str]]
    column_weights: Mapping[str, float]


_Key = tuple[tuple[str, tuple[str, ...], str], ...]


def _key(catalog: Catalog) -> _Key:
    return tuple((one.name, one.column_names, one.notes) for one in catalog.tables.values())


@cache
def _weights(tables: _Key) -> _Weights:
    names = {name: set(_terms(_split(name))) or {name.lower()} for name, _, _ in tables}
    notes = {name: set(_terms(_words(note))) for name, _, note in tables}
    columns = {name: frozenset(there) for name, there, _ in tables}
    of_names, of_notes = _rarity(names), _rarity(notes)
    return _Weights(
        {name: {term: of_names[term] for term in terms} for name, terms in names.items()},
        {name: {term: of_notes[term] for term in terms} for name, terms in notes.items()},
        columns,
        _rarity(columns),
    )


def _rarity(sets: Mapping[str, Collection[str]]) -> Mapping[str, float]:
    """Weights from 0 (every table has it) to 1 (one has)."""
    counted = Counter(term for terms in sets.values() for term in set(terms))
    most = math.log(len(sets) + 1)
    return {term: math.log((len(sets) + 1) / count) / most for term, count in counted.items()}


def _columns_said(text: str, catalog: Catalog) -> Mapping[str, float]:
    """Columns that a request names as KQL does or in words, those of several words only."""
    weights = _weights(_key(catalog)).column_weights
    exact = {word for word in re.findall(r"\w+", text) if re.search(r"[a-z][A-Z]|_", word)}
    joined = " " + " ".join(_terms_of_phrase(text)) + " "
    return {
        column: weights[column] * (_EXACT if column in exact else _COLUMN)
        for column, phrase in _phrases(tuple(weights)).items()
        if column in exact or f" {phrase} " in joined
    }


@cache
def _phrases(columns: tuple[str, ...]) -> Mapping[str, str]:
    """The columns of several words, in words."""
    split = {column: _terms_of_phrase(" ".join(_split(column))) for column in columns}
    return {column: " ".join(words) for column, words in split.items() if len(words) > 1}


def _terms_of_phrase(text: str) -> list[str]:
    return [_term(word) for word in re.findall(r"[A-Za-z]+|\d+", text)]


def _said(text: str) -> Mapping[str, str]:
    """Terms of a request, with the words for them; names in it are split as those of tables."""
    found = {}
    for pattern, joined in _JOINED:
        text = pattern.sub(lambda match, to=joined: f" {to} ", text)  # type: ignore[misc]
    for match in _WORD.finditer(text):
        for part in (match[0], *_split(match[0])):
            if _term(part) not in _NO_TERMS:
                found.setdefault(_term(part), match[0])
    return found


def _split(name: str) -> list[str]:
    """The words of a camel-case name; "SignIn" and "Logon" as one."""
    words = " ".join(_PART.findall(name))
    for pattern, joined in _JOINED:
        words = pattern.sub(joined, words)
    return words.split()


def _words(text: str) -> Iterable[str]:
    for pattern, joined in _JOINED:
        text = pattern.sub(joined, text)
    return _WORD.findall(text)


def _terms(words: Iterable[str]) -> list[str]:
    terms = (_term(word) for word in words)
    return [term for term in terms if len(term) > 1 and term not in _NO_TERMS]


def _term(word: str) -> str:
    """A word without its plural ending."""
    word = word.lower()
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and re.search(r"(?:ss|x|ch|sh|z)es$", word):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word
