"""A path input with the files of its folder to choose from."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import ClassVar, Generic, TypeVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from soc_tui.files.query_files import Entry, listed, path_of
from soc_tui.model.errors import SocError
from soc_tui.model.inert import inert
from soc_tui.tui.keys.dialogs import PATH
from soc_tui.tui.keys.key import BindingList, bindings
from soc_tui.tui.worker_errors import ShowsWorkerErrors

T = TypeVar("T")
_ANEW = re.compile(r".*/(/.*|~/.*)", re.DOTALL)
"""`folder//var/log`, `folder/~/case`: a path was pasted behind the folder that is offered."""


class PathScreen(ShowsWorkerErrors, ModalScreen[T | None], Generic[T]):
    """A path to type, and what is in its folder to choose from. None when it was left."""

    BINDINGS: ClassVar[BindingList] = bindings(PATH)
    heading = ""
    suffixes: ClassVar[tuple[str, ...]] = ()
    """Ends of the names of the files that are listed."""
    told = ""
    """What is to be known of the path, while nothing is wrong with it."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path
        self._listed: list[Entry] = []
        self._asked: Path | None = None

    def compose(self) -> ComposeResult:
        """Path, files, what went wrong."""
        with Vertical(classes="dialog") as frame:
            frame.border_title = Text(self.heading)
            yield Input(self._path, id="path", select_on_focus=False)
            yield OptionList(id="files")
            yield Static(Text(self.told), id="path-problem")

    def on_mount(self) -> None:
        """The keyboard goes to the path."""
        self.query_one(Input).focus()
        self._list(self._path)

    def on_input_changed(self, event: Input.Changed) -> None:
        """List what matches; a path pasted behind another one replaces it."""
        if anew := _ANEW.match(event.value):
            event.input.value = anew[1]
            event.input.cursor_position = len(anew[1])
            return
        self._say(None)
        self._list(event.value)

    @work(exclusive=True, group="list", exit_on_error=False)
    async def _list(self, typed: str) -> None:
        self._listed = await asyncio.to_thread(listed, typed, self.suffixes)
        files = self.query_one("#files", OptionList)
        files.clear_options()
        files.add_options(Option(_text(entry)) for entry in self._listed)

    def action_files(self) -> None:
        """Go to the files."""
        files = self.query_one("#files", OptionList)
        if files.option_count:
            files.highlighted = 0
            files.focus()

    async def action_first(self) -> None:
        """Take the first of what fits into the path, also while the list is still being made."""
        typed = self.query_one(Input).value
        found = await asyncio.to_thread(listed, typed, self.suffixes)
        if found and typed == self.query_one(Input).value:
            self._take(found[0])

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
                raise SocError(f"{path} is not a file.", "", "Enter a file in it, or another file.")
            chosen = await self.chosen(path)
        except SocError as error:
            self._say(error)
        else:
            if chosen is not None:
                self.dismiss(chosen)

    async def chosen(self, path: Path) -> T | None:
        """The dialog's answer for this path; None to stay open. Raises SocError."""
        raise NotImplementedError

    async def ask_to_replace(self, path: Path) -> None:
        """Raise SocError when there is a file, until Enter was pressed on it twice."""
        if path != self._asked and await asyncio.to_thread(path.exists):
            self._asked = path
            raise SocError(f"{path} already exists.", "", "Press Enter again to overwrite it.")

    def say_doing(self, what: str) -> None:
        """What is being done with the path."""
        self.query_one("#path-problem", Static).update(Text(f"{what} …"))

    def _say(self, error: SocError | None) -> None:
        said = Text(inert(str(error)), "bold red") if error else Text(self.told)
        self.query_one("#path-problem", Static).update(said)


def _text(entry: Entry) -> Text:
    return Text(inert(entry.path.name, 120) + ("/" if entry.folder else ""))
