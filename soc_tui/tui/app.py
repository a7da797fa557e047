"""The app: opens the cockpit and handles uncaught errors."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from textual.app import SystemCommand
from textual.screen import Screen

from soc_tui.model.errors import ConfigError
from soc_tui.tui.app_contract import DeviceCode, Progress
from soc_tui.tui.cockpit.layout import NARROW_COLUMNS
from soc_tui.tui.cockpit.main_screen import MainScreen
from soc_tui.tui.keys.keymap import key_map
from soc_tui.tui.look import RememberingApp
from soc_tui.tui.terminal.crash_screen import CrashScreen
from soc_tui.tui.terminal.display import Painting
from soc_tui.tui.terminal.first_paint import FirstPaint
from soc_tui.tui.terminal.hang_up import end_on_hang_up
from soc_tui.tui.terminal.key_queue import OneByOne
from soc_tui.tui.terminal.notices import LastNotice

if TYPE_CHECKING:
    from soc_tui.config.settings import Settings
    from soc_tui.hunting.hunter import Hunter

Opener = Callable[..., Awaitable["Hunter"]]

_LOW_LINES = 12


class SocTui(RememberingApp, FirstPaint, Painting, OneByOne, LastNotice, CrashScreen):
    """The whole screen.

    Args:
        settings: As loaded by `soc_tui.opening.workspace_kinds.load_settings`.
        open_hunter: Makes the Hunter; `soc_tui.opening.open_hunter.open_hunter` by default.
        first_run: No workspace has been chosen yet: ask.
        problem: Why the settings could not be read: said in place of opening what they mean.
        environ: Variables that go over the settings; those that do are not changed in the app.

    Raises:
        ConfigError: the setting `keys` cannot work.
    """

    TITLE = "soc_tui"
    CSS_PATH = ["app.tcss", "themes.tcss", "low.tcss"]  # noqa: RUF012 - not a ClassVar in textual
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - not a ClassVar in textual
        (0, "-narrow"),
        (NARROW_COLUMNS, "-wide"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (_LOW_LINES, "-high")]  # noqa: RUF012 - as above

    def __init__(
        self,
        settings: Settings,
        *,
        open_hunter: Opener | None = None,
        first_run: bool = False,
        problem: ConfigError | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        super().__init__(settings)
        self.key_map = key_map(settings.keys)
        self.set_keymap(self.key_map.changed)
        if self.builds_behind:
            self.hold_keys()  # from the start: they may be there before the screen is
        self.first_run = first_run
        self._opener = open_hunter
        self._problem = problem
        self._environ = environ

    def on_mount(self) -> None:
        """Do not outlive the terminal."""
        if not self.is_headless:
            end_on_hang_up(self, self._cut_off)

    async def action_quit(self) -> None:
        """Leave; what is open is there again at the next start."""
        for screen in self.screen_stack:
            if isinstance(screen, MainScreen) and screen.hunter is not None:
                try:
                    screen.parts.left_open_work.keep()
                except ConfigError as error:
                    self.exit(message=str(error))
                    return
        self.exit()

    def _cut_off(self) -> None:
        """The program is made to end: hunts that run may be gone on with."""
        for screen in self.screen_stack:
            if isinstance(screen, MainScreen) and screen.hunter is not None:
                screen.hunter.cut_off()

    def get_default_screen(self) -> Screen[None]:
        """The cockpit, with the classes that its first size gives it."""
        width, height = self.size
        across = max(point for point in self.HORIZONTAL_BREAKPOINTS if width >= point[0])
        down = max(point for point in self.VERTICAL_BREAKPOINTS if height >= point[0])
        return MainScreen((across[1], down[1]))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Every action that has a key here. Textual's own would write unprotected screenshots."""
        from soc_tui.tui.palette import commands, dialog_commands

        if isinstance(screen, MainScreen):
            yield from commands(screen, self.key_map)
            yield SystemCommand(
                "Workspace: demo, a file, Azure, or an import",
                "in the settings",
                lambda: self.call_later(screen.run_action, "places"),
            )
        else:
            yield from dialog_commands(screen, self.key_map)

    @property
    def builds_behind(self) -> bool:
        """Whether what the first frame does not show is to be made after it; keys wait for it."""
        return self.before_first_frame and self.takes_one_by_one

    @property
    def fixed(self) -> dict[str, str]:
        """The variable that sets each place of the settings that one does."""
        from soc_tui.config.changing import from_environment

        return from_environment(self.settings, self._environ)

    def use(self, settings: Settings) -> None:
        """Settings that hold from now on; their theme is shown."""
        if settings.theme != self.settings.theme:
            self.use_theme(settings.theme)
            self.remember(theme="", theme_set="")
        self.settings = settings

    async def open_hunter(
        self, progress: Progress, on_device_code: DeviceCode, settings: Settings | None = None
    ) -> Hunter:
        """Open workspace, analyst and history; of other settings, if given. Raises SocError."""
        if self._problem is not None and settings is None:
            raise self._problem
        opener = self._opener
        if opener is None:
            opener = await asyncio.to_thread(_default_opener)
        chosen = settings or self.settings
        return await opener(chosen, progress=progress, on_device_code=on_device_code)

    def report(self, error: Exception) -> None:
        """Tell of an error that is our fault; its details go to a file, not on the screen."""
        from soc_tui.config.crash import crash_text

        self.notify(crash_text(error), severity="error", markup=False)


def _default_opener() -> Opener:
    from soc_tui.opening.open_hunter import open_hunter

    return open_hunter
