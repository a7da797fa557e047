"""Completions at the cursor: tables, columns, operators, functions, values from the rows.

What the words before the cursor tell of the place; and what the walk tells of the columns and names
there, where what is finished can be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from soc_tui.kql.columns.schema import Schema
from soc_tui.kql.editing.names import Names
from soc_tui.kql.editing.unfinished import Here, Token, read_here
from soc_tui.kql.operators.entry import Completing
from soc_tui.kql.operators.registry import (
    BEGINNINGS,
    BY_WORD,
    KEYWORDS,
    OFFERED,
    TABULAR_OPERATORS,
)
from soc_tui.kql.references.bindings import What
from soc_tui.kql.syntax.vocabulary import (
    AGGREGATE_FUNCTIONS,
    COMPARISONS,
    NEGATIONS,
    PLUGINS,
    REACHING_FUNCTIONS,
    SCALAR_FUNCTIONS,
)
from soc_tui.kql.text.lexer import Kind, lexemes
from soc_tui.kql.text.literals import identifier

SIGHT_CHARACTERS = 4_000
"""How far before the cursor is looked, so that a key press stays cheap in a long text."""

MOST = 50
"""Completions offered at once."""


_AGGREGATES = tuple(sorted(AGGREGATE_FUNCTIONS - SCALAR_FUNCTIONS))
_SCALARS = tuple(sorted(SCALAR_FUNCTIONS - KEYWORDS - {*REACHING_FUNCTIONS}))
_NEGATED = tuple(f"!{word}" for word in COMPARISONS if f"!{word}" in NEGATIONS)
_SIGNS = frozenset({"==", "!=", "=~", "!~", "<", ">", "<=", ">=", "<>", ":"})
_LISTS = frozenset({"in", "in~", "!in", "!in~", "has_any", "has_all"})
_COMPARING = _SIGNS | {*COMPARISONS} | NEGATIONS
# Words after which an expression begins.
_LEADING = KEYWORDS | {*COMPARISONS} | NEGATIONS
_HYPHENED = re.compile(r"(?:^|[|({])\s*+([a-z]++-[a-z-]*+)\Z")


class Sort(StrEnum):
    """What a completion is."""

    TABLE = "table"
    COLUMN = "column"
    NAME = "name"
    OPERATOR = "operator"
    WORD = "word"
    FUNCTION = "function"
    PLUGIN = "plugin"
    VALUE = "value"


_NAMING = frozenset({Sort.TABLE, Sort.COLUMN, Sort.NAME, Sort.VALUE})


@dataclass(frozen=True, slots=True)
class Completion:
    """One that can be chosen: its text, what it is, and more on it (a column's type)."""

    text: str
    sort: Sort
    detail: str = ""

    @property
    def inserted(self) -> str:
        """The text as it goes into the query: functions with their bracket, odd names in quotes."""
        if self.sort is Sort.COLUMN:
            return identifier(self.text)
        return f"{self.text}(" if self.sort in {Sort.FUNCTION, Sort.PLUGIN} else self.text


@dataclass(frozen=True, slots=True)
class Completions:
    """Completions that can replace `typed`, the end of the text before the cursor.

    Attributes:
        eager: Whether to offer it while typing, without being asked.
    """

    items: tuple[Completion, ...] = ()
    typed: str = ""
    eager: bool = False


def complete(before: str, names: Names, *, whole: bool = True) -> Completions:
    """What can stand behind `before`, the text up to the cursor; never raises.

    Begin `before` at the start of a line at most `SIGHT_CHARACTERS` back, outside any string.

    Args:
        whole: Whether `before` begins where the text does; if not, it is not parsed.
    """
    tokens = [
        Token(before[piece.start : piece.end], piece.kind, piece.end) for piece in lexemes(before)
    ]
    last = tokens[-1] if tokens else None
    at_end = last is not None and last.end == len(before)
    typed = ""
    if last is not None and at_end:
        if last.kind in {Kind.COMMENT, Kind.STRING, Kind.NUMBER}:
            return Completions()
        if last.kind is Kind.UNCLOSED:
            return _in_string(_Context(tokens[:-1], names, None), last.text)
        if last.kind is Kind.NAME or last.text == "!":
            typed = last.text
            tokens.pop()
    if hyphened := _HYPHENED.search(before):
        typed = hyphened[1]
        tokens = [token for token in tokens if token.end <= hyphened.start(1)]
    context = _Context(tokens, names, before if whole else None)
    found = _matching(context.candidates(), typed)
    shortest = 1 if context.previous == "|" else 2
    return Completions(found, typed, eager=len(typed) >= shortest)


@dataclass(slots=True)
class _Pipeline:
    """A query, or what stands in one pair of brackets, up to the cursor."""

    opener: int
    """Index of its opening bracket among the tokens; -1 for none."""
    operator: str = ""
    tables: list[str] = field(default_factory=list)


def _words(texts: Iterable[str], sort: Sort, detail: str = "") -> tuple[Completion, ...]:
    return tuple(Completion(text, sort, detail) for text in texts)


def _listed(row: Schema) -> Iterator[Completion]:
    for name, kind in row.names.items():
        yield Completion(name, Sort.COLUMN, kind.value if kind is not None else "")


def _at(operator: str) -> Completing:
    """What can be typed at an operator; nothing special at none, and at a word that is none."""
    return BY_WORD[operator].completing if operator in BY_WORD else Completing()


def _arguments(operator: str) -> Iterator[Completion]:
    for text in _at(operator).arguments or ():
        yield Completion(text, Sort.PLUGIN if text in PLUGINS else Sort.WORD)


class _Context:
    """Where the cursor stands.

    Args:
        before: The text up to it; None where it is not to be parsed.
    """

    def __init__(self, tokens: list[Token], names: Names, before: str | None) -> None:
        self.names = names
        self._before = before
        self.tokens = [token for token in tokens if token.kind is not Kind.COMMENT]
        self.previous = self._text(-1)
        self.pipelines = [_Pipeline(-1)]
        for index, token in enumerate(self.tokens):
            self._read(index, token)

    def _text(self, index: int) -> str:
        return self.tokens[index].text if -len(self.tokens) <= index < len(self.tokens) else ""

    def _read(self, index: int, token: Token) -> None:
        inner = self.pipelines[-1]
        if token.kind is Kind.NAME:
            if self._is_operator(index):
                inner.operator = token.text
            if token.text in self.names.catalog.tables:
                inner.tables.append(token.text)
        elif token.kind is not Kind.SYMBOL:
            return
        elif token.text[-1] in "([{":
            self.pipelines.append(_Pipeline(index))
        elif token.text[0] in ")]}" and len(self.pipelines) > 1:
            self.pipelines.pop()
            self.pipelines[-1].tables.extend(inner.tables)
        elif token.text == ";":
            self.pipelines[-1] = _Pipeline(inner.opener)

    def _is_operator(self, index: int) -> bool:
        before = self.tokens[index - 1].text if index else ""
        begins = before in {"", ";", "(", "{", "="}
        return before == "|" or (begins and self.tokens[index].text in TABULAR_OPERATORS)

    def candidates(self) -> Iterator[Completion]:
        """All that can stand here, the likeliest first."""
        previous, operator = self.previous, self._operator()
        if previous in {"", ";", "{"}:
            yield from self._tables()
            yield from _words(("let", *BEGINNINGS), Sort.WORD)
        elif previous == "|":
            yield from _words(OFFERED, Sort.OPERATOR)
        elif previous == ".":
            if self._text(-2) in {"$left", "$right"}:
                yield from self._columns()
        elif self._wants_table(operator):
            if previous == operator:
                yield from _arguments(operator)
            yield from self._tables()
        elif self._ends_operand():
            if operator:
                yield from _words(_at(operator).behind, Sort.WORD)
                yield from _words(("and", "or", *COMPARISONS, *_NEGATED), Sort.WORD)
        elif previous == operator and _at(operator).arguments is not None:
            yield from _arguments(operator)
        else:
            yield from self._expression(operator)

    def _operator(self) -> str:
        """The tabular operator that the cursor is in; empty where a query begins."""
        for pipeline in reversed(self.pipelines):
            if pipeline.operator or pipeline.tables:
                return pipeline.operator
        return ""

    def _wants_table(self, operator: str) -> bool:
        if _at(operator).takes_table:
            return self.previous in {operator, "("} or self._text(-2) == "="
        return _at(operator).takes_tables or (not operator and self.previous == "=")

    def _ends_operand(self) -> bool:
        """Whether a value ends before the cursor, so that an operator has to follow."""
        token = self.tokens[-1]
        if token.kind is Kind.NAME:
            return token.text not in _LEADING or token.text in self.names.catalog.tables
        return token.kind is not Kind.SYMBOL or token.text in {")", "]", "}"}

    @cached_property
    def _here(self) -> Here | None:
        """What the walk tells; None where the text cannot be read."""
        if self._before is None:
            return None
        return read_here(self._before, self.tokens, self.names.catalog)

    def _tables(self) -> Iterator[Completion]:
        yield from self._bound(rows=True)
        for name, table in self.names.catalog.tables.items():
            yield Completion(name, Sort.TABLE, f"{len(table.columns)} columns")
        if self._here is None or self.previous == "=":
            yield from self._made()

    def _bound(self, *, rows: bool) -> Iterator[Completion]:
        """Names of the query's own at the cursor: those that give rows, or all others."""
        for name, known in self._here.scope.items() if self._here is not None else ():
            if known.gives_rows is rows:
                sort = Sort.TABLE if rows else Sort.NAME
                yield Completion(name, Sort.FUNCTION if known.what is What.FUNCTION else sort)

    def _made(self) -> Iterator[Completion]:
        yield from _words(self.names.made, Sort.NAME)

    def _columns(self) -> Iterator[Completion]:
        """Columns that are there first, then those of the tables near that may be."""
        near = [pipeline.tables[::-1] for pipeline in reversed(self.pipelines) if pipeline.tables]
        tables = tuple(dict.fromkeys(name for names in near for name in names))
        own = self.names.columns(tuple(near[0]) if near else self.names.scope)
        row, there = self._row()
        yield from there
        others = self.names.columns(tables or self.names.scope)
        for column in (*others.values(), *self.names.result):
            if row is None or row.has(column.name) or column.name not in own:
                yield Completion(column.name, Sort.COLUMN, column.type.value)

    def _row(self) -> tuple[Schema | None, Iterator[Completion]]:
        """All columns that can stand here, None where that is not known; and those to offer."""
        here = self._here
        if here is None or here.row is None:
            return None, iter(())
        if here.right is None:
            return here.row, _listed(here.row)
        side = self._text(-2)
        if self.previous == "." and side in {"$left", "$right"}:
            row = here.row if side == "$left" else here.right
            return row, _listed(row)
        either = here.row.typed(here.right.names)
        shared = [name for name in here.row.names if name in here.right.names]
        row = Schema(
            either.names, here.row.also | here.right.also, here.row.open or here.right.open
        )
        return row, _listed(row.ordered(shared))

    def _expression(self, operator: str) -> Iterator[Completion]:
        yield from _words(self.values(), Sort.VALUE, "seen")
        aggregating = _at(operator).aggregates and self.previous != "by"
        if aggregating and self.previous != "(":
            yield from _words(_AGGREGATES, Sort.FUNCTION)
        yield from self._columns()
        yield from self._bound(rows=False)
        yield from self._bound(rows=True)
        row, _ = self._row()
        yield from (one for one in self._made() if row is None or row.has(one.text))
        yield from _words(_SCALARS, Sort.FUNCTION)
        yield from _words(_at(operator).behind, Sort.WORD)

    def values(self) -> tuple[str, ...]:
        """Literals seen in the column that is compared with what stands at the cursor."""
        operator = len(self.tokens) - 1
        if self.previous in {"(", ","}:
            operator = self.pipelines[-1].opener - 1
            if operator < 1 or self.tokens[operator].text not in _LISTS:
                return ()
        elif self.previous not in _COMPARING:
            return ()
        return self.names.values.get(self._text(operator - 1), ()) if operator > 0 else ()


def _in_string(context: _Context, typed: str) -> Completions:
    """Values seen that the string that is being typed can become."""
    begun = typed.lstrip("hH@").lstrip("\"'").casefold()
    literals = [text for text in context.values() if text.startswith('"')]
    ahead = [text for text in literals if text[1:].casefold().startswith(begun)]
    within = [text for text in literals if text not in ahead and begun in text[1:-1].casefold()]
    items = _words((*ahead, *within)[:MOST], Sort.VALUE, "seen")
    return Completions(items, typed, eager=True)


def _matching(candidates: Iterable[Completion], typed: str) -> tuple[Completion, ...]:
    """Those that begin with what is typed, then names that hold it; without case."""
    wanted = typed.casefold()
    ahead: dict[str, Completion] = {}
    within: dict[str, Completion] = {}
    for candidate in candidates:
        text = candidate.text.casefold().lstrip('"')
        if text.startswith(wanted):
            ahead.setdefault(candidate.text, candidate)
        elif len(wanted) > 1 and wanted in text and candidate.sort in _NAMING:
            within.setdefault(candidate.text, candidate)
    return (*ahead.values(), *(item for text, item in within.items() if text not in ahead))[:MOST]
