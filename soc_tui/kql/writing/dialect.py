"""Turns a query between Defender's advanced hunting and Sentinel, where one column has two names.

The tables of Defender have `Timestamp` in its own portal, and `TimeGenerated` in Log Analytics.
Source: https://learn.microsoft.com/defender-xdr/advanced-hunting-schema-tables and the pages of the
same tables at https://learn.microsoft.com/azure/azure-monitor/reference/tables
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from soc_tui.kql.text.lexer import Kind, Lexeme, lexemes
from soc_tui.model.catalog import Catalog, TableSpec
from soc_tui.model.wording import number_of

# What Kusto puts before and behind a column's name by itself, as in max_Timestamp and Timestamp1.
_MADE = re.compile(
    r"((?:(?:any|arg_max|arg_min|avg|count|countif|dcount|list|make_list|make_set|max|min|set"
    r"|percentile|take_any)_)?)(Timestamp|TimeGenerated)((?:\d|_\d+)?)"
)
_WORD = re.compile(r"\w+")
_BY_STRING = frozenset({"column_ifexists", "columnifexists"})
_SIDES = frozenset({"$left", "$right"})
_PATHS = re.compile(r"\b(?:graph-match|scan)\b")


class Dialect(StrEnum):
    """Where a query is for."""

    SENTINEL = "sentinel"
    DEFENDER = "defender"


TIME_COLUMNS = {Dialect.SENTINEL: "TimeGenerated", Dialect.DEFENDER: "Timestamp"}


@dataclass(frozen=True, slots=True)
class Turned:
    """A query in the dialect that was asked for, and a sentence on what was done."""

    kql: str
    note: str


def turned(kql: str, dialect: Dialect, catalog: Catalog) -> Turned:
    """The query with the time column's name of that dialect; as it is where that cannot be."""
    (other,) = set(Dialect) - {dialect}
    new, old = TIME_COLUMNS[dialect], TIME_COLUMNS[other]
    pieces = list(lexemes(kql))
    tables = _tables(kql, pieces, catalog)
    if dialect is Dialect.DEFENDER and (
        elsewhere := _first(tables, lambda one: not one.in_defender)
    ):
        return Turned(kql, f"{elsewhere} is not in Defender's advanced hunting: nothing changed.")
    text, count, end = [], 0, 0
    for start, name in sorted(_time_columns(kql, pieces, old)):
        made = _MADE.fullmatch(name)
        text += [kql[end:start], made.expand(rf"\g<1>{new}\g<3>") if made else name]
        end = start + len(name)
        count += 1
    if not count:
        return Turned(kql, f"No {old} to turn into {new}.")
    return Turned("".join([*text, kql[end:]]), f"{old} became {new}: {number_of(count, 'place')}.")


def in_the_other(kql: str, catalog: Catalog) -> Turned:
    """The query for Sentinel where it is for Defender, and the other way round."""
    pieces = list(lexemes(kql))
    is_defenders = any(_time_columns(kql, pieces, TIME_COLUMNS[Dialect.DEFENDER]))
    return turned(kql, Dialect.SENTINEL if is_defenders else Dialect.DEFENDER, catalog)


def _time_columns(kql: str, pieces: list[Lexeme], column: str) -> Iterator[tuple[int, str]]:
    """Offset and text of each place that names the time column; of comments too: they hold code."""
    for comment in pieces:
        if comment.kind is Kind.COMMENT:
            for one in _WORD.finditer(kql, comment.start, comment.end):
                if _names(one[0], column):
                    yield one.start(), one[0]
    pieces = [piece for piece in pieces if piece.kind is not Kind.COMMENT]
    words = ["", "", *(kql[piece.start : piece.end] for piece in pieces)]
    has_paths = _PATHS.search(kql) is not None
    for index, piece in enumerate(pieces):
        word, before, first = words[index + 2], words[index + 1], words[index]
        start = piece.start
        if piece.kind is Kind.STRING and len(word) > 1 and word[0] == word[-1]:
            is_name = before == "[" and not _is_index(pieces, index - 1)
            if not is_name and not (before == "(" and first in _BY_STRING):
                continue
            word, start = word[1:-1], start + 1
        elif piece.kind is not Kind.NAME:
            continue
        elif before == "." and first not in _SIDES and not has_paths:
            continue  # a key of a property bag
        if _names(word, column):
            yield start, word


def in_the_other_dialect(column: str) -> tuple[Dialect, str]:
    """Whose name a time column has, and what the other calls it; "" for any other column.

    Those that Kusto makes are told too: `max_Timestamp`, and `Timestamp1` behind a join.
    """
    found = _MADE.fullmatch(column)
    if found is None:
        return Dialect.SENTINEL, ""
    own = next(dialect for dialect, name in TIME_COLUMNS.items() if name == found[2])
    (other,) = set(Dialect) - {own}
    return own, found.expand(rf"\g<1>{TIME_COLUMNS[other]}\g<3>")


def _names(word: str, column: str) -> bool:
    found = _MADE.fullmatch(word)
    return found is not None and found[2] == column


def _is_index(pieces: list[Lexeme], index: int) -> bool:
    """Whether a bracket stands right behind what it takes a part of, as in `a['key']`."""
    return index > 0 and pieces[index - 1].end == pieces[index].start


def _tables(kql: str, pieces: list[Lexeme], catalog: Catalog) -> list[TableSpec]:
    names = (kql[piece.start : piece.end] for piece in pieces if piece.kind is Kind.NAME)
    return [table for name in names if (table := catalog.table(name)) is not None]


def _first(tables: Iterable[TableSpec], holds: Callable[[TableSpec], bool]) -> str:
    return next((table.name for table in tables if holds(table)), "")
