"""Notices of a call that gives one answer: they are seen while it runs, not after it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import Any, TypeVar

from soc_tui.analysts import Notice, Tell

T = TypeVar("T")


async def told(call: Callable[[Tell], Coroutine[Any, Any, T]]) -> AsyncGenerator[Notice | T, None]:
    """The notices of `call` as they come, and its answer as the last item.

    Raises:
        Exception: whatever the call raises. Closing the iterator cancels the call.
    """
    notices: asyncio.Queue[Notice | None] = asyncio.Queue()
    task = asyncio.create_task(call(notices.put_nowait))
    task.add_done_callback(lambda _: notices.put_nowait(None))
    try:
        while (notice := await notices.get()) is not None:
            yield notice
        yield await task
    finally:
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
