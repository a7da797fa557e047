"""Repairs a rejected query by replacing unknown names with the nearest known ones. No model."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from soc_tui.kql.operators.registry import KEYWORDS, TABULAR_OPERATORS
from soc_tui.kql.syntax.vocabulary import FUNCTIONS, PLUGINS
from soc_tui.kql.text.lexer import Kind, Lexeme, lexemes
from soc_tui.model.catalog import Catalog
from soc_tui.model.nearest_name import nearest_name

_WORD = re.compile(r"[A-Za-z_][\w-]*")
_AFTER_PIPE = re.compile(r"\s*([A-Za-z_][\w-]*)")
_MEANT = re.compile(r"'([\w-]+)'[^']*?Did you mean '?([\w-]+)")


@dataclass(frozen=True, slots=True)
class _Fix:
    start: int
    end: int
    name: str
    kind: str


def nearest(kql: str, problem: str, catalog: Catalog) -> tuple[str, str] | None:
    """The text with unknown names replaced, and what was replaced in words; or None.

    Operators that KQL does not have are replaced wherever they stand; tables, columns and
    functions only where the problem names them.

    Args:
        problem: What the workspace or the guardrails said.
        catalog: Tables and columns that there are.
    """
    names = _Names(kql, catalog)
    fixes = [*names.operators(), *names.named_in(problem)]
    if not fixes:
        return None
    text = kql
    for fix in sorted(fixes, key=lambda one: one.start, reverse=True):
        text = text[: fix.start] + fix.name + text[fix.end :]
    said = dict.fromkeys(
        f"{kql[fix.start : fix.end]} became {fix.name}, the nearest {fix.kind}."
        for fix in sorted(fixes, key=lambda one: one.start)
    )
    return text, " ".join(said)


class _Names:
    """The names of a text, and what each could be."""

    def __init__(self, kql: str, catalog: Catalog) -> None:
        self._kql = kql
        self._lexemes = [one for one in lexemes(kql) if one.kind is not Kind.COMMENT]
        self._tables = set(catalog.tables)
        found = {kql[one.start : one.end] for one in self._lexemes if one.kind is Kind.NAME}
        self._made = {name for name in found if re.search(rf"\b{re.escape(name)}\s*=(?!=)", kql)}
        self._columns = {
            column
            for table in catalog.tables.values()
            if table.name in found
            for column in table.column_names
        }

    def operators(self) -> Iterator[_Fix]:
        """Words behind a pipe that are no operator but nearly one."""
        for lexeme in self._lexemes:
            if self._text(lexeme) != "|":
                continue
            word = _AFTER_PIPE.match(self._kql, lexeme.end)
            if word and word[1] not in TABULAR_OPERATORS:
                near = nearest_name(word[1], TABULAR_OPERATORS)
                if near:
                    yield _Fix(word.start(1), word.end(1), near, "operator")

    def named_in(self, problem: str) -> Iterator[_Fix]:
        """Tables, columns and functions that the problem names, and that nearly exist.

        What the problem itself proposes goes first: a workspace may lack a column of the catalog.
        """
        named = set(_WORD.findall(problem)) - KEYWORDS
        meant = dict(_MEANT.findall(problem))
        for index, lexeme in enumerate(self._lexemes):
            name = self._text(lexeme)
            if lexeme.kind is not Kind.NAME or name not in named:
                continue
            if name in meant and self._neighbour(index, -1) != "|":
                yield _Fix(lexeme.start, lexeme.end, meant[name], "known name")
                continue
            for kind, known in self._options(index):
                if name in known:
                    break
                if near := nearest_name(name, known):
                    yield _Fix(lexeme.start, lexeme.end, near, kind)
                    break

    def _options(self, index: int) -> Iterator[tuple[str, Collection[str]]]:
        """What the name at that index could be, the likeliest first."""
        before, after = self._neighbour(index, -1), self._neighbour(index, 1)
        if before == "|":
            return
        if after == "(" and before not in {"join", "lookup", "union", "by"}:
            yield "function", FUNCTIONS | PLUGINS
            return
        columns = ("column", self._columns | self._made)
        tables = ("table", self._tables | self._made)
        is_source = before in {"", ";", "join", "lookup", "union", "materialize", "in"}
        starts = is_source or after == "|" or (before == "=" and self._is_let(index))
        yield from (tables, columns) if starts else (columns, tables)

    def _is_let(self, index: int) -> bool:
        return index >= 3 and self._text(self._lexemes[index - 3]) == "let"

    def _neighbour(self, index: int, step: int) -> str:
        index += step
        return self._text(self._lexemes[index]) if 0 <= index < len(self._lexemes) else ""

    def _text(self, lexeme: Lexeme) -> str:
        return self._kql[lexeme.start : lexeme.end]
