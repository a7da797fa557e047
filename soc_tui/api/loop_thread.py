"""An event loop in a thread of its own, so that synchronous code can wait for coroutines.

A notebook has a running loop already, in which `asyncio.run` cannot be called.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future, wait
from typing import Any, TypeVar

T = TypeVar("T")

_WAIT_SECONDS = 0.2


class LoopThread:
    """Runs coroutines until it is closed. All run in one loop, which clients of services need."""

    def __init__(self) -> None:
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="soc_tui", daemon=True)
        self._thread.start()
        self._ready.wait()

    @property
    def closed(self) -> bool:
        """True when nothing runs any more."""
        return not self._thread.is_alive()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for the result of `work`.

        An interrupt of the waiting thread (Ctrl+C, or a notebook's stop button) cancels the work
        and is raised again once the work has ended.
        """
        done: Future[T] = Future()
        task: asyncio.Task[T] | None = None

        def start() -> None:
            nonlocal task
            task = self._loop.create_task(work)
            task.add_done_callback(lambda ended: _hand_over(ended, done))

        def cancel() -> None:
            if task is not None:
                task.cancel()
            else:  # interrupted before it was handed over
                work.close()
                done.set_exception(asyncio.CancelledError())

        try:
            self._loop.call_soon_threadsafe(start)
            # Windows interrupts no wait, only what comes between two.
            while not wait([done], _WAIT_SECONDS).done:
                pass
        except BaseException:
            self._loop.call_soon_threadsafe(cancel)
            wait([done])
            raise
        return done.result()

    def close(self) -> None:
        """Cancel what runs and end the thread. Safe to call twice."""
        if not self.closed:
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()

    def _serve(self) -> None:
        asyncio.run(self._until_closed())

    async def _until_closed(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._ready.set()
        await self._stop.wait()


def _hand_over(ended: asyncio.Task[T], done: Future[T]) -> None:
    if ended.cancelled():
        done.set_exception(asyncio.CancelledError())
    elif error := ended.exception():
        done.set_exception(error)
    else:
        done.set_result(ended.result())
