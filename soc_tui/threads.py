"""Runs work in a thread that ends when its task is canceled."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_INTERRUPT_EVERY_SECONDS = 0.02


async def to_the_end(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """As asyncio.to_thread, but a cancel is raised only after the work has ended.

    Else what is written after the cancel (a hunt as cancelled) could be written before it.
    """
    return await _ended(asyncio.ensure_future(asyncio.to_thread(work, *args, **kwargs)), None)


async def interruptible(work: Callable[[], T], interrupt: Callable[[], None]) -> T:
    """As `to_the_end`, and a cancel calls `interrupt` until the work has ended.

    Once would not do: between two queries there is nothing to interrupt.
    """
    return await _ended(asyncio.ensure_future(asyncio.to_thread(work)), interrupt)


async def _ended(task: asyncio.Future[T], interrupt: Callable[[], None] | None) -> T:
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            if interrupt is not None:
                interrupt()
            with contextlib.suppress(asyncio.CancelledError):  # a second one
                await asyncio.wait([task], timeout=interrupt and _INTERRUPT_EVERY_SECONDS)
        task.exception()  # the cancel is reported
        raise
