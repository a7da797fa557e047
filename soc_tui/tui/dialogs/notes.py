"""The analyst's notes on a finding."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static, TextArea

from soc_tui.model.inert import inert
from soc_tui.tui.keys.dialogs import NOTES
from soc_tui.tui.keys.key import BindingList, bindings
from soc_tui.tui.keys.keymap import worded
from soc_tui.tui.widgets.hints import Hints

_UNSAVED = "Not saved. {notes.leave} again throws the changes away, {notes.save} saves them."


class NotesScreen(ModalScreen[str | None]):
    """Answers the text, or None to leave the notes as they were.

    Args:
        title: Of the finding.
        notes: So far; a model's may hold log content.
    """

    BINDINGS: ClassVar[BindingList] = bindings(NOTES)

    def __init__(self, title: str, notes: str) -> None:
        super().__init__()
        self._title = inert(title, 50)
        self._leaves = False
        # What is written goes on a line of its own.
        self._notes = "".join(f"{inert(line)}\n" for line in notes.split("\n")) if notes else ""

    def compose(self) -> ComposeResult:
        """The text in a frame."""
        with Vertical(classes="dialog") as frame:
            frame.border_title = "Notes"
            yield Static(self._title, markup=False)
            yield TextArea(self._notes, id="notes-text")
            yield Static(id="notes-unsaved", markup=False)
            yield Hints(NOTES)

    def on_mount(self) -> None:
        """Write on at the end."""
        self.query_one("#notes-unsaved").display = False
        text = self.query_one(TextArea)
        text.move_cursor(text.document.end)
        text.focus()

    def action_save(self) -> None:
        """Answer the text; what was not touched stays as it was, to the letter."""
        text = self.query_one(TextArea).text
        self.dismiss(None if text == self._notes else text.rstrip())

    def action_new_line(self) -> None:
        """Begin a new line: Enter saves."""
        self.query_one(TextArea).insert("\n")

    def on_text_area_changed(self) -> None:
        """What is typed on is no longer to be left."""
        self._leaves = False
        self.query_one("#notes-unsaved", Static).display = False

    def action_leave(self) -> None:
        """Answer nothing; what was written is thrown away at the second time."""
        changed = self.query_one(TextArea).text.rstrip() != self._notes.rstrip()
        if self._leaves or not changed:
            self.dismiss(None)
            return
        self._leaves = True
        said = self.query_one("#notes-unsaved", Static)
        said.update(Text(worded(self, _UNSAVED), "bold yellow"))
        said.display = True
