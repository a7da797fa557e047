"""A text of several queries, parted by blank lines as in Microsoft's portals."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from soc_tui.kql.syntax.tree import UNREADABLE, parse
from soc_tui.kql.text.lexer import Kind, Lexeme, lexemes

_BLANK = re.compile(r"\n[ \t\r]*(?:\n[ \t\r]*)+")
# What a query can begin with, and what one can end with, so that a blank line may part two.
_BEGINS = re.compile(r"[A-Za-z_(\[]")
_STATEMENTS = frozenset({"alias", "declare", "let", "pattern", "restrict", "set"})
_ENDS = re.compile(r"[\w)\]\"'`~*}]")


@dataclass(frozen=True, slots=True)
class Part:
    """One query of a text: `text[start:end]`."""

    start: int
    end: int


@lru_cache(maxsize=8)
def queries_in(text: str) -> tuple[Part, ...]:
    """The queries of a text, in order; one, the whole of it, when it reads as one query."""
    whole = (Part(0, len(text)),)
    gaps = list(_BLANK.finditer(text))
    if not gaps or _reads(text):
        return whole
    pieces = [piece for piece in lexemes(text) if piece.kind is not Kind.COMMENT]
    cuts = [0]
    for gap in gaps:
        before = [piece for piece in pieces if piece.end <= gap.start()]
        behind = [piece for piece in pieces if piece.start >= gap.end()]
        # In a string of several lines, or before or behind all queries, a blank line parts none.
        if not before or not behind or len(before) + len(behind) < len(pieces):
            continue
        since = [piece for piece in before if piece.start >= cuts[-1]]
        # Comments that stand by themselves belong to the query behind them.
        if since and _ends(text, since) and _BEGINS.match(text, behind[0].start):
            opened = sum(_depth(text[piece.start : piece.end]) for piece in before)
            if opened == 0:
                cuts.append(gap.end())
    parts = [
        Part(start, _trimmed(text, start, end))
        for start, end in zip(cuts, [*cuts[1:], len(text)], strict=True)
    ]
    return tuple(parts) if len(parts) > 1 else whole


def query_at(text: str, offset: int) -> Part:
    """The query that an offset is in, or that it is behind."""
    parts = queries_in(text)
    return next((part for part in reversed(parts) if part.start <= offset), parts[0])


def alone(text: str, part: Part) -> str:
    """The text with all but one query blanked out: what is said of it has the same places."""
    before, query, behind = text[: part.start], text[part.start : part.end], text[part.end :]
    blank = re.compile(r"[^\n]")
    return blank.sub(" ", before) + query + blank.sub(" ", behind)


def _reads(text: str) -> bool:
    try:
        parse(text)
    except UNREADABLE:
        return False
    return True


def _ends(text: str, pieces: list[Lexeme]) -> bool:
    """Whether a query can end with the last of these: also with `;`, but that of a `let`."""
    words = [text[piece.start : piece.end] for piece in pieces]
    if words[-1] != ";":
        return _ENDS.match(words[-1][-1]) is not None
    starts = [0, *(at + 1 for at, word in enumerate(words[:-1]) if word == ";")]
    return words[starts[-1]] not in _STATEMENTS


def _depth(sign: str) -> int:
    return (sign in {"(", "[", "{"}) - (sign in {")", "]", "}"})


def _trimmed(text: str, start: int, end: int) -> int:
    return start + len(text[start:end].rstrip())
