"""Saves a hunt as a playbook: its name and parameters."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from soc_tui.files.playbook_folder import TakenError, save_playbook
from soc_tui.files.playbooks import made_from
from soc_tui.kql.writing.parameter_suggestions import Suggestion
from soc_tui.model.errors import SocError
from soc_tui.model.hunt import Hunt
from soc_tui.model.inert import inert
from soc_tui.model.playbook import PARAMETER_FORM, playbook_name
from soc_tui.tui.keys.dialogs import PLAYBOOK_KEEP
from soc_tui.tui.keys.key import BindingList, bindings
from soc_tui.tui.widgets.filter_line import FilterLine
from soc_tui.tui.widgets.hints import Hints
from soc_tui.tui.worker_errors import ShowsWorkerErrors


class SavePlaybookScreen(ShowsWorkerErrors, ModalScreen[Path | None]):
    """Saves it and answers its file, or None.

    Args:
        found: What of the hunt's query may become a parameter.
    """

    BINDINGS: ClassVar[BindingList] = bindings(PLAYBOOK_KEEP)

    def __init__(self, hunt: Hunt, found: tuple[Suggestion, ...]) -> None:
        super().__init__()
        self._hunt = hunt
        self._found = found
        self._names = [one.name for one in found]
        self._ticked = {number for number, one in enumerate(found) if one.likely}
        self._taken = ""

    def compose(self) -> ComposeResult:
        """Name, title, parameters to tick, what is wrong."""
        request = " ".join(inert(self._hunt.request, 200).split())
        with Vertical(classes="dialog") as frame:
            frame.border_title = "Save as a playbook"
            yield Static("Name: lowercase letters, digits and -", classes="field-label")
            name = self._hunt.playbook or playbook_name(self._hunt.request)
            yield Input(inert(name), id="playbook-name", compact=True)
            yield Static("Title", classes="field-label")
            yield Input(request, id="playbook-title", compact=True)
            words = (
                "Parameters: values that change from run to run"
                if self._found
                else "No filter has a value"
            )
            yield Static(words, classes="field-label")
            yield OptionList(id="playbook-parameters")
            yield FilterLine(placeholder="Parameter name", id="parameter-name")
            yield Static(id="playbook-wrong", markup=False)
            yield Hints(PLAYBOOK_KEEP)

    def on_mount(self) -> None:
        """The keyboard goes to the name."""
        self._fill(0)
        self.query_one(OptionList).display = bool(self._found)
        self.query_one("#playbook-name").focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter saves."""
        event.stop()
        self.action_save()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter saves; a click on a line ticks it."""
        event.stop()
        self.action_save()

    def action_tick(self) -> None:
        """Tick the parameter under the cursor, or not."""
        lines = self.query_one(OptionList)
        if lines.has_focus and lines.highlighted is not None:
            self._ticked ^= {lines.highlighted}
            self._fill(lines.highlighted)

    def action_name(self) -> None:
        """Type another name for the parameter under the cursor."""
        lines = self.query_one(OptionList)
        if lines.has_focus and lines.highlighted is not None:
            entry = self.query_one(FilterLine)
            entry.put(self._names[lines.highlighted])
            entry.ask()
            entry.action_select_all()

    def on_filter_line_left(self, event: FilterLine.Left) -> None:
        """Take the name, if it can be one; none leaves it as it was."""
        event.stop()
        lines, entry = self.query_one(OptionList), self.query_one(FilterLine)
        place, name = lines.highlighted or 0, entry.value.strip()
        told = self.query_one("#playbook-wrong", Static)
        if name and not PARAMETER_FORM.fullmatch(name):
            told.update("Use letters, digits and _, not starting with a digit.")
            return
        if name and name in (*self._names[:place], *self._names[place + 1 :]):
            told.update(f"{name} is already the name of another parameter.")
            return
        told.update("")
        entry.put("")
        lines.focus()
        if name:
            self._names[place] = name
            self._ticked.add(place)
            self._fill(place)

    def action_move(self, by: int) -> None:
        """From field to field."""
        if by > 0:
            self.focus_next()
        else:
            self.focus_previous()

    def action_close(self) -> None:
        """Leave."""
        self.dismiss(None)

    @work(exclusive=True, exit_on_error=False)
    async def action_save(self) -> None:
        """Save it, or say what is wrong; one of that name is replaced at the second Enter."""
        name = self.query_one("#playbook-name", Input).value.strip()
        title = self.query_one("#playbook-title", Input).value
        named = zip(self._found, self._names, strict=True)
        chosen = [pair for place, pair in enumerate(named) if place in self._ticked]
        told = self.query_one("#playbook-wrong", Static)
        try:
            playbook = made_from(self._hunt, name, chosen, title=title)
            over = name == self._taken
            path = await asyncio.to_thread(save_playbook, playbook, over=over)
        except TakenError as error:
            self._taken = name
            told.update(inert(f"{error.what} Press Enter again to replace it."))
        except SocError as error:
            told.update(inert(str(error)))
        else:
            self.dismiss(path)

    def _fill(self, place: int) -> None:
        lines = self.query_one(OptionList)
        lines.clear_options()
        lines.add_options(
            Option(_line(one, name, place in self._ticked))
            for place, (one, name) in enumerate(zip(self._found, self._names, strict=True))
        )
        if self._found:
            lines.highlighted = place


def _line(one: Suggestion, name: str, ticked: bool) -> Text:
    column = f", {one.column}" if one.column else ""
    text = f"[{'x' if ticked else ' '}] {name} = {one.value}  ({one.kind.value}{column})"
    return Text(inert(text, 200), no_wrap=True, overflow="ellipsis")
