"""A KQL lexer that accepts any text, whole or by line: for colors, brackets and formatting.

Lexical rules: https://learn.microsoft.com/kusto/query/scalar-data-types/string and
https://learn.microsoft.com/kusto/query/schema-entities/entity-names
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from soc_tui.kql.operators.words import keywords


class Kind(StrEnum):
    """What a piece of text is."""

    COMMENT = "comment"
    STRING = "string"
    UNCLOSED = "unclosed string"
    NUMBER = "number"
    NAME = "name"
    SYMBOL = "symbol"


@dataclass(frozen=True, slots=True)
class Lexeme:
    """A piece of the text: `text[start:end]`. White space is between them."""

    kind: Kind
    start: int
    end: int


_OTHERS_HYPHENED = {"materialized-view-combine", "partitioned-by", "project-smart"}
# Possessive repeats and no nesting: linear in the text, whatever it holds.
_PATTERN = r"""
    (?P<comment>//[^\r\n]*+)
  | (?P<string>
        [hH]?(?:```(?s:.*?)```|~~~(?s:.*?)~~~)
      | [hH]?@(?:"(?:[^"\r\n]|"")*+"|'(?:[^'\r\n]|'')*+')
      | [hH]?(?:"(?:[^"\\\r\n]|\\[^\r\n])*+"|'(?:[^'\\\r\n]|\\[^\r\n])*+'))
  | (?P<unclosed>[hH]?(?:```|~~~)(?s:.*)|[hH]?@?["'][^\r\n]*+)
  | (?P<number>
        0[xX][0-9a-fA-F]++
      | \d++(?:\.\d++)?(?:[eE][+-]?\d++)?
        (?:microseconds?|nanoseconds?|milliseconds?|seconds?|minutes?|hours?|days?|ticks?
          |micros?|nanos?|millis?|secs?|mins?|hrs?|ms|d|h|m|s)?(?![A-Za-z0-9_]))
  | (?P<name>
        (?:HYPHENED)
      | !?[A-Za-z_$][A-Za-z0-9_]*+~?
      | \d++[A-Za-z0-9_]++)
  | (?P<symbol><-\[|<--|-->|\]->|\]-|-\[|--|=>|==|=~|!=|!~|>=|<=|<>|\.\.|[^WHITE])
    """
_WHITE = r" \t\r\n\f\xa0\u1680\u180e\u2000-\u200b\u202f\u205f\u3000\ufeff"
_KINDS = {kind.split()[0]: kind for kind in Kind}
_FENCES = ("```", "~~~")

LONGEST_LINE = 4_000
"""Characters of a line that is worth a look with every key; longer ones are shown plain."""


@lru_cache
def _pattern() -> re.Pattern[str]:
    """Compiled for the first text: the app is on the screen before there is one."""
    hyphened = sorted({word for word in keywords() if "-" in word} | _OTHERS_HYPHENED)
    pattern = _PATTERN.replace("HYPHENED", "|".join(hyphened)).replace("WHITE", _WHITE)
    return re.compile(pattern, re.VERBOSE)


def lexemes(text: str, start: int = 0) -> Iterator[Lexeme]:
    """The pieces of any text from an offset on, in order, without overlap."""
    if start >= len(text):
        return
    search, position = _pattern().search, start
    while found := search(text, position):
        yield Lexeme(_KINDS[found.lastgroup or "symbol"], found.start(), found.end())
        position = found.end()


def bracket_depth(text: str) -> tuple[int, int]:
    """How deep brackets are nested, and the offset of the deepest; strings and comments are not.

    A string that is not closed counts: its end is anybody's guess.
    """
    deepest = level = where = 0
    for piece in lexemes(text):
        if piece.kind not in {Kind.SYMBOL, Kind.UNCLOSED}:
            continue
        for offset in range(piece.start, piece.end):
            if text[offset] in "([{":
                level += 1
                if level > deepest:
                    deepest, where = level, offset
            elif text[offset] in ")]}":
                level = max(0, level - 1)
    return deepest, where


@dataclass(frozen=True, slots=True)
class Line:
    """One line, lexed: its pieces, and the fence of a string that goes on in the next line."""

    pieces: tuple[Lexeme, ...]
    fence: str = ""


def lex_line(line: str, fence: str = "") -> Line:
    """Lex one line; `fence` ("```" or "~~~") when it begins inside a string of several lines."""
    return _lexed(line, fence) if len(line) > LONGEST_LINE else _kept(line, fence)


def _lexed(line: str, fence: str) -> Line:
    pieces: list[Lexeme] = []
    start = 0
    if fence:
        closed = line.find(fence)
        start = len(line) if closed < 0 else closed + len(fence)
        pieces.append(Lexeme(Kind.STRING, 0, start))
        if closed < 0:
            return Line(tuple(pieces), fence)
    pieces.extend(lexemes(line, start))
    last = pieces[-1] if pieces else None
    if last and last.kind is Kind.UNCLOSED:
        opened = line[last.start : last.end].lstrip("hH")[:3]
        if opened in _FENCES:
            pieces[-1] = Lexeme(Kind.STRING, last.start, last.end)
            return Line(tuple(pieces), opened)
    return Line(tuple(pieces))


_kept = lru_cache(maxsize=8192)(_lexed)


def fences(lines: Sequence[str]) -> list[str]:
    """For each line the fence of the string that it begins in; empty for most."""
    found: list[str] = []
    fence = ""
    for line in lines:
        found.append(fence)
        if fence or "```" in line or "~~~" in line:
            fence = lex_line(line, fence).fence
    return found
