"""A table's columns as far as the text shows them, and how operators change them."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from soc_tui.model.catalog import KqlType, TableSpec

Type = KqlType | None
"""None where it is not told."""


@dataclass(frozen=True, slots=True)
class Schema:
    """Columns.

    Attributes:
        names: Each column and its type, in order.
        also: Names that it may have as well: Kusto's own for expressions without a name.
        open: True when it may have columns that the text does not tell.
        hidden: Columns right behind a table that the catalog denies: they may be left out, and
            nothing else.
    """

    names: Mapping[str, Type] = field(default_factory=dict)
    also: frozenset[str] = frozenset()
    open: bool = False
    hidden: frozenset[str] = frozenset()

    @property
    def closed(self) -> bool:
        """Whether all columns are known, and surely there."""
        return bool(self.names) and not self.open and not self.also

    def has(self, name: str) -> bool:
        """Whether there is, or may be, a column of that name."""
        return self.open or name in self.names or name in self.also

    def plus(self, names: Iterable[str], also: Iterable[str] = ()) -> Schema:
        """With more columns, of no known type."""
        added = dict.fromkeys(names)
        return _capped({**self.names, **added}, self.also | frozenset(also), is_open=self.open)

    def typed(self, names: Mapping[str, Type]) -> Schema:
        """With more columns."""
        return _capped({**self.names, **names}, self.also, is_open=self.open)

    def without(self, patterns: Sequence[str]) -> Schema:
        """Without the columns that match any of the patterns (`*` is the only wildcard)."""
        kept = {name: kind for name, kind in self.names.items() if not matches(name, patterns)}
        return replace(self, names=kept)

    def only(self, patterns: Sequence[str]) -> Schema:
        """With none but the columns that match; plain names among the patterns are kept as such."""
        kept = {name: kind for name, kind in self.names.items() if matches(name, patterns)}
        plain = {name: self.names.get(name) for name in patterns if "*" not in name}
        wild = any("*" in name for name in patterns)
        also = frozenset(name for name in self.also if matches(name, patterns))
        return Schema({**kept, **plain}, also, self.open and wild)

    def renamed(self, new: Mapping[str, str]) -> Schema:
        """With new names by the old ones; columns stay in their places."""
        names = {new.get(name, name): kind for name, kind in self.names.items()}
        unseen = {made: None for name, made in new.items() if name not in self.names}
        return _capped({**names, **unseen}, self.also, is_open=self.open)

    def ordered(self, first: Iterable[str]) -> Schema:
        """With these of its columns in front of all others."""
        order = dict.fromkeys([*first, *self.names])
        return replace(self, names={name: self.names[name] for name in order if name in self.names})

    def opened(self) -> Schema:
        """The same, and perhaps more columns."""
        return replace(self, open=True)


MOST_COLUMNS = 1_000
"""Most columns that are followed: a few joins of a join with itself have millions."""

EMPTY = Schema()
OPEN = Schema(open=True)


def of_table(table: TableSpec) -> Schema:
    """The columns that the catalog lists; no others where it denies some."""
    hidden = frozenset(column.name for column in table.denied)
    is_open = table.more_columns and not hidden
    return Schema(
        {column.name: column.type for column in table.columns}, frozenset(), is_open, hidden
    )


def matches(name: str, patterns: Sequence[str]) -> bool:
    """Whether a column's name matches a plain name or a pattern like `Device*`."""
    return any(
        name == pattern or ("*" in pattern and fnmatch.fnmatchcase(name, pattern))
        for pattern in patterns
    )


def joined(left: Schema, right: Schema, shared: Iterable[str] = ()) -> Schema:
    """Columns of a join: the right side's get a number where the left has the name already.

    Args:
        shared: Right columns that are left out (the keys of `lookup`).

    Source: https://learn.microsoft.com/kusto/query/join-operator (output columns).
    """
    names = dict(left.names)
    left_out = frozenset(shared)
    for name, kind in right.names.items():
        if name not in left_out:
            names[_unused(name, names)] = kind
    also = left.also | right.also | {f"{name}1" for name in right.also}
    return _capped(names, also, is_open=left.open or right.open)


def united(schemas: Sequence[Schema], *, inner: bool = False) -> Schema:
    """Columns of a union. One that has several types is split: `Name_string`, `Name_long`.

    Source: https://learn.microsoft.com/kusto/query/union-operator
    """
    if inner and not any(schema.open for schema in schemas):
        names = {
            name: kind
            for name, kind in schemas[0].names.items()
            if all(schema.has(name) for schema in schemas)
        }
        return Schema(names, frozenset().union(*(schema.also for schema in schemas)))
    kinds: dict[str, dict[Type, None]] = {}
    also: set[str] = set().union(*(schema.also for schema in schemas)) if schemas else set()
    for schema in schemas:
        for name, kind in schema.names.items():
            kinds.setdefault(name, {})[kind] = None
    found: dict[str, Type] = {}
    for name, several in kinds.items():
        split = {f"{name}_{kind}": kind for kind in several if kind is not None}
        if len(several) == 1 or None in several:
            found[name] = next(iter(several))
            also.update(f"{name}_{kind}" for kind in KqlType if len(several) > 1)
        else:
            found.update({made: kind for made, kind in split.items() if made not in kinds})
            also.update((name, *split))
    return _capped(found, frozenset(also), is_open=any(schema.open for schema in schemas))


def _unused(name: str, taken: Mapping[str, Type]) -> str:
    if name not in taken:
        return name
    number = 1
    while f"{name}{number}" in taken:
        number += 1
    return f"{name}{number}"


def _capped(names: Mapping[str, Type], also: frozenset[str], *, is_open: bool) -> Schema:
    if len(names) + len(also) > MOST_COLUMNS:
        return OPEN
    return Schema(names, also, is_open)
