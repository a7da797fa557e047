"""The catalog in as few tokens as a planner needs. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from soc_tui.model.catalog import Catalog, KqlType, TableSpec

HOW_TO_READ = (
    "Each table: name, its time field, what it holds; then its columns by type, strings first and"
    " without a label. Prefix{A,B} stands for the columns PrefixA and PrefixB."
)

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^A-Za-z\d]+")
_LEAST_MEMBERS = 3
_LEAST_PREFIX = 6


def compact(catalog: Catalog) -> str:
    """All tables; columns that every one of them has are named once, at the end."""
    tables = catalog.tables.values()
    everywhere = _in_every(tables) if len(catalog.tables) > 1 else set()
    lines = [line for table in tables for line in _table(table, everywhere)]
    shared = sorted(everywhere - {table.time_column for table in tables})
    if shared:
        lines.append(f"Every table also has: {' '.join(shared)}")
    return "\n".join(lines)


def _in_every(tables: Iterable[TableSpec]) -> set[str]:
    return set.intersection(*(set(table.column_names) for table in tables))


def _table(table: TableSpec, left_out: set[str]) -> Iterator[str]:
    notes = " ".join(["", *table.notes.split()])
    yield f"{table.name} (time field {table.time_column}).{notes}"
    by_type: dict[KqlType, list[str]] = {KqlType.STRING: []}
    for column in table.columns:
        if column.name not in left_out:
            by_type.setdefault(column.type, []).append(column.name)
    parts = (
        ("" if kind is KqlType.STRING else f"{kind.value}: ") + " ".join(folded(names))
        for kind, names in by_type.items()
        if names
    )
    yield f"  {'; '.join(parts)}"


def folded(names: Sequence[str]) -> list[str]:
    """Names with those that share a long beginning written once: `Target{Domain,User}Name` …

    The beginning that saves most is taken first; what is left is folded in the same way.
    """
    prefix = _best_prefix(names)
    if not prefix:
        return list(names)
    members = [name for name in names if name.startswith(prefix)]
    rest = [name for name in names if not name.startswith(prefix)]
    return [f"{prefix}{{{','.join(name[len(prefix) :] for name in members)}}}", *folded(rest)]


def _best_prefix(names: Sequence[str]) -> str:
    counts: dict[str, int] = {}
    for name in names:
        for prefix in _prefixes(name):
            counts[prefix] = counts.get(prefix, 0) + 1
    savings = {
        prefix: (count - 1) * len(prefix)
        for prefix, count in counts.items()
        if count >= _LEAST_MEMBERS and len(prefix) >= _LEAST_PREFIX
    }
    return max(savings, key=lambda prefix: savings[prefix], default="")


def _prefixes(name: str) -> Iterator[str]:
    """Beginnings that end with a whole word of the name, short of the name itself."""
    ends = [match.end() for match in _WORD.finditer(name)]
    yield from (name[:end] for end in ends[:-1])
