"""Tables and columns of a DuckDB file, kept until the file changes."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from soc_tui.model.catalog import Column

if TYPE_CHECKING:
    from soc_tui.workspaces.local.duckdb_sandbox import Tables

SETTLED_NS = 2_000_000_000
"""What is known of a file that changed less than this ago is not kept, nanoseconds: its next change
may fall into the same tick of the file system's clock (2 seconds on FAT) and leave its size as it
is."""


class _Stamp(NamedTuple):
    """One file as the file system knows it.

    Its bytes are not read: closing another handle of the file would drop DuckDB's lock on it
    (https://man7.org/linux/man-pages/man2/fcntl_locking.2.html, "Record locks are automatically
    released").
    """

    device: int
    inode: int
    size: int
    modified_ns: int
    changed_ns: int  # new even where a copy keeps the old times; on Windows when it was made


@dataclass(frozen=True, slots=True)
class FileState:
    """A DuckDB file and its write-ahead log at one moment; two that are equal hold the same.

    Attributes:
        settled: Whether every later change will show in the stamps.
    """

    stamps: tuple[_Stamp | None, ...]
    settled: bool

    @classmethod
    def of(cls, path: Path, clock: Callable[[], int] = time.time_ns) -> FileState:
        """As the file at `path` is now; `clock` gives nanoseconds since 1970."""
        now = clock()
        file = path.resolve()
        stamps = (_stamp(file), _stamp(file.with_name(f"{file.name}.wal")))
        newest = max((max(one.modified_ns, one.changed_ns) for one in stamps if one), default=now)
        return cls(stamps, now - newest > SETTLED_NS)


def _stamp(path: Path) -> _Stamp | None:
    """None when it is not there, or may not be looked at: opening it then says why."""
    try:
        found = path.stat()
    except OSError:
        return None
    return _Stamp(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


@dataclass(frozen=True, slots=True)
class Schema:
    """What is in a file.

    Attributes:
        tables: Columns by table, as the file stores them.
        columns: The same, as KQL sees them.
    """

    tables: Tables
    columns: Mapping[str, tuple[Column, ...]]

    @classmethod
    def of(cls, tables: Tables) -> Schema:
        """From the columns as they are stored."""
        seen = {name: tuple(one.column for one in stored) for name, stored in tables.items()}
        return cls(tables, seen)


class SchemaCache:
    """The schema of one file in its last known state."""

    def __init__(self) -> None:
        self._kept: tuple[FileState, Schema] | None = None

    def get(self, state: FileState) -> Schema | None:
        """The schema of the file in this state, if it was kept."""
        return self._kept[1] if self._kept and self._kept[0] == state else None

    def keep(self, state: FileState, schema: Schema) -> None:
        """Keep the schema of the file in this state, if later changes will show."""
        if state.settled:
            self._kept = state, schema
