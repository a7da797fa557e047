"""Handles a lost terminal: records the running step as cut off and ends the app."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.app import App

_SIGNALS = ("SIGHUP", "SIGTERM")  # Windows has no SIGHUP
PATIENCE_SECONDS = 5.0
"""Given to record what runs. Then the process ends whatever it waits for."""


_ending: set[asyncio.Task[None]] = set()  # the loop itself would let them go


def end_on_hang_up(app: App[Any], told: Callable[[], None]) -> None:
    """End the app cleanly when SSH drops or the process is ended. Call it in the app's loop.

    The exit code is 128 and the signal's number, as a shell has it.

    Args:
        told: Called before what runs is cancelled.
    """
    loop = asyncio.get_running_loop()
    for name in _SIGNALS:
        number = getattr(signal, name, None)
        if number is None:
            continue
        try:
            loop.add_signal_handler(number, _end, app, number, told)
        except (NotImplementedError, RuntimeError):
            return  # Windows' loop, or not the main thread: then the signal ends the process


def _end(app: App[Any], number: int, told: Callable[[], None]) -> None:
    told()
    last_resort = threading.Timer(PATIENCE_SECONDS, os._exit, (128 + number,))
    last_resort.daemon = True
    last_resort.start()
    if number == getattr(signal, "SIGHUP", None):
        _let_go_of_the_terminal()
    _ending.add(asyncio.get_running_loop().create_task(_record_and_exit(app, number)))


def _let_go_of_the_terminal() -> None:
    """What is written from now on goes nowhere; Textual would wait for its writer for ever."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (1, 2):
        with contextlib.suppress(OSError):
            os.dup2(nowhere, descriptor)
    os.close(nowhere)


async def _record_and_exit(app: App[Any], number: int) -> None:
    running = [*app.workers]
    app.workers.cancel_all()
    await asyncio.gather(*(worker.wait() for worker in running), return_exceptions=True)
    if number == signal.SIGTERM:
        app.exit(return_code=128 + number)
    else:
        os._exit(128 + number)  # Textual cannot leave a terminal that is not there
