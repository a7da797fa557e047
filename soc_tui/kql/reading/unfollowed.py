"""Calls of a query's own functions that the grammar reads as something else than calls.

The grammar is not Kusto's own: `uuid('T')` is a literal to it, `count('T')` an expression of its
own, `all('T')` behind `make-series n =` the value of a parameter. What such a call hands over would
be followed by nobody; so every name with a bracket behind it has to be a call that was followed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from soc_tui.kql.text.lexer import Kind, Lexeme, lexemes
from soc_tui.model.text_position import line_and_column
from soc_tui.model.verdict import Place


def unfollowed_calls(
    kql: str, names: Collection[str], followed: Collection[int]
) -> Iterator[tuple[str, Place, int]]:
    """Name, place and offset of each call that nobody followed.

    Args:
        names: Functions of the query that take something.
        followed: Offsets of the names in calls that were followed.
    """
    if not names:
        return
    pieces = [piece for piece in lexemes(kql) if piece.kind is not Kind.COMMENT]
    for index, piece in enumerate(pieces):
        if kql[piece.start : piece.end] != "(" or not index:
            continue
        name, start = _name_before(kql, pieces[:index][-3:])
        if name in names and start not in followed:
            line, column = line_and_column(kql, start)
            yield name, Place(line, column, max(1, pieces[index - 1].end - start)), start


def _name_before(kql: str, pieces: list[Lexeme]) -> tuple[str, int]:
    """The name that ends right before a bracket, and its offset: `f` or `['f']`."""
    words = [kql[piece.start : piece.end] for piece in pieces]
    if len(words) == 3 and (words[0], words[2]) == ("[", "]"):
        return words[1][1:-1], pieces[0].start
    return words[-1], pieces[-1].start
