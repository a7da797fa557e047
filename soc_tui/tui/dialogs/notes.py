"""The analyst's notes on a finding."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static, TextArea

from soc_tui.model.inert import inert
from soc_tui.tui.keys.dialogs import NOTES
from soc_tui.tui.keys.key import BindingList, bindings
from soc_tui.tui.widgets.hints import Hints


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
        # What is written goes on a line of its own.
        self._notes = "".join(f"{inert(line)}\n" for line in notes.split("\n")) if notes else ""

    def compose(self) -> ComposeResult:
        """The text in a frame."""
        with Vertical(classes="dialog") as frame:
            frame.border_title = "Notes"
            yield Static(self._title, markup=False)
            yield TextArea(self._notes, id="notes-text")
            yield Hints(NOTES)

    def on_mount(self) -> None:
        """Write on at the end."""
        text = self.query_one(TextArea)
        text.move_cursor(text.document.end)
        text.focus()

    def action_save(self) -> None:
        """Answer the text; what was not touched stays as it was, to the letter."""
        text = self.query_one(TextArea).text
        self.dismiss(None if text == self._notes else text.rstrip())

    def action_leave(self) -> None:
        """Answer nothing."""
        self.dismiss(None)
