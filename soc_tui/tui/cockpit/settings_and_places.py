"""First start, settings, and going over to other logs."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from textual.screen import Screen

from soc_tui.config.settings import places_chosen, with_workspace
from soc_tui.model.errors import AmbiguousDatesError, SocError
from soc_tui.tui.cockpit.part import Part, in_background
from soc_tui.tui.cockpit.state import CockpitState

if TYPE_CHECKING:
    from soc_tui.config.settings import Settings
    from soc_tui.tui.cockpit.opening import Opening

_GROUP = "settings"


class SettingsAndPlaces(Part):
    """Changes what the cockpit works with.

    Args:
        opening: Makes, behind the first frame, the part that opens.
    """

    def __init__(
        self, screen: Screen[None], state: CockpitState, opening: Callable[[], Awaitable[Opening]]
    ) -> None:
        super().__init__(screen, state)
        self._opening = opening

    async def open_first(self) -> None:
        """Open what the settings mean, unless that is going on."""
        opening = await self._opening()
        if not opening.opens:
            opening.open_first()

    @in_background(exclusive=True, group=_GROUP)
    async def show_settings(self) -> None:
        """Show the settings."""
        if await self._settings() == "places":
            await self._choose_place()

    @in_background(exclusive=True, group=_GROUP)
    async def show_places(self, first: bool = False) -> None:
        """Choose where the logs are; at the first start with a word on what this is."""
        await self._choose_place(first)

    async def _settings(self, draft: Settings | None = None, at: str = "") -> str:
        from soc_tui.tui.dialogs.settings import SettingsScreen

        screen = SettingsScreen(
            self.app.settings,
            (await self._opening()).open_and_save,
            fixed=self.app.fixed,
            themes=self.app.theme_names,
            draft=draft,
            at=at,
        )
        return await self.ask(screen)

    async def _choose_place(self, first: bool = False) -> None:
        from soc_tui.opening.workspace_kinds import starts
        from soc_tui.tui.dialogs.places import PlacesScreen

        while True:
            files = [] if first else await asyncio.to_thread(_files, self.app.settings)
            screen = PlacesScreen(files, starts(), first=first)
            answer = self.screen.app.push_screen(screen, wait_for_dismiss=True)
            if first and self.state.hunter is None:
                screen.call_after_refresh(self.open_first)  # the demo is made meanwhile
            chosen = await answer
            if chosen is None:
                return
            match chosen.leads_to:
                case "opening":
                    done = await self._go_to(chosen.workspace)
                case "settings":
                    done = await self._set_up(chosen.workspace)
                case "import":
                    done = await self._import()
                case "file":
                    done = await self._open()
                case "settings as they are":
                    done = await self._settings() == "saved"
            if done:
                return

    async def _set_up(self, kind: str) -> bool:
        """Ask for the settings of a kind of workspace."""
        from soc_tui.opening.workspace_kinds import kind_of

        workspace = replace(self.app.settings.workspace, kind=kind)
        draft = replace(self.app.settings, workspace=workspace)
        return await self._settings(draft, kind_of(workspace).first_setting) == "saved"

    async def _open(self) -> bool:
        from soc_tui.config.paths import data_dir
        from soc_tui.tui.dialogs.log_import import WorkspaceFileScreen

        used = self.app.settings.workspace.file
        screen = WorkspaceFileScreen(f"{used.parent if used else data_dir()}/")
        file = await self.ask(screen)
        return file is not None and await self._go_to(str(file.absolute()))

    async def _import(self) -> bool:
        """Import files of logs, and go on there; after an error other files can be named."""
        from soc_tui.files.log_import import ImportOrder, default_workspace, told
        from soc_tui.tui.dialogs import log_import

        ask = self.ask
        typed, target = f"{Path.cwd()}/", default_workspace()
        while answer := await ask(log_import.LogFileScreen(typed)):
            files, choice = answer
            typed = str(files[0]) if len(files) == 1 else " ".join(f'"{one}"' for one in files)
            table = ""
            if choice.best:
                number = await ask(log_import.table_choice(choice))
                if number < 0:
                    continue
                table = log_import.tables_offered(choice)[number]
            into = await ask(log_import.TargetScreen(str(target)))
            if into is None:
                continue
            target = into
            order = ImportOrder(files, target, table)
            report = await ask(log_import.ImportScreen(order))
            if isinstance(report, AmbiguousDatesError):
                number = await ask(log_import.dates_choice(report))
                if number < 0:
                    continue
                order = replace(order, dates=log_import.DATES[number])
                report = await ask(log_import.ImportScreen(order))
            if report is not None and not isinstance(report, AmbiguousDatesError):
                before = self.app.settings.workspace
                done = await self._go_to(str(target.absolute()))
                if done and self.app.settings.workspace == before:
                    await (await self._opening()).open_again()  # its tables are others now
                for line in (*report.notes, *told(report, target, dt.datetime.now(dt.UTC))):
                    self.conversation.say(line)
                return done
        return False

    async def _go_to(self, choice: str) -> bool:
        """Open the demo or a file, and begin there from now on."""
        try:
            settings = with_workspace(self.app.settings, choice)
            await (await self._opening()).open_and_save(settings, places_chosen(settings))
        except SocError as error:
            self.conversation.say_error(error)
            self.notify(str(error), severity="error", markup=False)
            return False
        return True


def _files(settings: Settings) -> list[Path]:
    """Workspace files: the one in use, and those in the data folder, newest first."""
    from soc_tui.config.paths import data_dir, demo_file

    found = [path for path in data_dir().glob("*.duckdb") if path != demo_file()]
    found.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    used = settings.workspace.file
    return [used, *(path for path in found if path != used)] if used else found
