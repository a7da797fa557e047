"""Turns calls to the analyst into events: waits and spend are reported as they happen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from dataclasses import replace
from typing import Any, Protocol, TypeVar

from soc_tui.analysts import Notice, Tell, Waiting
from soc_tui.model.events import Event, Noticed, SpendRecorded, WaitStarted
from soc_tui.model.hunt import Hunt
from soc_tui.model.quote import Usage


class _Answer(Protocol):
    @property
    def usage(self) -> Usage | None: ...


T = TypeVar("T")
A = TypeVar("A", bound=_Answer)


async def asked(
    hunt: Hunt, call: Callable[[Tell], Coroutine[Any, Any, A]]
) -> AsyncGenerator[Event | A, None]:
    """Notices and spend of one call as events, its answer last.

    Raises:
        Exception: whatever the call raises. Closing the iterator cancels the call.
    """
    async with aclosing(told(call)) as items:
        async for item in items:
            if isinstance(item, Notice):
                yield noticed(hunt, item)
                continue
            if item.usage:
                yield SpendRecorded(spend(hunt, item.usage), item.usage)
            yield item


async def told(call: Callable[[Tell], Coroutine[Any, Any, T]]) -> AsyncGenerator[Notice | T, None]:
    """The notices of `call` as they come, and its answer as the last item."""
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


def noticed(hunt: Hunt, notice: Notice) -> Noticed:
    """The event of a notice."""
    if isinstance(notice, Waiting):
        return WaitStarted(hunt, notice.message, notice.seconds)
    return Noticed(hunt, notice.message)


def spend(hunt: Hunt, usage: Usage) -> Hunt:
    """The hunt with what a call took."""
    return replace(hunt, usage=hunt.usage.plus(usage) if hunt.usage else usage)
