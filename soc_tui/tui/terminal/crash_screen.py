"""What stays on the terminal when the app ends by a fault: one line, and nothing of its variables.

Textual prints the locals of every frame. Those are log cells, and keys in clients.
"""

from __future__ import annotations

import sys
from typing import Any

from rich.text import Text
from textual.app import App

from soc_tui.tui.terminal.textual_internals import Internals

INTERNALS = Internals(("textual.app:App._fatal_error(self)", "textual.app:App._exception"))


class CrashScreen(App[None]):
    """An app that ends with one line, which names the file that has the rest."""

    def __init__(self) -> None:
        super().__init__()
        self._one_line = INTERNALS.usable
        if not self._one_line:
            _replace_tracebacks()

    def _fatal_error(self) -> None:
        if self._one_line:
            self.panic(_line(self._exception))
        else:
            super()._fatal_error()


def _replace_tracebacks() -> None:
    """What Textual makes of a fault in its own way, Rich's traceback, is that line as well."""
    from rich import traceback

    class OneLine:
        def __init__(self, *_: Any, **__: Any) -> None:
            self._line = _line(sys.exception())

        def __rich__(self) -> Text:
            return self._line

    traceback.Traceback = OneLine  # type: ignore[assignment, misc]


def _line(error: BaseException | None) -> Text:
    from soc_tui.config.crash import crash_text

    return Text(crash_text(error or RuntimeError("unknown")))
