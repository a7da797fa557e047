"""Names that differ in case only: Kusto keeps them apart, DuckDB takes them for one.

One of the two is said with a mark behind it, in the query and in the tables; the mark is taken off
the answer. duckdb_kql 1.1.2 refuses such queries, and mixes such columns up in a union.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from soc_tui.kql.text.lexer import Kind, lexemes
from soc_tui.kql.text.literals import identifier
from soc_tui.model.catalog import Column, KqlType
from soc_tui.workspaces.local.rewrite.plugins import Peek

_MARK = "__spelled"
_MARKED = re.compile(rf"{_MARK}\d+_")
_MADE = r"(?P<before>(?:[a-z]+_)*)(?P<name>{})(?P<behind>\d*)"
_TWO = re.compile(r"columns '(?P<one>.+?)' and '(?P<other>.+?)' differ only in case")


@dataclass(frozen=True, slots=True)
class Spellings:
    """Names as they are said here, by the names that are marked."""

    said: Mapping[str, str]

    def and_one_of(self, hint: str) -> Spellings | None:
        """With one of two names that a refusal tells; None where it is of something else."""
        found = _TWO.search(hint)
        if found is None or found["other"] in self.said:
            return None
        marked = f"{found['other']}{_MARK}{len(self.said) + 1}_"
        return Spellings({**self.said, found["other"]: marked})

    def text(self, kql: str, stored: Container[str]) -> str:
        """A query with marks, also on names that Kusto makes of marked ones: `set_a`, `a1`.

        Args:
            stored: Names of columns of tables; these are marked for themselves only.
        """
        made = re.compile(_MADE.format("|".join(map(re.escape, self.said))))
        pieces, done = [], 0
        for name, start, end in _names(kql):
            found = made.fullmatch(name)
            if found and (name in self.said or name not in stored):
                new = f"{found['before']}{self.said[found['name']]}{found['behind']}"
                pieces += [kql[done:start], identifier(new)]
                done = end
        return "".join([*pieces, kql[done:]])

    def columns(self, tables: Mapping[str, tuple[Column, ...]]) -> dict[str, tuple[Column, ...]]:
        """The columns of tables with marks."""
        return {
            table: tuple(replace(one, name=self.said.get(one.name, one.name)) for one in columns)
            for table, columns in tables.items()
        }

    def peek(self, peek: Peek | None) -> Peek | None:
        """Looks with marks at a workspace that has none."""
        return _Marked(peek, self) if peek is not None and self.said else peek


AS_WRITTEN = Spellings({})


def unmarked(name: str) -> str:
    """A name, or a text with names, as it was written."""
    return _MARKED.sub("", name)


@dataclass(frozen=True, slots=True)
class _Marked:
    inner: Peek
    spellings: Spellings

    def values(self, kql: str) -> Sequence[object]:
        return self.inner.values(unmarked(kql))

    def types(self, kql: str) -> Mapping[str, KqlType]:
        found = self.inner.types(unmarked(kql))
        return {self.spellings.said.get(name, name): kind for name, kind in found.items()}


def _names(kql: str) -> Iterator[tuple[str, int, int]]:
    """Every name that may be that of a column, with its offsets: no member of a bag, no call."""
    codes = [one for one in lexemes(kql) if one.kind is not Kind.COMMENT]

    def said(at: int) -> str:
        return kql[codes[at].start : codes[at].end] if 0 <= at < len(codes) else ""

    for at, code in enumerate(codes):
        before, behind = said(at - 1), said(at + 1)
        if code.kind is Kind.NAME:
            member = before == "." and said(at - 2) not in {"$left", "$right"}
            if not member and behind != "(":
                yield kql[code.start : code.end], code.start, code.end
        elif code.kind is Kind.STRING and (before, behind) == ("[", "]"):
            start = codes[at - 1].start
            is_member = at > 1 and codes[at - 2].end == start and said(at - 2)[-1:] not in "(,="
            if not is_member:
                yield said(at)[1:-1], start, codes[at + 1].end
