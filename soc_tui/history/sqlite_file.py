"""A SQLite file shared by several processes: creation, migrations, locking, typed errors."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from decimal import InvalidOperation
from pathlib import Path

from soc_tui.model.errors import HistoryError

_BUSY_SECONDS = 5.0
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_NOT_ALLOWED = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN}
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
_LEAST_ROOM = 64 << 10
"""Bytes that SQLite needs next to a file to open it; its -shm file has 32 KiB."""

Migrations = Sequence[Sequence[str]]
"""Statements, one entry per version; PRAGMA user_version counts the entries that a file has. Never
edit an entry that was released: append one."""


class SqliteFile:
    """A connection that is opened by the first use. Blocks; safe for several threads.

    The file (0600) and its folder (0700) are made by the first use, not by the constructor.

    Args:
        name: Name of the file in errors ("history").
        synchronous: SQLite's pragma: FULL keeps what was committed through a power cut, NORMAL may
            lose the last of it.
    """

    def __init__(
        self, path: Path, name: str, migrations: Migrations, *, synchronous: str = "NORMAL"
    ) -> None:
        self.path = path
        self._name = name
        self._migrations = migrations
        self._synchronous = synchronous
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None

    @contextlib.contextmanager
    def opened(self) -> Iterator[sqlite3.Connection]:
        """The connection, for this thread alone.

        Raises:
            HistoryError: the file cannot be used: damaged, of a newer version, locked by another
                process for 5 seconds, read-only, or on a full disk.
        """
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = self._open()
                yield self._connection
            except sqlite3.Error as error:
                self.close()
                raise self._file_error(error) from error
            except (UnicodeDecodeError, InvalidOperation) as error:
                self.close()  # texts and amounts that were never written so
                raise self._damaged() from error
            except OSError as error:
                if error.errno in _NO_ROOM:
                    raise self._full() from error
                raise self._not_allowed(error.strerror or type(error).__name__) from error

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """The connection in an exclusive write transaction. See `opened`."""
        with self.opened() as con:
            con.execute("BEGIN IMMEDIATE")
            try:
                yield con
                con.execute("COMMIT")
            except BaseException:
                if con.in_transaction:
                    con.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _open(self) -> sqlite3.Connection:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # SQLite would make it by the umask; its -wal and -shm files take the rights of this one.
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        self.path.chmod(0o600)
        con = sqlite3.connect(
            self.path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            con.execute("PRAGMA journal_mode = WAL")
            con.execute(f"PRAGMA synchronous = {self._synchronous}")
            con.execute("PRAGMA foreign_keys = ON")
            self._migrate(con)
        except BaseException:
            con.close()
            raise
        return con

    def _migrate(self, con: sqlite3.Connection) -> None:
        """Bring the file to the newest version, in one transaction."""
        if _version(con) == len(self._migrations):
            return
        con.execute("BEGIN IMMEDIATE")
        try:
            version = _version(con)  # another process may have been faster
            self._check(con, version)
            for statements in self._migrations[version:]:
                for statement in statements:
                    con.execute(statement)
            con.execute(f"PRAGMA user_version = {len(self._migrations)}")
            con.execute("COMMIT")
        except BaseException:
            if con.in_transaction:
                con.execute("ROLLBACK")
            raise

    def _check(self, con: sqlite3.Connection, version: int) -> None:
        if version > len(self._migrations):
            raise HistoryError(
                f"The {self._name} cannot be opened.",
                f"It was written by a newer soc-tui (version {version} of the file, "
                f"this one knows {len(self._migrations)}).",
                "Update soc-tui, or set SOC_TUI_HOME to another folder.",
            )
        if version == 0 and con.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            raise HistoryError(
                f"The {self._name} cannot be opened.",
                "The file is another program's database.",
                f"Move it away; soc-tui then creates a new {self._name}.",
            )

    def _file_error(self, error: sqlite3.Error) -> HistoryError:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        what = f"The {self._name} {self.path}"
        if code in _DAMAGED:
            return self._damaged()
        if code in _LOCKED:
            return HistoryError(
                f"{what} is in use.",
                "Another process kept it locked for 5 seconds.",
                "Close the other soc-tui, or try again.",
            )
        if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and self._has_no_room()):
            return self._full()
        if code in _NOT_ALLOWED:
            return self._not_allowed(str(error))
        return HistoryError(f"{what} cannot be used.", f"{error}.", "Check the disk and the file.")

    def _has_no_room(self) -> bool:
        """SQLite tells of a full disk as of a broken one where it cannot make its -shm file."""
        with contextlib.suppress(OSError):
            return shutil.disk_usage(self.path.parent).free < _LEAST_ROOM
        return False

    def _full(self) -> HistoryError:
        return HistoryError(
            f"The {self._name} {self.path} cannot be read or written.",
            "The disk is full.",
            "Free some disk space.",
        )

    def _damaged(self) -> HistoryError:
        return HistoryError(
            f"The {self._name} {self.path} cannot be read.",
            "The file is damaged or not a SQLite database.",
            f"Move it (and its -wal and -shm files) away; soc-tui then creates a new {self._name}.",
        )

    def _not_allowed(self, reason: str) -> HistoryError:
        return HistoryError(
            f"The {self._name} {self.path} cannot be opened or written.",
            f"{reason}.",
            "Check the permissions of the file and folder, or set SOC_TUI_HOME to another folder.",
        )


def storable(text: str) -> str:
    """For columns and the index: SQLite takes no lone surrogates, its full text no NUL."""
    return text.replace("\x00", " ").encode("utf-8", "replace").decode("utf-8")


def _version(con: sqlite3.Connection) -> int:
    return int(con.execute("PRAGMA user_version").fetchone()[0])
