"""Work on a DuckDB file in a thread, which another thread can stop."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

T = TypeVar("T")

_INTERRUPT_EVERY_SECONDS = 0.02


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


async def in_thread(job: Job, work: Callable[[], T]) -> T:
    """Run `work` in a thread; when the awaiting task is cancelled, stop the job, then re-raise."""
    future = asyncio.get_running_loop().run_in_executor(None, work)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        while not future.done():
            job.stop()
            await asyncio.wait({future}, timeout=_INTERRUPT_EVERY_SECONDS)
        future.exception()  # it failed because it was interrupted: nothing to report
        raise
