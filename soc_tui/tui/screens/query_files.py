"""Dialogs that open a query from a file and save one, and say what went wrong in place."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path
from typing import ClassVar, Generic, TypeVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from soc_tui.hunting.query_files import (
    SUFFIX,
    Entry,
    listed,
    path_of,
    queries_dir,
    read_query,
    write_query,
)
from soc_tui.model.errors import SocError
from soc_tui.model.inert import inert
from soc_tui.tui.editor.reporting import Reporting
from soc_tui.tui.keys import PATH, BindingList, bindings

T = TypeVar("T")


class _PathScreen(Reporting, ModalScreen[T | None], Generic[T]):
    """A path to type, and what is in its folder to choose from. None when it was left."""

    BINDINGS: ClassVar[BindingList] = bindings(PATH)
    heading = ""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path
        self._listed: list[Entry] = []

    def compose(self) -> ComposeResult:
        """Path, files, what went wrong."""
        with Vertical(classes="dialog") as frame:
            frame.border_title = self.heading
            yield Input(self._path, id="path", select_on_focus=False)
            yield OptionList(id="files")
            yield Static(id="path-problem")

    def on_mount(self) -> None:
        """The keyboard goes to the path."""
        self.query_one(Input).focus()
        self._list(self._path)

    def on_input_changed(self, event: Input.Changed) -> None:
        """List what fits."""
        self._say(None)
        self._list(event.value)

    @work(exclusive=True, group="list", exit_on_error=False)
    async def _list(self, typed: str) -> None:
        self._listed = await asyncio.to_thread(listed, typed)
        files = self.query_one("#files", OptionList)
        files.clear_options()
        files.add_options(Option(_text(entry)) for entry in self._listed)

    def action_files(self) -> None:
        """Go to the files."""
        files = self.query_one("#files", OptionList)
        if files.option_count:
            files.highlighted = 0
            files.focus()

    def action_first(self) -> None:
        """Take the first of the list into the path."""
        if self._listed:
            self._take(self._listed[0])

    def action_close(self) -> None:
        """Leave."""
        self.dismiss(None)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter on a file takes it, on a folder looks into it."""
        event.stop()
        entry = self._listed[event.option_index]
        self._take(entry)
        if not entry.folder:
            self._choose(entry.path)

    def _take(self, entry: Entry) -> None:
        field = self.query_one(Input)
        field.value = f"{entry.path}/" if entry.folder else str(entry.path)
        field.cursor_position = len(field.value)
        field.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter on the path."""
        event.stop()
        if event.value.strip():
            self._choose(path_of(event.value.strip()))

    @work(exclusive=True, group="choose", exit_on_error=False)
    async def _choose(self, path: Path) -> None:
        try:
            if await asyncio.to_thread(lambda: path.exists() and not path.is_file()):
                raise SocError(f"{path} is no file.", "", "Name a file in it, or another.")
            chosen = await self.chosen(path)
        except SocError as error:
            self._say(error)
        else:
            if chosen is not None:
                self.dismiss(chosen)

    async def chosen(self, path: Path) -> T | None:
        """The dialog's answer for this path; None to stay open. Raises SocError."""
        raise NotImplementedError

    def _say(self, error: SocError | None) -> None:
        text = inert(str(error)) if error else ""
        self.query_one("#path-problem", Static).update(Text(text, "bold red"))


class OpenScreen(_PathScreen[tuple[Path, str]]):
    """Answers with the path and the query in it."""

    heading = "Open a query: Enter opens, Down lists, Esc leaves"

    def __init__(self, last: Path | None) -> None:
        super().__init__(f"{last.parent if last else queries_dir()}/")

    async def chosen(self, path: Path) -> tuple[Path, str] | None:
        """Read it."""
        kql = await asyncio.to_thread(read_query, path)
        return path, kql.removesuffix("\n").removesuffix("\r")


class SaveScreen(_PathScreen[Path]):
    """Answers with the path that the query was written to."""

    heading = "Save the query: Enter saves, Esc leaves"

    def __init__(self, last: Path | None, kql: str) -> None:
        now = dt.datetime.now(dt.UTC)
        super().__init__(str(last or queries_dir() / f"query-{now:%Y%m%d-%H%M%S}{SUFFIX}"))
        self._kql = kql
        self._asked: Path | None = None

    async def chosen(self, path: Path) -> Path | None:
        """Write it; over another file only when that was confirmed."""
        if not path.suffix:
            path = path.with_suffix(SUFFIX)
        if path != self._asked and await asyncio.to_thread(path.exists):
            self._asked = path
            raise SocError(f"{path} exists.", "", "Enter again writes over it.")
        await asyncio.to_thread(write_query, path, self._kql)
        return path


def _text(entry: Entry) -> Text:
    return Text(inert(entry.path.name, 120) + ("/" if entry.folder else ""))
