"""An app that keeps its layout and theme in a state file."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from textual import work

from soc_tui.config.look import Look, look_file, read_look, write_look
from soc_tui.config.settings import Settings
from soc_tui.model.errors import ConfigError
from soc_tui.tui.theme.app import ThemedApp
from soc_tui.tui.worker_errors import ShowsWorkerErrors

_REST_SECONDS = 1.0
"""After the last change, before it is written."""


class RememberingApp(ShowsWorkerErrors, ThemedApp):
    """Reads the look before the first paint, writes it when it has changed."""

    settings: Settings

    def __init__(self, settings: Settings) -> None:
        self._look_file = look_file()
        problem = None
        try:
            self.look = read_look(self._look_file)
        except ConfigError as error:
            self.look, problem = Look(), error
        self._kept = self.look
        chosen = self.look.theme if self.look.theme_set == settings.theme else ""
        super().__init__(chosen or settings.theme)
        self.settings = settings
        if problem is not None:
            self.call_later(self.notify, str(problem), severity="warning", markup=False)

    def remember(self, **changes: Any) -> None:
        """Change the look (see `Look`); it is written once the changes rest."""
        look = replace(self.look, **changes)
        if look != self.look:
            self.look = look
            self._write_later()

    @work(exclusive=True, group="look", exit_on_error=False)
    async def _write_later(self) -> None:
        await asyncio.sleep(_REST_SECONDS)
        await asyncio.to_thread(self._write)

    def _write(self) -> None:
        if self.look == self._kept:
            return
        look = self.look
        try:
            write_look(look, self._look_file)
        except ConfigError as error:
            self.call_later(self.notify, str(error), severity="warning", markup=False)
        self._kept = look

    def on_unmount(self) -> None:
        """Write what was changed last."""
        self._write()

    def choose_theme(self, name: str) -> None:
        """Change to a theme, and keep it for next time."""
        self.use_theme(name)
        self.remember(theme=name, theme_set=self.settings.theme)
