"""How far an import is and how fast it goes, told also while DuckDB works."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from soc_tui.model.errors import FileImportError
from soc_tui.workspaces.local.duckdb_job import Job

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Progress = Callable[[str, float], None]
"""Told what happens now, and how much is done (0-1). Called from any thread."""

_ASK_EVERY_SECONDS = 0.5
_READ, _ROWS_MADE = 0.5, 0.65
"""Shares of an import: its files are read, and rows are made of their events."""


def stopped() -> FileImportError:
    """The error of an import that another thread stopped."""
    return FileImportError("The import was stopped.", "Nothing was imported.")


class ImportProgress:
    """Follows an import through its files and tables. What is done never gets less."""

    def __init__(self, told: Progress, job: Job) -> None:
        self._told, self._job = told, job
        self._all = self._read = self._size = self._left = 0
        self._doing = self._name = ""
        self._since = self._stage_since = time.monotonic()
        self._share = self._start = self._end = 0.0

    def unpacking(self, name: str, size: int) -> None:
        """So many bytes of a file are unpacked. FileImportError: the import was stopped."""
        self._go_on()
        self._told(f"Unpacking {name}: {size / 1e6:,.0f} MB", self._share)

    def files(self, size: int) -> None:
        """The files have so many bytes in all."""
        self._all = max(1, size)
        self._since = time.monotonic()

    def file(self, name: str, size: int) -> None:
        """A file begins."""
        self._name, self._size = name, size
        self.stage("Reading", 0.0)

    def stage(self, doing: str, upto: float) -> None:
        """Until this share (0-1) of the file is done, this is done with it."""
        self._go_on()
        self._begin(doing, self._name, _READ * (self._read + upto * self._size) / self._all)

    def events(self, number: int) -> None:
        """So many events of the file are read. FileImportError: the import was stopped."""
        self._go_on()
        rate = number / max(time.monotonic() - self._stage_since, 0.001)
        self._tell(f"Reading {self._name}: {number:,} events, {rate:,.0f}/s", 0.0)

    def file_done(self) -> None:
        """The file is read. FileImportError: the import was stopped."""
        self._go_on()
        self._read += self._size
        self._end = _READ * self._read / self._all
        self._size = 0

    def rows_of(self, table: str, index: int, of: int) -> None:
        """Rows of a table, which is one of so many, are made of events."""
        self._begin("Making rows of", table, _READ + (_ROWS_MADE - _READ) * (index + 1) / of)

    def sources(self, number: int) -> None:
        """So many sources are to be stored."""
        self._left = number

    def checking(self, table: str) -> None:
        """The rows for a table are looked at."""
        self._begin("Checking the rows of", table, max(self._share, self._end))

    def storing(self) -> None:
        """The table gets the rows of one source."""
        self._begin("Storing", self._name, self._end + (1 - self._end) / self._left)
        self._left -= 1

    def again(self, why: str) -> None:
        """It starts anew."""
        self._read, self._share, self._end = 0, 0.0, 0.0
        self._told(why, 0.0)

    def done(self) -> None:
        """The import is over."""
        self._told("Done", 1.0)

    @contextlib.contextmanager
    def following(self, con: DuckDBPyConnection) -> Iterator[None]:
        """Meanwhile tells how far each statement of the connection is."""
        con.execute("SET enable_progress_bar = true")
        con.execute("SET enable_progress_bar_print = false")
        over = threading.Event()
        raised: list[Exception] = []

        def ask() -> None:
            try:
                while not over.wait(_ASK_EVERY_SECONDS):
                    self.statement(con.query_progress() / 100)
            except Exception as error:  # noqa: BLE001 - raised below, in the thread of the import
                raised.append(error)

        thread = threading.Thread(target=ask, name="import progress", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
        if raised:
            raise raised[0]

    def _go_on(self) -> None:
        if self._job.stopped:
            raise stopped()

    def _begin(self, doing: str, name: str, upto: float) -> None:
        self._doing, self._name = doing, name
        self._start = max(self._share, self._end)
        self._end = upto
        self._stage_since = time.monotonic()
        self._tell(f"{doing} {name}{self._speed()}", 0.0)

    def statement(self, part: float) -> None:
        """Of the statement that runs so much is done (0-1); less than 0 where none runs."""
        if part <= 0:
            return
        detail = f"{part:.0%}"
        if self._doing == "Reading":
            size = part * self._size
            rate = size / max(time.monotonic() - self._stage_since, 0.001) / 1e6
            detail = f"{size / 1e6:,.0f} of {self._size / 1e6:,.0f} MB, {rate:,.0f} MB/s"
        self._tell(f"{self._doing} {self._name}: {detail}", min(part, 1.0))

    def _tell(self, text: str, part: float) -> None:
        self._share = max(self._share, self._start + part * (self._end - self._start))
        self._told(text, self._share)

    def _speed(self) -> str:
        seconds = time.monotonic() - self._since
        there = self._doing == "Reading" and self._read and seconds > 0.5
        return f" ({self._read / seconds / 1e6:.0f} MB/s)" if there else ""
