"""A SQLite file shared by several processes: creation, migrations, locking, typed errors."""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import os
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import InvalidOperation
from pathlib import Path

from soc_tui.history import digests
from soc_tui.history.damaged_file import carry_over, read_only_uri, set_aside
from soc_tui.model.errors import HistoryError
from soc_tui.model.wording import number_of

_BUSY_SECONDS = 5.0
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_NOT_ALLOWED = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN}
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
_NOT_WRITABLE = {errno.EACCES, errno.EPERM, errno.EROFS}
_WRITE_PROTECTED = "it is read-only"
_FULL = "the disk is full"
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
        tables: What is carried over from a damaged file: tables in order, each with the columns
            that its digests are of (none: it has no digests).
        anew: Called with the connection, in a transaction, when a new file takes the place of a
            damaged one.
        synchronous: SQLite's pragma: FULL keeps what was committed through a power cut, NORMAL may
            lose the last of it.

    Attributes:
        told: What happened to the file when it was opened, for the user; empty for nothing.
        read_only: Nothing can be written into it.
    """

    def __init__(
        self,
        path: Path,
        name: str,
        migrations: Migrations,
        *,
        tables: Mapping[str, Sequence[str]] | None = None,
        anew: Callable[[sqlite3.Connection], None] | None = None,
        synchronous: str = "NORMAL",
    ) -> None:
        self.path = path
        self._name = name
        self._migrations = migrations
        self._tables = tables or {}
        self._anew = anew
        self._synchronous = synchronous
        self.told = ""
        self.read_only = False
        self._inode: tuple[int, int] | None = None
        self._copied: tempfile.TemporaryDirectory[str] | None = None
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
                yield self._current()
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
            if self._copied is not None:
                self._copied.cleanup()
                self._copied = None

    def _current(self) -> sqlite3.Connection:
        """The connection to what is at the path now: another process may have set it aside."""
        con = self._connection
        if con is not None and not con.in_transaction and self._inode != _inode(self.path):
            self.close()
            con = None
        if con is None:
            self._connection = con = self._open_sound()
            self._inode = _inode(self.path)
        return con

    def _open_sound(self) -> sqlite3.Connection:
        """Open it; a damaged one is set aside, and a new one begins."""
        try:
            return self._open()
        except OSError as error:
            if error.errno in _NO_ROOM:
                return self._open_read_only(_FULL)
            if error.errno in _NOT_WRITABLE:
                return self._open_read_only(_WRITE_PROTECTED)
            raise
        except sqlite3.DatabaseError as error:
            if self._is_damage(error):
                return self._begin_anew()
            if self._is_no_room(error):
                return self._open_read_only(_FULL)
            raise

    def _is_no_room(self, error: sqlite3.Error) -> bool:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        return code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and self._has_no_room())

    def _is_damage(self, error: sqlite3.DatabaseError) -> bool:
        return getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED

    def _begin_anew(self) -> sqlite3.Connection:
        aside = set_aside(self.path, dt.datetime.now(dt.UTC))
        con = self._open()
        carried, lost = 0, 0
        with contextlib.suppress(sqlite3.Error):
            con.execute("PRAGMA foreign_keys = OFF")
            con.execute("BEGIN IMMEDIATE")
            carried, lost = carry_over(aside, con, self._tables)
            con.execute("COMMIT")
        with contextlib.suppress(sqlite3.Error):  # it was no database at all
            con.execute("ROLLBACK")
        if self._anew is not None:
            self._anew(con)
        with contextlib.suppress(sqlite3.Error):
            con.execute("PRAGMA foreign_keys = ON")
        kept = f"{number_of(carried, 'record')} could be carried over"
        gone = f", {number_of(lost, 'record')} could not" if lost else ", others may be missing"
        self.told = (
            f"The {self._name} was damaged. It is kept as {aside.name} beside the new one; "
            f"{kept}{gone}."
        )
        return con

    def _open_read_only(self, why: str) -> sqlite3.Connection:
        """What is there, where nothing can be written. OSError: there is nothing."""
        if not self.path.is_file() or not self.path.stat().st_size:
            code = errno.ENOSPC if why is _FULL else errno.EACCES
            raise OSError(code, os.strerror(code))
        self.read_only = True
        wal = self.path.with_name(f"{self.path.name}-wal")
        path = self.path
        if wal.exists() and wal.stat().st_size:  # newest records, which an immutable file has not
            self._copied = tempfile.TemporaryDirectory(prefix="soc-tui-")
            path = Path(self._copied.name) / self.path.name
            shutil.copy(self.path, path)
            shutil.copy(wal, path.with_name(wal.name))
        con = sqlite3.connect(
            read_only_uri(path),
            uri=True,
            timeout=_BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            digests.teach(con)
            version = _version(con)
            self._check(con, version)
            if version != len(self._migrations):
                raise HistoryError(
                    f"The {self._name} cannot be opened.",
                    "It is of an older version, and its folder cannot be written.",
                    "Make it writable, or set SOC_TUI_HOME to another folder.",
                )
            _verify(con)
        except BaseException:
            con.close()
            raise
        self.told = f"The {self._name} can be read, and nothing is recorded: {why}."
        return con

    def _open(self) -> sqlite3.Connection:
        self.read_only = False
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # SQLite would make it by the umask; its -wal and -shm files take the rights of this one.
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        self.path.chmod(0o600)
        con = sqlite3.connect(
            self.path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            digests.teach(con)
            con.execute("PRAGMA journal_mode = WAL")
            con.execute(f"PRAGMA synchronous = {self._synchronous}")
            con.execute("PRAGMA foreign_keys = ON")
            _verify(con)
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
        if self._is_no_room(error):
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


def damage() -> sqlite3.DatabaseError:
    """The error of a file that is not as it was written."""
    error = sqlite3.DatabaseError("a record is not as it was written")
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error


def _verify(con: sqlite3.Connection) -> None:
    """Whether its pages and indexes fit together: 30 ms for 60 MB. Raises DatabaseError."""
    if con.execute("PRAGMA integrity_check(1)").fetchone()[0] != "ok":
        raise damage()


def _inode(path: Path) -> tuple[int, int] | None:
    """Which file is there; None for none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _version(con: sqlite3.Connection) -> int:
    return int(con.execute("PRAGMA user_version").fetchone()[0])
