"""Titled texts that scroll and are closed or answered by one key."""

from __future__ import annotations

from typing import ClassVar, Generic, TypeVar

from rich.console import RenderableType
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from soc_tui.tui.keys.dialogs import CLOSE
from soc_tui.tui.keys.key import BindingList, bindings
from soc_tui.tui.keys.keymap import in_effect

T = TypeVar("T")


class _TextScreen(ModalScreen[T], Generic[T]):
    BINDINGS: ClassVar[BindingList] = bindings(CLOSE)
    heading = ""
    frame_classes = "dialog"
    no_answer: T

    def compose(self) -> ComposeResult:
        """The text in a frame."""
        with Vertical(classes=self.frame_classes) as frame:
            frame.border_title = Text(in_effect(self.app).filled(self.heading))
            with VerticalScroll(classes="dialog-scroll"):
                yield Static(self.text(), classes="dialog-text")

    def text(self) -> RenderableType:
        """What the dialog says."""
        raise NotImplementedError

    def action_close(self) -> None:
        """Close without an answer."""
        self.dismiss(self.no_answer)

    def action_answer(self, answer: T) -> None:
        """Close with this answer."""
        self.dismiss(answer)


class TextDialog(_TextScreen[str]):
    """Answers a word, or an empty text when it was closed."""

    frame_classes = "dialog wide"
    no_answer = ""


class YesNoDialog(_TextScreen[bool]):
    """Answers whether it was a yes; Escape is a no."""

    no_answer = False
