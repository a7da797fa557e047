"""The list of playbooks, filtered as you type."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from soc_tui.files.playbook_folder import Shelf, delete_playbook, load_shelf, rename_playbook
from soc_tui.model.errors import SocError
from soc_tui.model.inert import inert
from soc_tui.model.playbook import Playbook
from soc_tui.tui.keys.dialogs import PLAYBOOKS
from soc_tui.tui.keys.key import BindingList, bindings
from soc_tui.tui.widgets.filter_line import FilterLine
from soc_tui.tui.widgets.hints import Hints
from soc_tui.tui.worker_errors import ShowsWorkerErrors

_TALL, _MOST_LINES = 40, 30
"""From so many lines of the terminal on, the query shows too, up to so many lines of it."""


class PlaybookList(ShowsWorkerErrors, ModalScreen[Playbook | None]):
    """Answers the chosen playbook, or None."""

    BINDINGS: ClassVar[BindingList] = bindings(PLAYBOOKS)

    def __init__(self, shelf: Shelf) -> None:
        super().__init__()
        self._shelf = shelf
        self._shown: tuple[Playbook, ...] = ()
        self._to_delete = ""

    def compose(self) -> ComposeResult:
        """What to look for, the list, what the one under the cursor is, bad files."""
        with Vertical(classes="dialog tall wide") as frame:
            frame.border_title = "Playbooks"
            yield Input(placeholder="Type to filter", id="playbook-words", compact=True)
            yield OptionList(id="playbook-list")
            yield FilterLine(placeholder="New name", id="playbook-renamed")
            yield Static(id="playbook-told", markup=False)
            if self._shelf.problems:
                text = "\n".join(f"Left out: {inert(str(one))}" for one in self._shelf.problems[:3])
                yield Static(Text(text, "yellow"), id="playbook-problems")
            yield Hints(PLAYBOOKS)

    def on_mount(self) -> None:
        """Show all of them and focus the filter."""
        self._fill("")
        self.query_one(Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow the list."""
        event.stop()
        if event.input.id == "playbook-words":
            self._fill(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter takes the one under the cursor."""
        event.stop()
        self.action_choose()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter, or a click."""
        event.stop()
        self.action_choose()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Say what it is for."""
        event.stop()
        self._tell()

    def action_move(self, by: int) -> None:
        """Move the list cursor while typing."""
        lines = self.query_one(OptionList)
        if by > 0:
            lines.action_cursor_down()
        else:
            lines.action_cursor_up()

    def action_close(self) -> None:
        """Leave."""
        self.dismiss(None)

    def _fill(self, typed: str) -> None:
        words = typed.casefold().split()
        self._shown = tuple(
            one for one in self._shelf.playbooks if all(word in _words(one) for word in words)
        )
        lines = self.query_one(OptionList)
        lines.clear_options()
        lines.add_options(Option(_line(one)) for one in self._shown)
        if self._shown:
            lines.highlighted = 0
        self._tell()

    @property
    def _chosen(self) -> Playbook | None:
        """The one under the cursor."""
        place = self.query_one(OptionList).highlighted
        return self._shown[place] if place is not None and place < len(self._shown) else None

    def _tell(self) -> None:
        self._to_delete = ""
        words = "No playbook matches."
        if one := self._chosen:
            whose = "Built in." if one.shipped else "Yours."
            words = f"{inert(one.description, 400) or inert(one.request, 400)} {whose}".strip()
            if self.size.height >= _TALL:
                lines = one.kql.strip().splitlines()[:_MOST_LINES]
                words += "\n\n" + "\n".join(inert(line, 400) for line in lines)
        self._say(words)

    def _say(self, words: str) -> None:
        self.query_one("#playbook-told", Static).update(words)

    def action_choose(self) -> None:
        """Answer the one under the cursor."""
        if one := self._chosen:
            self.dismiss(one)

    def action_rename(self) -> None:
        """Type another name for the one under the cursor."""
        one = self._chosen
        if one is not None and one.shipped:
            self._say(f"{one.name} is built in and cannot be renamed.")
        elif one is not None:
            line = self.query_one(FilterLine)
            line.put(one.name)
            line.ask()
            line.action_select_all()

    @work(exclusive=True, exit_on_error=False)
    async def on_filter_line_left(self, event: FilterLine.Left) -> None:
        """Take the name, if it can be one; none leaves it as it was."""
        event.stop()
        one, line = self._chosen, self.query_one(FilterLine)
        name = line.value.strip()
        if one is not None and name and name != one.name:
            try:
                await asyncio.to_thread(rename_playbook, one.name, name)
            except SocError as error:
                self._say(inert(str(error)))
                return
            await self._load_again(name)
        line.put("")
        self.query_one(Input).focus()

    async def _load_again(self, name: str = "") -> None:
        """Show the files as they are now; the cursor goes to that name."""
        self._shelf = await asyncio.to_thread(load_shelf)
        self._fill(self.query_one(Input).value)
        names = [one.name for one in self._shown]
        if name in names:
            self.query_one(OptionList).highlighted = names.index(name)

    @work(exclusive=True, exit_on_error=False)
    async def action_delete(self) -> None:
        """Delete the one under the cursor, at the second time."""
        one = self._chosen
        if one is None:
            return
        if not one.shipped and one.name != self._to_delete:
            self._to_delete = one.name
            self._say(f"This cannot be undone. Press the same key again to delete {one.name}.")
            return
        try:
            await asyncio.to_thread(delete_playbook, one.name)
        except SocError as error:
            self._say(inert(str(error)))
            return
        await self._load_again()


def _words(one: Playbook) -> str:
    return " ".join((one.name, one.title, one.description, one.request)).casefold()


def _line(one: Playbook) -> Text:
    parameters = "  ".join(f"{made.name}={made.default}" for made in one.parameters)
    line = Text(inert(one.name, 60), "bold", no_wrap=True, overflow="ellipsis")
    line.append(f"  {inert(one.title, 120)}\n", "not bold")
    line.append(f"  {inert(parameters, 200) or 'no parameters'}", "not bold dim")
    return line
