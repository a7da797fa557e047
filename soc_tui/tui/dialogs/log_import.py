"""Import dialogs: files, table, workspace file, progress."""

from __future__ import annotations

import asyncio
import contextlib
import time
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import ProgressBar, Static
from textual.worker import WorkerCancelled, WorkerFailed

from soc_tui.files.log_import import (
    LOG_SUFFIXES,
    WORKSPACE_SUFFIX,
    Fit,
    fits_of,
    import_in_thread,
    target_of,
)
from soc_tui.model.errors import SocError
from soc_tui.model.inert import inert
from soc_tui.tui.app_contract import app_of
from soc_tui.tui.dialogs.path import PathScreen
from soc_tui.tui.dialogs.pick import PickScreen
from soc_tui.tui.keys.dialogs import IMPORTING
from soc_tui.tui.keys.key import BindingList, bindings
from soc_tui.tui.widgets.hints import Hints
from soc_tui.tui.worker_errors import ShowsWorkerErrors
from soc_tui.workspaces.local.log_import.load import ImportReport

_REFRESH_SECONDS = 0.2


class LogFileScreen(PathScreen[tuple[tuple[Path, ...], tuple[Fit, ...]]]):
    """Answers with files of logs and how the tables fit the first, best first."""

    heading = "Your log files (logs/*.csv works): Enter accepts, Down lists, Tab completes"
    suffixes = LOG_SUFFIXES

    async def chosen(self, path: Path) -> tuple[tuple[Path, ...], tuple[Fit, ...]] | None:
        """Look into them."""
        return await fits_of(path)


class TargetScreen(PathScreen[Path]):
    """Answers with the workspace file that takes the logs; it need not be there."""

    heading = "Workspace file: Enter imports into it, Esc cancels"
    suffixes = (WORKSPACE_SUFFIX,)

    async def chosen(self, path: Path) -> Path | None:
        """Take it; rows are added to those that are there."""
        return await asyncio.to_thread(target_of, path)


class WorkspaceFileScreen(PathScreen[Path]):
    """Answers with a workspace file that is there."""

    heading = "Workspace file: Enter opens it, Down lists, Tab completes, Esc cancels"
    suffixes = (WORKSPACE_SUFFIX,)

    async def chosen(self, path: Path) -> Path | None:
        """Take it; whether it is a workspace, its opening says."""
        if not await asyncio.to_thread(path.is_file):
            raise SocError(f"{path} does not exist.", "", "Enter an existing file.")
        return path


def table_choice(fits: tuple[Fit, ...]) -> PickScreen:
    """The tables to choose from."""
    lines = [
        Text.assemble(
            (f"{fit.table:<34}", "bold"),
            f"has {fit.known} of the file's {fit.of} columns" if fit.of else "",
        )
        for fit in fits
    ]
    return PickScreen("Which table? Best match first", lines)


class ImportScreen(ShowsWorkerErrors, ModalScreen[ImportReport | None]):
    """Imports, and answers with what was done; None when it was stopped or went wrong."""

    BINDINGS: ClassVar[BindingList] = bindings(IMPORTING)

    def __init__(self, files: tuple[Path, ...], table: str, target: Path) -> None:
        super().__init__()
        self._files = files
        self._table = table
        self._target = target
        self._doing = "Reading"
        self._since = time.monotonic()
        self.failed = False

    def compose(self) -> ComposeResult:
        """What is done, how far it is, what went wrong."""
        with Vertical(classes="dialog wide") as frame:
            frame.border_title = "Import"
            more = f" and {len(self._files) - 1} more" if len(self._files) > 1 else ""
            text = f"{self._files[0]}{more} into {self._table} of {self._target}"
            yield Static(inert(text, 300), markup=False)
            yield ProgressBar(total=1.0, id="import-progress", show_eta=False)
            yield Static(id="import-said")
            yield Hints(IMPORTING)

    def on_mount(self) -> None:
        """Begin."""
        self.set_interval(_REFRESH_SECONDS, self._tick)
        self._importing = self._import()

    @work(exclusive=True, exit_on_error=False)
    async def _import(self) -> None:
        try:
            report = await import_in_thread(self._files, self._table, self._target, self._progress)
        except SocError as error:
            self.failed = True
            self._say_error(error)
        except Exception as error:  # noqa: BLE001 - the last boundary: logged and shown
            app_of(self).report(error)
            self.dismiss(None)
        else:
            self.dismiss(report)

    def _progress(self, what: str, share: float) -> None:
        self.app.call_from_thread(self._show, what, share)

    def _show(self, what: str, share: float) -> None:
        self._doing = what
        self.query_one(ProgressBar).update(progress=share)

    def _tick(self) -> None:
        if not self.failed:
            took = time.monotonic() - self._since
            self.query_one("#import-said", Static).update(
                Text(f"{inert(self._doing, 100)} … {took:.0f} s")
            )

    def _say_error(self, error: SocError) -> None:
        lines = [Text(f"✗ {inert(error.what)}", "bold red")]
        if error.why:
            lines.append(Text(f"Why: {inert(error.why)}"))
        if error.next_step:
            lines.append(Text(f"Next: {inert(error.next_step)}", "bold"))
        self.query_one("#import-said", Static).update(Text("\n").join(lines))

    @work(group="leave", exclusive=True, exit_on_error=False)
    async def action_leave(self) -> None:
        """Stop, wait until the file is as it was, and leave."""
        if not self.failed:
            self._doing = "Stopping"
            self._importing.cancel()
            with contextlib.suppress(WorkerCancelled, WorkerFailed):
                await self._importing.wait()
        self.dismiss(None)
