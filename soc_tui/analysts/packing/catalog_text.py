"""The catalog in as few tokens as a planner needs. Pure."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from soc_tui.model.catalog import Catalog, Column, KqlType, TableSpec

HOW_TO_READ = (
    "Each table: name, its time field, what it holds; then its columns by type, strings first and"
    " without a label. Prefix{A,B} stands for the columns PrefixA and PrefixB, +1 for all columns"
    " of set 1."
)

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^A-Za-z\d]+")
_LEAST_MEMBERS = 3
_LEAST_PREFIX = 6
_LEAST_SHARED, _LEAST_SAVING = 3, 12  # columns of a set, columns that it saves
_Columns = frozenset[Column]
_NAMED = 1_000.0
_LEAST_SCORE = 0.3  # of a table that a request may be about: a word that three tables have
_MOST_COLUMNS = 150  # of tables that a request only may be about
_COMMON_WORDS = re.compile(
    "all|and|any|are|but|day|did|does|event|find|for|from|has|have|hour|how|into|last|list|log|not"
    "|off|one|only|record|show|table|than|that|the|their|then|there|these|thi|this|use|used|using"
    "|wa|was|week|were|what|when|where|which|who|with|you"
)


def compact(catalog: Catalog, *, with_sets: bool = True) -> str:
    """All sets of columns that tables share, then all tables.

    Args:
        with_sets: False where the text stands beside another, whose sets have the same numbers.
    """
    tables = catalog.tables.values()
    left = {table.name: _beside_time(table) for table in tables}
    sets: list[_Columns] = []
    used: dict[str, list[int]] = {table.name: [] for table in tables}
    while with_sets and (shared := _best_shared(left)):
        sets.append(shared)
        for name, columns in left.items():
            if shared <= columns:
                left[name] = columns - shared
                used[name].append(len(sets))
    lines = [f"Set {n}: {_by_type(sorted(one, key=_name))}" for n, one in enumerate(sets, start=1)]
    for table in tables:
        lines.extend(_table(table, left[table.name], used[table.name]))
    return "\n".join(lines)


def asked_about(text: str, seldom: Catalog) -> Catalog:
    """The tables that a text names, then those whose names and notes share most of its words.

    No more than a prompt should be given beside the tables that every request is told.
    """
    said = _words(text)
    words = {
        name: _words(f"{name} {_spaced(name)} {one.notes}") for name, one in seldom.tables.items()
    }
    spread = Counter(word for theirs in words.values() for word in theirs)
    scores = {
        name: _NAMED if name.casefold() in said else sum(1 / spread[word] for word in theirs & said)
        for name, theirs in words.items()
    }
    ranked = sorted(scores, key=lambda name: (-scores[name], len(seldom.tables[name].columns)))
    found: dict[str, TableSpec] = {}
    for name in (name for name in ranked if scores[name] >= _LEAST_SCORE):
        found[name] = seldom.tables[name]
        if (
            scores[name] < _NAMED
            and sum(len(one.columns) for one in found.values()) > _MOST_COLUMNS
        ):
            del found[name]
    return Catalog(found)


def _words(text: str) -> set[str]:
    """Words of a text that tell something, without their plural endings."""
    words = {word.removesuffix("s") for word in re.findall(r"\w+", text.casefold())}
    return {word for word in words if len(word) > 2 and not _COMMON_WORDS.fullmatch(word)}


def _spaced(name: str) -> str:
    return " ".join(_WORD.findall(name))


def _beside_time(table: TableSpec) -> _Columns:
    return frozenset(column for column in table.columns if column.name != table.time_column)


def _best_shared(left: Mapping[str, _Columns]) -> _Columns:
    """The set of columns that saves most when the tables that have it all refer to it."""
    best: _Columns = frozenset()
    best_saving = _LEAST_SAVING - 1
    for one, other in itertools.combinations(left.values(), 2):
        shared = one & other
        tables = sum(shared <= columns for columns in left.values())
        saving = (tables - 1) * len(shared)
        if saving > best_saving and len(shared) >= _LEAST_SHARED:
            best, best_saving = shared, saving
    return best


def _table(table: TableSpec, columns: _Columns, sets: Iterable[int]) -> Iterator[str]:
    notes = " ".join(["", *table.notes.split()])
    time = f"time field {table.time_column}" if table.time_column else "no time field"
    yield f"{table.name} ({time}).{notes}"
    own = _by_type([column for column in table.columns if column in columns])
    yield f"  {' '.join([*(f'+{number}' for number in sets), own])}".rstrip()


def _by_type(columns: Sequence[Column]) -> str:
    by_type: dict[KqlType, list[str]] = {KqlType.STRING: []}
    for column in columns:
        by_type.setdefault(column.type, []).append(column.name)
    parts = (
        ("" if kind is KqlType.STRING else f"{kind.value}: ") + " ".join(folded(names))
        for kind, names in by_type.items()
        if names
    )
    return "; ".join(parts)


def _name(column: Column) -> str:
    return column.name


def folded(names: Sequence[str]) -> list[str]:
    """Names with those that share a long beginning written once: `InitiatingProcess{Id,MD5,SHA1}`.

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
