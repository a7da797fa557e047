"""The names that a text may use: of its tables, of their columns, and those it makes itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from soc_tui.kql.editing.highlight import Words
from soc_tui.kql.operators.words import keywords
from soc_tui.model.catalog import Catalog, Column

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*+")
# `let x = …`, `extend x = …`, `as x`; a comparison is not an assignment.
_MADE = re.compile(
    r"\b([A-Za-z_][A-Za-z0-9_]*+)[ \t]*+=(?![=~>])|\bas[ \t]++([A-Za-z_][A-Za-z0-9_]*+)"
)


@dataclass(frozen=True)
class Names:
    """What can be completed and coloured in one text.

    Attributes:
        catalog: All tables that may be asked for.
        scope: Tables that the text names, in its order.
        made: Names that the text itself makes, in its order.
        result: Columns of the rows on screen, if any.
        values: Values seen in those columns, as KQL literals, the most frequent first.
    """

    catalog: Catalog = field(default_factory=Catalog)
    scope: tuple[str, ...] = ()
    made: tuple[str, ...] = ()
    result: tuple[Column, ...] = ()
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def columns(self, tables: tuple[str, ...]) -> dict[str, Column]:
        """Columns of these tables by name, those of the first table first."""
        found: dict[str, Column] = {}
        for name in tables:
            table = self.catalog.table(name)
            for column in table.columns if table else ():
                found.setdefault(column.name, column)
        return found

    def words(self) -> Words:
        """What to colour as tables and columns."""
        columns = {*self.columns(self.scope), *(column.name for column in self.result)}
        return Words(frozenset(self.catalog.tables), frozenset(columns))


def tables_in(text: str, catalog: Catalog) -> tuple[str, ...]:
    """Tables of the catalog whose names are words of the text, in its order."""
    return tuple(word for word in dict.fromkeys(_WORD.findall(text)) if word in catalog.tables)


def made_in(text: str) -> tuple[str, ...]:
    """Names that the text gives, in its order; option names (`kind=`) are not among them."""
    found = (first or second for first, second in _MADE.findall(text))
    return tuple(name for name in dict.fromkeys(found) if name not in keywords())
