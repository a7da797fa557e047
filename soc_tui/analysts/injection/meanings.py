"""Words to a model told by what they mean, whatever their order: meanings near each other.

`meanings/LANGUAGE.toml` has the words of each meaning, written as `sign_library.py` says;
`meanings/combinations.toml` has the meanings that together are words to a model.
"""

from __future__ import annotations

import itertools
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from soc_tui.analysts.injection.plain_text import plain
from soc_tui.analysts.injection.sign_library import LANGUAGES, Kind, Phrases, beginnings

_TRAILING_GAP = re.compile(r"(?: <\d+>)+$")
_WITHOUT_BLANKS = "zh"
_CHARACTERS_OF_A_WORD = 2
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Combination:
    """Meanings that say something to a model when each stands near the others.

    Attributes:
        within: The most words from the first meaning to the last.
        in_order: The meanings stand in this order.
    """

    kind: Kind
    meanings: tuple[str, ...]
    within: int
    in_order: bool


@dataclass(frozen=True, slots=True)
class Meanings:
    """All meanings.

    Attributes:
        patterns: By language and meaning, for RE2 and `re`, and the text as `plain_text.words`
            writes it.
        acts: By language, words of which one stands in every combination; `*` ends a stem.
    """

    combinations: tuple[Combination, ...]
    patterns: Mapping[str, Mapping[str, str]]
    acts: Mapping[str, frozenset[str]]


_ACTS = (
    *("ai", "agent", "reading", "dont_tell", "cancel", "persona", "blame", "stop", "invoke"),
    *("raise", "approve", "alone", "secret", "verdict", "answer", "mark"),
)


@cache
def meanings() -> Meanings:
    """The meanings that come with the program.

    Raises:
        ValueError: a combination has no act.
    """
    content = tomllib.loads(_text("combinations"))
    combinations = tuple(
        Combination(
            Kind(entry["kind"]),
            tuple(line.split()),
            entry.get("within", content["within"]),
            entry.get("in_order", False),
        )
        for entry in content["says"]
        for line in entry["near"]
    )
    for one in combinations:
        if set(_ACTS).isdisjoint(one.meanings):
            raise ValueError(f"no act in {' '.join(one.meanings)}")
    patterns, acts = {}, {}
    for language in LANGUAGES:
        words = {name: plain(text) for name, text in tomllib.loads(_text(language)).items()}
        phrases = Phrases(words, blanks=language != _WITHOUT_BLANKS)
        patterns[language] = {name: phrases.one_of(text) for name, text in words.items()}
        acts[language] = frozenset(cue for name in _ACTS for cue in beginnings(words[name]))
    return Meanings(combinations, patterns, acts)


def _text(name: str) -> str:
    folder = resources.files("soc_tui.analysts.injection") / "meanings"
    return (folder / f"{name}.toml").read_text("utf-8")


def kinds(view: str, language: str, there: frozenset[str]) -> frozenset[Kind]:
    """What a view tells a model by its meanings.

    Args:
        view: As `plain_text.words` writes it.
        there: The meanings that stand in it.
    """
    known = meanings()
    spans: dict[str, list[Span]] = {}
    found: set[Kind] = set()
    for one in known.combinations:
        if one.kind in found or not there.issuperset(one.meanings):
            continue
        for name in one.meanings:
            if name not in spans:
                spans[name] = _spans(view, language, name)
        if _are_near([spans[name] for name in one.meanings], one):
            found.add(one.kind)
    return frozenset(found)


def _spans(view: str, language: str, name: str) -> list[Span]:
    """Where a meaning stands, by the numbers of its first and last word."""
    return [
        (_number(view, match.start(), language), _number(view, match.end() - 1, language))
        for match in _compiled(language, name).finditer(view)
    ]


def _number(view: str, at: int, language: str) -> int:
    if language == _WITHOUT_BLANKS:
        return at // _CHARACTERS_OF_A_WORD
    return view.count(" ", 0, at)


@cache
def _compiled(language: str, name: str) -> re.Pattern[str]:
    pattern = meanings().patterns[language][name]
    if language == _WITHOUT_BLANKS:
        return re.compile(pattern, re.DOTALL)
    return re.compile(f"(?<= )(?:{pattern})(?= )", re.DOTALL)


def _are_near(places: Sequence[Sequence[Span]], one: Combination) -> bool:
    """Whether one span of each fits, none over another, all near enough."""
    if one.in_order:
        return any(True for _ in _in_order(places, one.within, ()))
    return any(True for _ in _choices(sorted(places, key=len), one.within, ()))


def _in_order(
    places: Sequence[Sequence[Span]], within: int, chosen: tuple[Span, ...]
) -> Iterator[tuple[Span, ...]]:
    return (
        spans
        for spans in _choices(places, within, chosen)
        if all(one[1] < other[0] for one, other in itertools.pairwise(spans))
    )


def _choices(
    places: Sequence[Sequence[Span]], within: int, chosen: tuple[Span, ...]
) -> Iterator[tuple[Span, ...]]:
    if not places:
        yield chosen
        return
    for first, last in places[0]:
        if any(first <= end and begin <= last for begin, end in chosen):
            continue
        begin = min([first, *(one[0] for one in chosen)])
        end = max([first, *(one[0] for one in chosen)])
        if end - begin <= within:
            yield from _choices(places[1:], within, (*chosen, (first, last)))


def has(view: str, language: str, name: str) -> bool:
    """Whether a meaning stands in a view; for a few views, many are quicker with RE2."""
    return _compiled(language, name).search(view) is not None
