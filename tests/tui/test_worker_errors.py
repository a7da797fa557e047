"""No fault of work in the background is lost."""

from __future__ import annotations

import importlib
import inspect
import pkgutil

from textual.message_pump import MessagePump

from soc_tui import tui
from soc_tui.tui.app import SocTui
from soc_tui.tui.cockpit.main_screen import MainScreen
from soc_tui.tui.worker_errors import ShowsWorkerErrors


def test_whoever_works_in_the_background_tells_of_faults() -> None:
    silent = set()
    for module in pkgutil.walk_packages(tui.__path__, "soc_tui.tui."):
        for value in vars(importlib.import_module(module.name)).values():
            if not isinstance(value, type) or not issubclass(value, MessagePump):
                continue
            works = value.__module__ == module.name and (
                "exit_on_error=False" in inspect.getsource(value)
            )
            if works and not issubclass(value, ShowsWorkerErrors):
                silent.add(value.__name__)
    assert not silent
    assert issubclass(MainScreen, ShowsWorkerErrors)
    assert issubclass(SocTui, ShowsWorkerErrors)
