"""Detects which sessions still run, by a lock that ends with the process."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

_SECONDS = 5.0
_NAME = re.compile("[0-9a-f]{16}")


class Session:
    """This run of the program, as others see it. Blocks; safe for several threads.

    A lock on a file of its own in `folder`, made when the session begins. It is SQLite's lock, as
    that of the history is: where that can be kept, this can.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._id = secrets.token_hex(8)
        self._lock: sqlite3.Connection | None = None
        self._own = threading.RLock()

    @property
    def id(self) -> str:
        """16 hexadecimal digits, of no other run."""
        return self._id

    def begin(self) -> str:
        """The id of this session; others see it as living from now on.

        Raises:
            OSError, sqlite3.Error: its lock cannot be kept.
        """
        with self._own:
            while self._lock is None:
                path = self._folder / self._id
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
                lock = _opened(path, _SECONDS)
                if path.exists():
                    self._lock = lock
                    self._sweep()
                else:
                    lock.close()  # another session has swept it away, before it was locked
            return self._id

    def lives(self, session: str) -> bool:
        """Whether the run with that id is still there. Raises sqlite3.Error."""
        with self._own:
            if session == self._id:
                return self._lock is not None
            with self._held(session) as lock:
                return lock is None

    def close(self) -> None:
        """End the session."""
        with self._own:
            if self._lock is not None:
                # Where an open file cannot be deleted: swept later.
                with contextlib.suppress(OSError):
                    (self._folder / self._id).unlink()
                self._lock.close()
                self._lock = None

    def _sweep(self) -> None:
        """Delete the files of sessions that are over."""
        for path in self._folder.iterdir():
            if path.name == self._id or not _NAME.fullmatch(path.name):
                continue
            with self._held(path.name) as lock, contextlib.suppress(OSError):
                if lock is not None:
                    path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _held(self, session: str) -> Iterator[object]:
        """The lock of a session that is over, kept meanwhile; None while it lives."""
        path = self._folder / session
        if not _NAME.fullmatch(session) or not path.exists():
            yield path
            return
        try:
            lock = _opened(path, 0.0)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            yield None
            return
        with contextlib.closing(lock):
            yield lock


def _opened(path: Path, seconds: float) -> sqlite3.Connection:
    """A connection that keeps the file locked against all others until it is closed."""
    lock = sqlite3.connect(path, timeout=seconds, isolation_level=None, check_same_thread=False)
    try:
        lock.execute("PRAGMA journal_mode = MEMORY")  # no file beside: nothing is written
        lock.execute("BEGIN EXCLUSIVE")
    except BaseException:
        lock.close()
        raise
    return lock
