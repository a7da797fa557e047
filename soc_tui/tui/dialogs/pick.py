"""A list to pick one line from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from soc_tui.tui.keys.dialogs import CLOSE
from soc_tui.tui.keys.key import BindingList, bindings


class PickScreen(ModalScreen[int]):
    """Answers the place of the chosen line, or -1 when nothing was chosen.

    Args:
        heading: What is chosen.
        lines: The lines.
        at: Place of the line to begin at.
    """

    BINDINGS: ClassVar[BindingList] = bindings(CLOSE)

    def __init__(self, heading: str, lines: Iterable[Text], at: int = 0) -> None:
        super().__init__()
        self._heading = heading
        self._lines = tuple(lines)
        self._at = at

    def compose(self) -> ComposeResult:
        """The lines in a frame."""
        with Vertical(classes="dialog wide") as frame:
            frame.border_title = Text(f"{self._heading}: Enter chooses, Esc closes")
            yield OptionList(*(Option(line) for line in self._lines))

    def on_mount(self) -> None:
        """Begin on the line that was asked for."""
        lines = self.query_one(OptionList)
        lines.highlighted = self._at
        lines.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter chooses the line under the cursor."""
        event.stop()
        self.dismiss(event.option_index)

    def action_close(self) -> None:
        """Choose nothing."""
        self.dismiss(-1)
