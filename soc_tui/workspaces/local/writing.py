"""A DuckDB file opened to be changed, and what is said where that fails.

Heavy imports: this module is itself imported lazily.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from soc_tui.model.errors import FileImportError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@contextlib.contextmanager
def writer(path: Path, folder: Path, limits: Mapping[str, str]) -> Iterator[DuckDBPyConnection]:
    """A connection that may write.

    Args:
        folder: Takes what does not fit into memory.
        limits: Settings of DuckDB.
    """
    con = duckdb.connect(
        str(path),
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "python_enable_replacements": "false",
            "temp_directory": str(folder / "spill"),
            **limits,
        },
    )
    try:
        con.execute("SET TimeZone = 'UTC'")
        yield con
    finally:
        con.close()


def database_error(database: Path, error: duckdb.Error) -> FileImportError:
    """What is said when DuckDB cannot write."""
    text = str(error)
    if isinstance(error, duckdb.OutOfMemoryException):
        return FileImportError(
            "There is not enough memory for this import.",
            "Nothing was imported.",
            "Close other programs, or import the file in parts.",
        )
    if "lock" in text or "Unique file handle conflict" in text or "different configuration" in text:
        return FileImportError(
            f"The database {database} is in use.",
            "Another program, or a running query, has it open.",
            "Import again when it is done.",
        )
    if "not a valid DuckDB" in text:
        return FileImportError(
            f"{database} is not a DuckDB file.", next_step="Choose another file for the database."
        )
    return FileImportError(
        f"The import into {database} failed.",
        f"DuckDB stopped with {type(error).__name__}. Nothing was imported.",
        "Check the free disk space and memory, and that the database is not damaged.",
    )
