"""A menu: a few choices, each on one key."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from soc_tui.tui.keys.dialogs import CLOSE
from soc_tui.tui.keys.key import BindingList, bindings


class ChoiceScreen(ModalScreen[str]):
    """Answers the key of the chosen line, or an empty text when nothing was chosen.

    Args:
        heading: What is chosen.
        choices: Meaning of each key (one letter or digit).
    """

    BINDINGS: ClassVar[BindingList] = bindings(CLOSE)

    def __init__(self, heading: str, choices: dict[str, str]) -> None:
        super().__init__()
        self._heading = heading
        self._choices = choices

    def compose(self) -> ComposeResult:
        """The lines in a frame."""
        with Vertical(classes="dialog") as frame:
            frame.border_title = Text(f"{self._heading}: press a key or Enter, Esc closes")
            yield OptionList(
                *(
                    Option(Text.assemble((f" {key} ", "bold reverse"), f" {meaning}"), id=key)
                    for key, meaning in self._choices.items()
                )
            )

    def on_mount(self) -> None:
        """Begin on the first line."""
        lines = self.query_one(OptionList)
        lines.highlighted = 0
        lines.focus()

    def on_key(self, event: events.Key) -> None:
        """One key chooses its line, and is not seen by what stands below."""
        if event.character in self._choices:
            event.stop()
            event.prevent_default()
            self.dismiss(event.character)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter chooses the line under the cursor."""
        self.dismiss(event.option_id or "")

    def action_close(self) -> None:
        """Choose nothing."""
        self.dismiss("")
