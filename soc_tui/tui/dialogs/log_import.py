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
    Choice,
    Dates,
    ImportOrder,
    choice_of,
    import_in_thread,
    target_of,
)
from soc_tui.model.errors import AmbiguousDatesError, SocError
from soc_tui.model.inert import inert
from soc_tui.tui.app_contract import app_of
from soc_tui.tui.dialogs.path import PathScreen
from soc_tui.tui.dialogs.pick import PickScreen
from soc_tui.tui.keys.dialogs import IMPORTING
from soc_tui.tui.keys.key import BindingList, bindings
from soc_tui.tui.widgets.hints import Hints
from soc_tui.tui.worker_errors import ShowsWorkerErrors
from soc_tui.workspaces.local.log_import.import_report import ImportReport

_REFRESH_SECONDS = 0.2


class LogFileScreen(PathScreen[tuple[tuple[Path, ...], Choice]]):
    """Answers with files of logs, and which table the first is of."""

    heading = "Your log files (logs/*.csv works): Enter accepts, Down lists, Tab completes"
    suffixes = LOG_SUFFIXES

    async def chosen(self, path: Path) -> tuple[tuple[Path, ...], Choice] | None:
        """Look into them."""
        return await choice_of(path)


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


def tables_offered(choice: Choice) -> tuple[str, ...]:
    """The tables to choose from, best first."""
    names = tuple(fit.table for fit in choice.fits)
    if choice.best in ("", *names[:1]):
        return names
    return (choice.best, *(name for name in names if name != choice.best))


def table_choice(choice: Choice) -> PickScreen:
    """The tables to choose from."""
    fits = {fit.table: fit for fit in choice.fits}
    lines = [
        Text.assemble(
            (f"{name:<33} ", "bold"),
            (f"has {fits[name].known} of the file's {fits[name].of} columns")
            if name in fits and fits[name].of
            else ("" if name in fits else "a table of its own"),
        )
        for name in tables_offered(choice)
    ]
    return PickScreen("Which table? Best match first", lines)


def dates_choice(error: AmbiguousDatesError) -> PickScreen:
    """Day or month first?"""
    return PickScreen(inert(error.what, 200), [Text(name) for name in DATES])


DATES: tuple[Dates, ...] = ("day-first", "month-first")


class ImportScreen(ShowsWorkerErrors, ModalScreen[ImportReport | AmbiguousDatesError | None]):
    """Imports, and answers with what was done, or with what has to be asked first; None when it was
    stopped or went wrong."""

    BINDINGS: ClassVar[BindingList] = bindings(IMPORTING)

    def __init__(self, order: ImportOrder) -> None:
        super().__init__()
        self._order = order
        self._doing = "Reading"
        self._since = time.monotonic()
        self.failed = False

    def compose(self) -> ComposeResult:
        """What is done, how far it is, what went wrong."""
        with Vertical(classes="dialog wide") as frame:
            frame.border_title = "Import"
            files, table = self._order.files, self._order.table
            more = f" and {len(files) - 1} more" if len(files) > 1 else ""
            place = f"{table} of {self._order.target}" if table else str(self._order.target)
            text = f"{files[0]}{more} into {place}"
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
            report = await import_in_thread(self._order, self._progress)
        except AmbiguousDatesError as error:
            self.dismiss(error)
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
