"""Reads a query that is being typed: the columns and names at its end, by the one walk.

What is unfinished is cut off behind the last pipe, bracket or semicolon, an operator put there, and
each open bracket closed. So the walk tells what that operator could name. The text that is read
stays the same while an operator is typed, and is read once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from soc_tui.kql.columns.schema import OPEN, Schema
from soc_tui.kql.operators.registry import BY_WORD, TABULAR_OPERATORS
from soc_tui.kql.reading.read import SameCatalog, read_query
from soc_tui.kql.reading.result import Found, Reading, Step, TableRead
from soc_tui.kql.references.bindings import Scope
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.text.lexer import Kind
from soc_tui.model.catalog import Catalog

MOST_CHARACTERS = 3_000
"""Longer texts are not read, so that a key press stays cheap."""

_DEEPEST = 20
"""Brackets in brackets of a text that is read; each costs more than the one around it."""

_PUT = "where true"
_BEGUN = " print true |"
_JOINED = " on a |"
_ANSWER = "; print true"
_JOINS = frozenset({"join", "lookup"})
_CLOSING = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text, comments left out; `end` is an offset in it."""

    text: str
    kind: Kind
    end: int

    @property
    def start(self) -> int:
        """Its offset in the text."""
        return self.end - len(self.text)


@dataclass(frozen=True, slots=True)
class Here:
    """What can be named at the end of a text.

    Attributes:
        row: The columns; None where a query begins, and has none yet.
        scope: The query's own names.
        right: The columns of the other side, behind the `on` of a join.
    """

    row: Schema | None
    scope: Scope
    right: Schema | None = None


@dataclass(slots=True)
class _Level:
    """The text, or what stands in one pair of brackets, up to its end.

    Attributes:
        closing: Its closing bracket; "" for none.
        cut: Offset at which an operator can stand; None where there is no query.
        begins: A query begins there.
        operator: The one that the end is in.
        on: Offset of the `on` of a join; None in front of it.
        let: It is in a let statement.
        first: No word of its statement or operator is read yet.
    """

    closing: str = ""
    cut: int | None = None
    begins: bool = True
    operator: str = ""
    on: int | None = None
    let: bool = False
    first: bool = True

    def cut_at(self, offset: int, *, begins: bool) -> None:
        """An operator can stand there, or a query."""
        self.cut, self.begins = offset, begins
        self.operator, self.on, self.first = "", None, True

    def read_name(self, token: Token, *, after_pipe: bool) -> None:
        """Note the first word of a statement or an operator, and `on`."""
        if not self.first:
            if token.text == "on" and self.operator in _JOINS:
                self.on = token.start
        elif after_pipe:
            self.operator = token.text
        elif self.closing == ")" and token.text in TABULAR_OPERATORS:
            entry = BY_WORD[token.text]
            self.cut_at(token.start, begins=entry.source or bool(entry.completing.begins))
            self.operator = token.text
        elif token.text == "let" and self.closing in {"", "}"}:
            self.let = True


def read_here(before: str, tokens: Sequence[Token], catalog: Catalog) -> Here | None:
    """What can be named behind `before`; None when it cannot be read, or has nothing to read yet.

    Args:
        tokens: Those of it, without comments and what is being typed.
    """
    if len(before) > MOST_CHARACTERS:
        return None
    whole = _whole_text(before, tokens)
    reading = _read(whole.kql, SameCatalog(catalog)) if whole is not None else None
    return _found(reading, whole) if whole is not None and reading is not None else None


@lru_cache(maxsize=8)
def _read(kql: str, catalog: SameCatalog) -> Reading | None:
    """None for a text that cannot be read, as most are that are being typed."""
    try:
        return read_query(kql, catalog.catalog)
    except t.UNREADABLE:
        return None


def _found(reading: Reading, whole: _Whole) -> Here | None:
    for index, one in enumerate(reading.found):
        if isinstance(one, Step) and t.start(one.node) == whole.place:
            if whole.begins:
                return Here(None, one.scope)
            if not whole.joined:
                return Here(one.row, one.scope)
            # Each is found behind all that stands in it: the join, before it its other side.
            match reading.found[:index]:
                case [*_, right, Step() as join]:
                    return Here(join.row, one.scope, _behind(right))
    return None


def _behind(found: Found) -> Schema:
    if isinstance(found, Step):
        return found.behind
    return found.schema if isinstance(found, TableRead) else OPEN


@dataclass(frozen=True, slots=True)
class _Whole:
    """A text that is whole, with the offset of the operator that was put into it.

    Attributes:
        begins: A query begins there.
        joined: It is behind the `on` of a join.
    """

    kql: str
    place: int
    begins: bool
    joined: bool


def _whole_text(before: str, tokens: Sequence[Token]) -> _Whole | None:
    """The innermost query made whole, and all around it; None where a text begins."""
    levels = _levels(tokens)
    while levels and levels[-1].cut is None:
        levels.pop()  # brackets that belong to an expression
    if not levels or not levels[-1].cut:
        return None
    level = levels[-1]
    if level.on is not None:
        kept = before[: level.on] + _JOINED
    else:
        kept = before[: level.cut] + (_BEGUN if level.begins else "")
    ends = "".join(
        f"{_ANSWER if one.let and not (one is level and one.begins) else ''}{one.closing}"
        for one in reversed(levels)
    )
    return _Whole(f"{kept} {_PUT}{ends}", len(kept) + 1, level.begins, level.on is not None)


def _levels(tokens: Sequence[Token]) -> list[_Level]:
    """Those that the end is in, the outermost first; none where brackets are nested too deeply."""
    levels = [_Level(cut=0)]
    previous = ""
    for token in tokens:
        level, text = levels[-1], token.text
        if token.kind is Kind.NAME:
            level.read_name(token, after_pipe=previous == "|")
        if token.kind is not Kind.SYMBOL:
            level.first = False
        elif text[-1] in _CLOSING:
            level.first = False
            if len(levels) > _DEEPEST:
                return []
            is_body = text == "{" and previous == ")"
            levels.append(_Level(_CLOSING[text[-1]], token.end if is_body else None))
        elif text[0] in _CLOSING.values():
            if len(levels) > 1:
                levels.pop()
        elif text == "|":
            level.cut_at(token.end, begins=False)
        elif text == ";":
            level.cut_at(token.end, begins=True)
            level.let = False
        else:
            level.first = False
        previous = text
    return levels
