"""What a file is read into, and what all readers share.

Heavy imports: this package is itself imported lazily.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from soc_tui.model.catalog import KqlType
from soc_tui.workspaces.local.log_import.column_types import clean_name, column_names
from soc_tui.workspaces.local.log_import.text_files import MAX_FIELD_CHARS
from soc_tui.workspaces.local.log_import.times import DateOrder

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_BATCH = 20
MAX_LINE_BYTES = MAX_FIELD_CHARS
NOT_OF_THE_FILE = (duckdb.InterruptException, duckdb.OutOfMemoryException, duckdb.IOException)
"""Errors of which the file that is read is not the cause."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file, or what of it belongs to one table, read into a temporary table.

    Attributes:
        table: The temporary table; text columns are VARCHAR as they stood in the file.
        names: Name in the file by cleaned name, in order.
        types: KQL type by cleaned name: declared by the file, or read off its values; None for a
            column without values.
        line: 1-based line in the file of a 0-based row, or None where lines mean nothing.
        stored: DuckDB type by cleaned name where the file has types of its own (Parquet).
        orders: Of the numbers in dates, by cleaned name.
        missing: What the file itself says is missing in it.
        notes: What was changed on the way.
        lenient: A cell that does not fit its column's type is left empty: the raw event has it.
        sure: Columns whose type was read off all their values.
    """

    path: Path
    table: str
    names: Mapping[str, str]
    types: Mapping[str, KqlType | None]
    line: Callable[[int], int | None]
    stored: Mapping[str, str] = field(default_factory=dict)
    orders: Mapping[str, DateOrder] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    lenient: bool = False
    sure: frozenset[str] = frozenset()

    def is_text(self, column: str) -> bool:
        """True when the column holds text that is still to be converted."""
        return self.stored.get(column, "VARCHAR") == "VARCHAR"


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is read.

    Attributes:
        path: Named in errors.
        table: The temporary table to make.
        folder: Private folder for copies.
        given: Types known beforehand by column name, which need not be read off the values.
        dates: Which number of a date stands first, where nothing in the file says it.
        stage: Told what is done now, until which share (0-1) of the file is done.
        lenient: See Source.
    """

    con: DuckDBPyConnection
    path: Path
    table: str
    folder: Path
    given: Mapping[str, KqlType]
    dates: DateOrder | None = None
    stage: Callable[[str, float], None] = lambda doing, upto: None
    lenient: bool = False


def plainly_named(path: Path, link: Path) -> Path:
    """The same file under a name without characters that DuckDB's readers take for a pattern."""
    try:
        link.symlink_to(path.resolve())
    except OSError:  # no symbolic links there (Windows without the privilege)
        shutil.copyfile(path, link)
    return link


def named(task: Reading, names: Sequence[str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Name in the file by the name of the column, and what there is to say of that."""
    made = column_names(names, task.given)
    notes = tuple(
        f"column {number} has no name: it is now {new}"
        if not old.strip()
        else f"{old!r} is now {new}, as {clean_name(old) or 'another'} is there already"
        for number, (new, old) in enumerate(made.items(), 1)
        if not old.strip() or new.casefold() != clean_name(old).casefold()
    )
    return made, notes


def batches(names: Sequence[str], size: int = _BATCH) -> Iterator[Sequence[str]]:
    """The names, some at a time: DuckDB's memory and time for one SELECT of many aggregates grow
    with their square (1,500 took 2 GB, of a table of one row)."""
    return (names[at : at + size] for at in range(0, len(names), size))
