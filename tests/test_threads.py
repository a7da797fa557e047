"""A cancel waits for the work in the thread."""

import asyncio
import threading

import pytest

from soc_tui.threads import interruptible, to_the_end


async def test_what_the_work_gives_or_raises_is_passed_on() -> None:
    assert await to_the_end(int, "7") == 7
    with pytest.raises(ValueError, match="invalid literal"):
        await to_the_end(int, "x")


@pytest.mark.parametrize("fails", [False, True])
async def test_work_has_ended_when_a_cancel_is_raised(fails: bool) -> None:
    begun, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        go_on.wait(5)
        ended.set()
        if fails:
            raise OSError

    task = asyncio.create_task(to_the_end(work))
    await asyncio.to_thread(begun.wait, 5)
    for _ in range(2):
        task.cancel()
        await asyncio.sleep(0.01)
    assert not task.done()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()


async def test_an_interrupt_that_came_too_early_comes_again() -> None:
    begun, ended = threading.Event(), threading.Event()
    interrupts = 0

    def interrupt() -> None:
        nonlocal interrupts
        interrupts += 1
        if interrupts == 3:
            ended.set()

    def work() -> None:
        begun.set()
        ended.wait(5)

    task = asyncio.create_task(interruptible(work, interrupt))
    await asyncio.to_thread(begun.wait, 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert interrupts >= 3 and ended.is_set()
