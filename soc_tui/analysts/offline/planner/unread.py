"""Words of a request that no list knows, and misspelt ones that are put right. Pure."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Sequence
from functools import cache

from soc_tui.analysts.offline.planner import narrowing, topics, words
from soc_tui.analysts.offline.planner.countries import countries
from soc_tui.analysts.offline.planner.mentions import Mentions, subnet_spans
from soc_tui.model.nearest_name import likeness, nearest_names

_WORD = re.compile(r"(?<![\w.@\\/-])[A-Za-z][A-Za-z'’-]*[A-Za-z](?![\w.@\\/-]*[\w@\\/])")
_LITERAL = re.compile(r"(?<!\\)\b[a-z]{5,}(?![\w*+]|\\w)")
_TIME_WORDS = """
yesterday tonight overnight weekend minutes hours between
monday tuesday wednesday thursday friday saturday sunday
"""
_SHORTEST, _ALIKE = 5, 0.85
_MOST = 6


def unread(text: str, named: Mentions, tables: Collection[str]) -> Sequence[str]:
    """The words that no list knows, in order.

    Args:
        tables: Those of the catalog: words for others lead nowhere.
    """
    taken = [*topics.spans(text, tables), *spans_of(text, named)]
    taken += narrowing.spans(text, tables)
    letters = list(text)
    for start, end in taken:
        letters[start:end] = " " * (end - start)
    found = (match[0] for match in _WORD.finditer("".join(letters)))
    left = (word for word in found if not is_plain(word) and not countries(word))
    return tuple(dict.fromkeys(left))[:_MOST]


def spelled(text: str, named: Mentions, tables: Collection[str]) -> dict[str, str]:
    """Misspelt words and the known words that they are nearly the same as."""
    found = {}
    known = _vocabulary()
    for word in unread(text, named, tables):
        small = word.lower()
        if len(word) < _SHORTEST or small.rstrip("s") in known or not word.isalpha():
            continue
        near = nearest_names(small, known, least=_ALIKE - 0.1)
        alike = (
            one
            for one in near
            if one[0] == small[0] and _misspelt(small, one) and not _compound(small, one)
        )
        if right := next(alike, ""):
            found[word] = right
    return found


def _compound(word: str, known: str) -> bool:
    """Whether a word goes on where the known one ends: "programdata"."""
    return word.startswith(known) and len(word) > len(known) + 2


def _misspelt(word: str, known: str) -> bool:
    """One letter too many, too few, wrong or swapped; in a long word also two."""
    same = zip(word, known, strict=False)
    at = next((place for place, (one, other) in enumerate(same) if one != other), len(word))
    rest, right = word[at:], known[at:]
    if rest[1:] in (right, right[1:]) or rest == right[1:]:
        return True
    if rest[:2] == right[1::-1] and rest[2:] == right[2:]:
        return True
    return likeness(word, known) >= _ALIKE


def spans_of(text: str, named: Mentions) -> list[tuple[int, int]]:
    """Where what is named stands."""
    values = {v for field in dataclasses.fields(named) for v in getattr(named, field.name)}
    return [
        match.span()
        for value in values
        for match in re.finditer(rf"(?<!\w){re.escape(value)}(?!\w)", text, re.I)
    ] + subnet_spans(text)


def is_plain(word: str) -> bool:
    """Whether a word says nothing of its own about what to look for."""
    word = re.sub(r"['’](?:s|re|ve|d|ll|t)$", "", word.lower())
    return word in words.NO_NAMES or word in words.PLAIN or word.removesuffix("s") in words.PLAIN


@cache
def _vocabulary() -> frozenset[str]:
    patterns = (*topics.sources(), *narrowing.sources(), words.TOOLS)
    literal = (match[0] for pattern in patterns for match in _LITERAL.finditer(pattern.lower()))
    known = {*literal, *_TIME_WORDS.split(), *words.PLAIN}
    return frozenset(word.rstrip("s") for word in known) | known
