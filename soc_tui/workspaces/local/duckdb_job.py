"""Work on a DuckDB file in a thread that another thread can stop."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


class Job:
    """One piece of work in a thread, which another thread can stop."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cursor: DuckDBPyConnection | None = None
        self.stopped = False

    @contextlib.contextmanager
    def on(self, cursor: DuckDBPyConnection) -> Iterator[None]:
        """Meanwhile this connection works, and may be interrupted."""
        with self._lock:
            self._cursor = cursor
        try:
            yield
        finally:
            with self._lock:
                self._cursor = None

    def stop(self) -> None:
        """Interrupt what runs now. Called again until the thread ends: it may be in between."""
        with self._lock:
            self.stopped = True
            if self._cursor is not None:
                self._cursor.interrupt()
