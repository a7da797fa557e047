"""Finds secrets in texts and puts marks in their places. Pure."""

from __future__ import annotations

import base64
import functools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from ahocorasick_rs import AhoCorasick

from soc_tui.analysts.secrets.shapes import Shape, load_shapes
from soc_tui.model.secret import HIDDEN

# Cheap, as many a dropper is long and unpacked by the thousand.
_TELLING = re.compile(
    r"net1? +use|net1?\.exe|[Pp]assw|PASSW|[Pp]wd|[Ss]ecret[\w]*[\"' ]*[=:]|[Ss]ecureString|AKIA"
    r"|gh[pous]_|[Bb]earer |eyJ|AccountKey|-p |PRIVATE KEY|://[^/\s]*@"
)
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{40,}={0,2}")


@dataclass(frozen=True, slots=True)
class Secret:
    """One secret of a text: 0-based characters from `start` to before `end`."""

    start: int
    end: int
    kind: str


class Finder:
    """Finds what looks like a secret.

    A text is read by the patterns only whose words stand in it, so ordinary cells cost one pass.
    """

    def __init__(self, shapes: Sequence[Shape]) -> None:
        self._shapes = tuple(shapes)
        places: dict[tuple[str, bool], set[int]] = {}
        for number, shape in enumerate(self._shapes):
            for word in shape.words:
                places.setdefault((word, shape.exact), set()).add(number)
        self._words = [(word, exact, frozenset(of)) for (word, exact), of in places.items()]
        self._search = AhoCorasick([word.lower() for word, _, _ in self._words])

    def find(self, text: str, column: str = "") -> tuple[Secret, ...]:
        """The secrets of a text, in order, none inside another.

        Args:
            column: Where the text is all of a cell, the name of its column.
        """
        lowered = text.lower()
        same_places = len(lowered) == len(text)  # a few letters grow when they are lowered
        candidates: set[int] = set()
        for index, start, end in self._search.find_matches_as_indexes(lowered, overlapping=True):
            word, exact, shapes = self._words[index]
            if not exact or not same_places or text[start:end] == word:
                candidates |= shapes
        found = list(self._in_base64(text)) if "-e" in lowered or "base64" in lowered else []
        if not candidates and not found:
            return ()
        for number in sorted(candidates):
            found.extend(_matches(self._shapes[number], text, column))
        return tuple(_apart(found)) if found else ()

    def _in_base64(self, text: str) -> Iterator[Secret]:
        """Base64 as PowerShell takes it, and as scripts unpack it, with a secret in it."""
        for match in _BASE64.finditer(text):
            inside = _unpacked(match[0])
            if _TELLING.search(inside) and self.find(inside):
                yield Secret(match.start(), match.end(), "secret in Base64")


@functools.lru_cache(maxsize=256)
def _unpacked(code: str) -> str:
    """The text that Base64 holds, UTF-16 LE or UTF-8; empty when it is none."""
    try:
        begin = base64.b64decode(code[:120], validate=True)
        wide = begin[1::2].count(0) * 3 > len(begin)
        encoding = "utf-16-le" if wide else "utf-8"
        if not begin[:40].decode(encoding).replace("\r", "").replace("\n", "").isprintable():
            return ""
        return base64.b64decode(code[: len(code) // 4 * 4]).decode(encoding, "replace")
    except ValueError:
        return ""


@functools.cache
def finder() -> Finder:
    """For what leaves the machine: all shapes."""
    return Finder(load_shapes())


@functools.cache
def key_finder() -> Finder:
    """For what a user types: forms that only keys have, so that no question about one is hurt."""
    return Finder([shape for shape in load_shapes() if shape.made_by_a_maker])


def _matches(shape: Shape, text: str, column: str) -> Iterator[Secret]:
    kept = shape.keep_columns
    if kept and column and kept.search(column):
        return
    for match in shape.pattern.finditer(text):
        group = match.lastindex or 0
        start, end = match.span(group)
        while end > start and text[end - 1] == "\\":
            end -= 1  # of a quote that JSON escapes
        if shape.is_secret(text[start:end], text[match.start() : start]):
            yield Secret(start, end, shape.name)


def _apart(found: list[Secret]) -> Iterator[Secret]:
    """Those that overlap as one, named as the first that was found there."""
    found.sort(key=lambda one: one.start)
    last = found[0]
    for one in found[1:]:
        if one.start < last.end:
            last = Secret(last.start, max(last.end, one.end), last.kind)
        else:
            yield last
            last = one
    yield last


@dataclass
class Masks:
    """Marks for the secrets of one hunt: the same secret has the same mark everywhere in it.

    Attributes:
        marks: The mark of each secret.
    """

    marks: dict[str, str] = field(default_factory=dict)

    def masked(self, text: str, column: str = "") -> str:
        """The text with a mark in place of each secret."""
        return _replaced(text, finder().find(text, column), self.mark)

    def mark(self, value: str, secret: Secret) -> str:
        """What stands for this secret."""
        if value not in self.marks:
            self.marks[value] = f"[secret-{len(self.marks) + 1}: {secret.kind}]"
        return self.marks[value]

    def restored(self, text: str) -> str:
        """The text with each secret back in its place."""
        for value, mark in self.marks.items():
            text = text.replace(mark, value)
        return text


def hide_keys(text: str) -> str:
    """The text without keys of services, for what is kept or sent; a query is never changed so."""
    return _replaced(text, key_finder().find(text), lambda value, secret: HIDDEN)


def _replaced(text: str, secrets: Sequence[Secret], mark: Callable[[str, Secret], str]) -> str:
    """The text with what `mark` gives for each secret in its place."""
    pieces, at = [], 0
    for secret in secrets:
        pieces += [text[at : secret.start], mark(text[secret.start : secret.end], secret)]
        at = secret.end
    return "".join((*pieces, text[at:])) if pieces else text
