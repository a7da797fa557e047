"""A loop in a thread: results and errors come over, an interrupt cancels, a close ends it."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Iterator

import pytest

from soc_tui.api.loop_thread import LoopThread


@pytest.fixture
def loop() -> Iterator[LoopThread]:
    opened = LoopThread()
    yield opened
    opened.close()


async def doubled(number: int) -> int:
    await asyncio.sleep(0)
    return 2 * number


async def broken() -> None:
    raise LookupError("gone")


def test_a_result_comes_back(loop: LoopThread) -> None:
    assert [loop.run(doubled(number)) for number in (1, 2)] == [2, 4]


def test_an_error_comes_back(loop: LoopThread) -> None:
    with pytest.raises(LookupError, match="gone"):
        loop.run(broken())


async def test_it_works_inside_a_running_loop(loop: LoopThread) -> None:
    """As a notebook has one."""
    assert asyncio.get_running_loop().is_running()
    assert loop.run(doubled(21)) == 42


def test_all_work_runs_in_one_loop(loop: LoopThread) -> None:
    async def which() -> int:
        return id(asyncio.get_running_loop())

    assert loop.run(which()) == loop.run(which())


def test_an_interrupt_cancels_the_work_and_waits_for_its_end(loop: LoopThread) -> None:
    ended = []

    async def endless() -> None:
        signal.raise_signal(signal.SIGINT)
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append(True)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            loop.run(endless())
    finally:
        signal.signal(signal.SIGINT, before)
    assert ended == [True]
    assert loop.run(doubled(1)) == 2


def test_a_close_cancels_what_runs_and_may_be_said_twice() -> None:
    loop = LoopThread()
    cancelled = threading.Event()

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    async def begin() -> None:
        running.append(asyncio.create_task(endless()))
        await asyncio.sleep(0)

    running: list[asyncio.Task[None]] = []
    loop.run(begin())
    loop.close()
    loop.close()

    assert loop.closed
    assert cancelled.is_set()
