"""Sets a damaged SQLite file aside, and carries over what of it can still be read."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from soc_tui.history import digests

_BESIDE = ("-wal", "-shm")
_MOST_RECORDS = 1_000_000


def set_aside(path: Path, now: dt.datetime) -> Path:
    """Give it a name with the time, UTC, beside where it was; it is never written over.

    Raises:
        OSError: it cannot be renamed.
    """
    for number in range(1, 1_000):
        more = "" if number == 1 else f"-{number}"
        aside = path.with_name(f"{path.name}.damaged-{now:%Y%m%dT%H%M%SZ}{more}")
        if not aside.exists():
            break
    os.rename(path, aside)  # noqa: PTH104 - atomic
    for ending in _BESIDE:
        with contextlib.suppress(FileNotFoundError):
            os.rename(f"{path}{ending}", f"{aside}{ending}")  # noqa: PTH104
    return aside


def read_only_uri(path: Path) -> str:
    """For `sqlite3.connect`: nothing is written, and no file made beside it unless one is there.

    Records that are only in a -wal beside it are read if the folder can be written.
    """
    wal = Path(f"{path}-wal")
    newest_beside = wal.exists() and wal.stat().st_size
    return f"{path.absolute().as_uri()}?mode=ro{'' if newest_beside else '&immutable=1'}"


def carry_over(
    aside: Path, con: sqlite3.Connection, tables: Mapping[str, Sequence[str]]
) -> tuple[int, int]:
    """Copy records that are as they were written; how many, and how many of them are not.

    What cannot be reached at all is not counted: nobody knows how much it is.

    Args:
        con: To the new file, in a transaction.
        tables: Columns that digests are of, by table, in order; none for a table without a digest.
    """
    carried = lost = 0
    old = sqlite3.connect(read_only_uri(aside), uri=True, isolation_level=None)
    with contextlib.closing(old):
        digests.teach(old)
        for table, guarded in tables.items():
            names = [str(row[1]) for row in con.execute(f"PRAGMA table_info({table})")]
            names = [name for name in names if name != digests.COLUMN]
            listed = ", ".join(dict.fromkeys(["rowid", *names]))
            places = ", ".join("?" for _ in listed.split(", "))
            check = digests.sound(guarded) if guarded else "1"
            for *values, whole in _records(old, table, f"{listed}, {check}"):
                if not whole:
                    lost += bool(guarded)
                    continue
                with contextlib.suppress(sqlite3.Error):  # it does not fit to the others
                    con.execute(f"INSERT INTO {table} ({listed}) VALUES ({places})", values)
                    carried += bool(guarded)
    return carried, lost


def _records(old: sqlite3.Connection, table: str, listed: str) -> Iterator[tuple[object, ...]]:
    """Those before the first place that cannot be read, then those behind the last."""
    last = -(1 << 62)
    for order, sign in (("ASC", ">"), ("DESC", ">")):
        found = 0
        try:
            cursor = old.execute(
                f"SELECT {listed} FROM {table} WHERE rowid {sign} ? ORDER BY rowid {order}", (last,)
            )
            while found < _MOST_RECORDS and (row := cursor.fetchone()) is not None:
                found += 1
                if order == "ASC":
                    last = max(last, int(row[0]))
                yield row
        except (sqlite3.Error, UnicodeDecodeError, ValueError, TypeError):
            continue
        return
