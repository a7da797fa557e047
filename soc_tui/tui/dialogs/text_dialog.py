"""A titled text that scrolls and is answered by one key."""

from __future__ import annotations

from typing import ClassVar

from rich.console import RenderableType
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from soc_tui.tui.keys.dialogs import CLOSE
from soc_tui.tui.keys.key import BindingList, bindings
from soc_tui.tui.keys.keymap import in_effect


class TextDialog(ModalScreen[str]):
    """Answers a word, or an empty text when it was closed."""

    BINDINGS: ClassVar[BindingList] = bindings(CLOSE)
    heading = ""

    def compose(self) -> ComposeResult:
        """The text in a frame."""
        with Vertical(classes="dialog wide") as frame:
            frame.border_title = Text(in_effect(self.app).filled(self.heading))
            with VerticalScroll(classes="dialog-scroll"):
                yield Static(self.text(), classes="dialog-text")

    def text(self) -> RenderableType:
        """What the dialog says."""
        raise NotImplementedError

    def action_close(self) -> None:
        """Close without an answer."""
        self.dismiss("")

    def action_answer(self, word: str) -> None:
        """Close with this answer."""
        self.dismiss(word)
