"""Matches brackets, ignoring those in strings and comments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from soc_tui.kql.text.lexer import LONGEST_LINE, Kind, lex_line

PAIRS = {"(": ")", "[": "]", "{": "}"}
_CLOSERS = {closer: opener for opener, closer in PAIRS.items()}
BRACKETS = frozenset(PAIRS) | frozenset(_CLOSERS)
_SIGHT_LINES = 2000
"""How many lines are looked through; a bracket without a partner must not cost a whole book."""

Place = tuple[int, int]
"""0-based row and column."""


def partner(lines: Sequence[str], fences: Sequence[str], place: Place) -> Place | None:
    """Where the bracket at `place` closes or opens; None when there is no bracket or no partner.

    Args:
        lines: All lines of the text.
        fences: Of those lines, as `lexer.fences` gives them.
        place: Of the bracket.
    """
    row, column = place
    if len(lines[row]) > LONGEST_LINE:
        return None
    found = dict(_brackets(lines[row], fences[row]))
    if (bracket := found.get(column)) is None:
        return None
    forward = bracket in PAIRS
    rows = (
        range(row, min(len(lines), row + _SIGHT_LINES))
        if forward
        else range(row, max(-1, row - _SIGHT_LINES), -1)
    )
    waiting: list[str] = []
    for other in rows:
        if len(lines[other]) > LONGEST_LINE:
            return None
        brackets = list(_brackets(lines[other], fences[other]))
        for at, character in brackets if forward else reversed(brackets):
            if other == row and (at < column if forward else at > column):
                continue
            wanted = PAIRS.get(character) if forward else _CLOSERS.get(character)
            if wanted:
                waiting.append(wanted)
            elif waiting.pop() != character:
                return None
            if not waiting:
                return other, at
    return None


def _brackets(line: str, fence: str) -> Iterator[tuple[int, str]]:
    for piece in lex_line(line, fence).pieces:
        if piece.kind is Kind.SYMBOL:
            for at in range(piece.start, piece.end):
                if line[at] in BRACKETS:
                    yield at, line[at]
