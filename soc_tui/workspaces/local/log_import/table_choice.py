"""Of which table rows are, told by their columns and the name of their file. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from soc_tui.model.catalog import KqlType

KnownTables = Mapping[str, Mapping[str, KqlType]]
"""Columns and their types by table: those of the catalog."""

_EVERYWHERE = frozenset(
    {"TimeGenerated", "Timestamp", "TenantId", "Type", "SourceSystem", "_ResourceId", "Computer"}
)
# Where columns fit several tables equally: the one that people mean.
_USUAL = ("SigninLogs", "DeviceProcessEvents", "SecurityEvent", "AuditLogs", "OfficeActivity")
_LEAST_SHARE = 0.6
_HALF, _LONG_NAME = 0.5, 8


@dataclass(frozen=True, slots=True)
class Fit:
    """How a table of the catalog fits a file.

    Attributes:
        known: Columns of the file that the table has.
        of: Columns of the file.
    """

    table: str
    known: int
    of: int


def fits(columns: Sequence[str], name: str, known: Mapping[str, Iterable[str]]) -> tuple[Fit, ...]:
    """All tables, the one that most likely was exported first.

    That is one that the file is named for; then the one that has most of the file's columns, of
    such the one whose name is likest to the file's, one that has no others, a usual one, and the
    one with the fewest others.

    Args:
        columns: Of the file.
        name: Of the file.
        known: Columns by table.
    """
    found = set(columns)
    there = {table: set(names) for table, names in known.items()}

    def key(table: str) -> tuple[bool, int, float, bool, int, int]:
        likeness = _likeness(table.casefold(), name.casefold())
        usual = _USUAL.index(table) if table in _USUAL else len(_USUAL)
        others = len(there[table] - found)
        known_here = len(found & there[table])
        return likeness < 1, -known_here, -likeness, others > 0, usual, others

    return tuple(Fit(table, -key(table)[1], len(found)) for table in sorted(there, key=key))


def chosen(columns: Sequence[str], name: str, known: KnownTables, types: Iterable[str] = ()) -> str:
    """The table that rows go into when nobody says.

    Args:
        types: Values of the column Type, in which a table says its own name.
    """
    named = {one for one in types if one in known}
    if len(named) == 1:
        return named.pop()
    best = next(iter(fits(columns, name, known)), None)
    telling = set(columns) - _EVERYWHERE
    if best is not None:
        same = telling & known[best.table].keys()
        if _likeness(best.table.casefold(), name.casefold()) == 1 and same:
            return best.table
        if len(same) >= 2 and len(same) >= _LEAST_SHARE * len(telling):
            return best.table
        if telling and len(same) == len(telling) and len(same) >= 1 and "_" not in name:
            return best.table
    return own_name(name)


def own_name(name: str) -> str:
    """A table name made of a file's, as custom tables of Log Analytics are named."""
    stem = re.split(r"\.(?=[A-Za-z0-9]{1,7}(?:\.|$))", name)[0]
    plain = re.sub(r"\W+", "_", stem, flags=re.ASCII).strip("_")[:100] or "Imported"
    plain = f"T{plain}" if plain[0].isdigit() else plain
    return plain if plain.endswith("_CL") else f"{plain}_CL"


def _likeness(table: str, name: str) -> float:
    """Share of a table's name that stands in one piece in a file's name; under half counts not.

    All of it (1) when it stands there as a word of its own; a short one ("Event"), which stands in
    many names, at their beginning.
    """
    same = SequenceMatcher(None, table, name, autojunk=False).find_longest_match()
    share = same.size / len(table)
    if share == 1:
        start = r"^[-_. ]*" if len(table) < _LONG_NAME else r"(?<![a-z0-9])"
        return 1.0 if re.search(rf"{start}{re.escape(table)}(?![a-z0-9])", name) else _HALF
    return share if share >= _HALF else 0.0
