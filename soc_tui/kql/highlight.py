"""Colours for the editor: a cheap look at the text, line by line, without parsing."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import NamedTuple

from soc_tui.kql.lexer import Kind, Lexeme, lexemes
from soc_tui.kql.vocabulary import FUNCTIONS, KEYWORDS, PLUGINS, TABULAR_OPERATORS


class Token(NamedTuple):
    """A coloured piece of one line.

    Attributes:
        line: 0-based line; lines end with "\\n", "\\r\\n" or "\\r".
        start, end: 0-based columns in that line, characters; end is not part of it.
        kind: "comment", "string", "number", "operator" (a tabular operator), "keyword",
            "function", "table", "identifier", "symbol" or "error" (a string that is not closed).
    """

    line: int
    start: int
    end: int
    kind: str


def tokens(kql: str, tables: Iterable[str] = ()) -> list[Token]:
    """The coloured pieces of `kql`, in order, without overlap; never raises.

    Args:
        tables: Names to colour as tables besides those that stand where a query starts.
    """
    known = frozenset(tables)
    starts = _line_starts(kql)
    found: list[Token] = []
    pieces = list(lexemes(kql))
    for index, piece in enumerate(pieces):
        kind = _kind(kql, pieces, index, known)
        found.extend(_split(kql, piece, kind, starts))
    return found


def _kind(kql: str, pieces: list[Lexeme], index: int, tables: frozenset[str]) -> str:
    piece = pieces[index]
    if piece.kind is Kind.UNCLOSED:
        return "error"
    if piece.kind is not Kind.NAME:
        return piece.kind.value
    word = kql[piece.start : piece.end]
    if word in tables:
        return "table"
    before = _neighbour(kql, pieces, index, -1)
    after = _neighbour(kql, pieces, index, 1)
    return _word_kind(word, before, after)


def _word_kind(word: str, before: str, after: str) -> str:
    if word in TABULAR_OPERATORS and before in {"", "|", "(", ";", "="}:
        return "operator"
    if after == "(" and (word in FUNCTIONS or word in PLUGINS or word not in KEYWORDS):
        return "keyword" if word.startswith("!") or word.endswith("~") else "function"
    if word in KEYWORDS or word.startswith("!") or word.endswith("~"):
        return "keyword"
    starts_query = before in {"", ";"} or (before == "(" and after == "|")
    return "table" if starts_query else "identifier"


def _neighbour(kql: str, pieces: list[Lexeme], index: int, step: int) -> str:
    index += step
    while 0 <= index < len(pieces) and pieces[index].kind is Kind.COMMENT:
        index += step
    if not 0 <= index < len(pieces):
        return ""
    return kql[pieces[index].start : pieces[index].end]


def _line_starts(kql: str) -> list[int]:
    starts = [0]
    for index, character in enumerate(kql):
        if character == "\n" or (character == "\r" and kql[index + 1 : index + 2] != "\n"):
            starts.append(index + 1)
    return starts


def _split(kql: str, piece: Lexeme, kind: str, starts: list[int]) -> Iterable[Token]:
    """One token for each line that the piece touches, without the line ends."""
    line = bisect_right(starts, piece.start) - 1
    while line < len(starts) and starts[line] < piece.end:
        begin = starts[line]
        stop = starts[line + 1] if line + 1 < len(starts) else len(kql)
        start, end = max(piece.start, begin), min(piece.end, stop)
        shown = len(kql[start:end].rstrip("\r\n"))
        if shown:
            yield Token(line, start - begin, start - begin + shown, kind)
        line += 1
