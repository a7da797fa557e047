"""Colours for the editor: one line at a time, without parsing, so that any length stays fluid."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from soc_tui.kql.operators.words import keywords, operator_words
from soc_tui.kql.syntax.vocabulary import FUNCTIONS, PLUGINS
from soc_tui.kql.text.lexer import LONGEST_LINE, Kind, Lexeme, lex_line

_SIGHT_LINES = 50
"""How far up and down a line's neighbours are looked for over comments and empty lines."""


class Colour(StrEnum):
    """What a piece of a line is to its reader."""

    COMMENT = "comment"
    STRING = "string"
    NUMBER = "number"
    OPERATOR = "operator"
    """A tabular operator: `where`, `summarize`."""
    KEYWORD = "keyword"
    """Any other word of the language: `by`, `has`, `and`."""
    FUNCTION = "function"
    TABLE = "table"
    COLUMN = "column"
    NAME = "name"
    SYMBOL = "symbol"
    ERROR = "error"
    """A string that is not closed."""


@dataclass(frozen=True, slots=True)
class Span:
    """A coloured piece of a line: `line[start:end]`."""

    start: int
    end: int
    colour: Colour


@dataclass(frozen=True)
class Words:
    """Names to colour as what they are: tables and columns."""

    tables: frozenset[str] = frozenset()
    columns: frozenset[str] = frozenset()


def line_spans(
    lines: Sequence[str], fences: Sequence[str], row: int, words: Words
) -> tuple[Span, ...]:
    """The coloured pieces of one line, in order, without overlap; never raises.

    Args:
        lines: All lines of the text.
        fences: Of those lines, as `lexer.fences` gives them.
        row: 0-based.
    """
    before = _nearest(lines, fences, range(row - 1, max(-1, row - _SIGHT_LINES), -1), last=True)
    after = _nearest(lines, fences, range(row + 1, min(len(lines), row + _SIGHT_LINES)))
    return _spans(lines[row], fences[row], before, after, words)


def _nearest(
    lines: Sequence[str], fences: Sequence[str], rows: Iterable[int], *, last: bool = False
) -> str:
    """The nearest piece in those rows that is no comment; empty when there is none."""
    for row in rows:
        if len(lines[row]) > LONGEST_LINE:
            break
        pieces = lex_line(lines[row], fences[row]).pieces
        for piece in reversed(pieces) if last else pieces:
            if piece.kind is not Kind.COMMENT:
                return lines[row][piece.start : piece.end]
    return ""


@lru_cache(maxsize=4096)
def _spans(line: str, fence: str, before: str, after: str, words: Words) -> tuple[Span, ...]:
    return tuple(_coloured(line, lex_line(line, fence).pieces, before, after, words))


def _coloured(
    line: str, pieces: Sequence[Lexeme], before: str, after: str, words: Words
) -> Iterator[Span]:
    texts = [line[piece.start : piece.end] for piece in pieces]
    texts = [*texts, after]
    for index, piece in enumerate(pieces):
        following = texts[index + 1]
        if index + 1 < len(pieces) and pieces[index + 1].kind is Kind.COMMENT:
            following = after
        colour = _OF_KIND.get(piece.kind) or _word(texts[index], before, following, words)
        yield Span(piece.start, piece.end, colour)
        if piece.kind is not Kind.COMMENT:
            before = texts[index]


_OF_KIND = {
    Kind.COMMENT: Colour.COMMENT,
    Kind.STRING: Colour.STRING,
    Kind.UNCLOSED: Colour.ERROR,
    Kind.NUMBER: Colour.NUMBER,
    Kind.SYMBOL: Colour.SYMBOL,
}


def _word(word: str, before: str, after: str, words: Words) -> Colour:
    if before == ".":
        return Colour.COLUMN if word in words.columns else Colour.NAME
    if word in operator_words() and before in {"", "|", "(", ";", "="}:
        called = after == "(" and before in {"(", "="} and word in FUNCTIONS
        return Colour.FUNCTION if called else Colour.OPERATOR
    if colour := _known(word, after == "(", words):
        return colour
    starts_query = before in {"", ";"} or (before == "(" and after == "|")
    return Colour.TABLE if starts_query else Colour.NAME


def _known(word: str, called: bool, words: Words) -> Colour | None:
    if word.startswith("!") or word.endswith("~"):
        return Colour.KEYWORD
    if called and (word in FUNCTIONS or word in PLUGINS or word not in keywords()):
        return Colour.FUNCTION
    if word in words.tables:
        return Colour.TABLE
    if word in words.columns:
        return Colour.COLUMN
    return Colour.KEYWORD if word in keywords() else None
