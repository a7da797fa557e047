"""A digest in each record of a SQLite file, so that bytes that changed by themselves are told.

Triggers write it, so no statement can forget it. SQLite's own checks see only what does not fit
together; a flipped letter in a text does.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence

_FUNCTION = "record_digest"
COLUMN = "digest"


def teach(con: sqlite3.Connection) -> None:
    """Make the function of the triggers and checks known to a connection."""
    con.create_function(_FUNCTION, -1, _digest, deterministic=True)


def guarded(table: str, columns: Sequence[str]) -> tuple[str, ...]:
    """Statements that give a table its digest, of these columns; `rowid` must be a column of it."""
    of_new = ", ".join(f"new.{name}" for name in columns)
    write = (
        f"BEGIN UPDATE {table} SET {COLUMN} = {_FUNCTION}({of_new}) WHERE rowid = new.rowid; END"
    )
    changes = ", ".join(columns)
    return (
        f"ALTER TABLE {table} ADD COLUMN {COLUMN} BLOB",
        f"UPDATE {table} SET {COLUMN} = {_FUNCTION}({', '.join(columns)})",
        f"CREATE TRIGGER {table}_digest_new AFTER INSERT ON {table} {write}",
        f"CREATE TRIGGER {table}_digest_changed AFTER UPDATE OF {changes} ON {table} {write}",
    )


def sound(columns: Sequence[str], of: str = "") -> str:
    """SQL that holds of a record that is as it was written.

    Args:
        of: The table's name in the statement, where there are several.
    """
    place = f"{of}." if of else ""
    return f"{place}{COLUMN} IS {_FUNCTION}({', '.join(f'{place}{name}' for name in columns)})"


def _digest(*values: object) -> bytes:
    digest = hashlib.blake2b(digest_size=8)
    for value in values:
        data = value if isinstance(value, bytes) else repr(value).encode("utf-8", "surrogatepass")
        digest.update(f"{len(data)} ".encode() + data)
    return digest.digest()
