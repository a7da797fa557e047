"""Help: all keys of the key map in effect; `/` filters them."""

from __future__ import annotations

from collections.abc import Set
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from soc_tui.tui.keys import ALL
from soc_tui.tui.keys.dialogs import HELP
from soc_tui.tui.keys.key import BindingList, Key, bindings
from soc_tui.tui.keys.keymap import KeyMap, in_effect

_KEY_CELLS = 21
_ELSEWHERE = "Change them under [keys] in config.toml: soc-tui config keys"


class HelpScreen(ModalScreen[None]):
    """One line a key, under the name of the place where it works.

    Args:
        here: Scopes of the place that it is asked for at: they come first.
    """

    BINDINGS: ClassVar[BindingList] = bindings(HELP)

    def __init__(self, here: Set[str] = frozenset()) -> None:
        super().__init__()
        self._here = here

    def compose(self) -> ComposeResult:
        """The line to type in, the keys."""
        keys = in_effect(self.app)
        with Vertical(classes="dialog tall") as frame:
            frame.border_title = Content(f"Keys  {keys.hints(HELP)}")
            frame.border_subtitle = Content(_ELSEWHERE)
            yield Input(id="help-ask", placeholder="Search words, or a key")
            with VerticalScroll(id="help-scroll"):
                yield Static(key_text(keys, here=self._here), id="help-keys", classes="dialog-text")

    def on_mount(self) -> None:
        """The arrows scroll."""
        self.query_one("#help-scroll").focus()

    def action_filter(self) -> None:
        """Type what is looked for."""
        self.query_one("#help-ask").add_class("asking").focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show what fits."""
        found = key_text(in_effect(self.app), event.value, self._here)
        self.query_one("#help-keys", Static).update(found)
        self.query_one("#help-scroll").scroll_home(animate=False)

    def on_input_submitted(self) -> None:
        """Back to the keys that were found."""
        self.query_one("#help-scroll").focus()

    def action_leave(self) -> None:
        """Show all keys again; then close."""
        entry = self.query_one("#help-ask", Input)
        if not entry.has_class("asking"):
            self.dismiss(None)
            return
        entry.value = ""
        entry.remove_class("asking")
        self.query_one("#help-scroll").focus()


def key_text(keys: KeyMap, sought: str = "", here: Set[str] = frozenset()) -> Text:
    """The keys of every place that hold all sought words, those of the scopes `here` first."""
    words = sought.casefold().split()
    text = Text()
    for heading, scope in sorted(ALL.items(), key=lambda place: _scope(place[1]) not in here):
        lines = [
            (keys.both(key), key.meaning)
            for key in scope
            if all(
                word in f"{heading} {keys.both(key)} {key.label} {key.meaning}".casefold()
                for word in words
            )
        ]
        if lines:
            text.append(f"{heading}\n", "bold underline")
        for pressed, meaning in lines:
            text.append(f"  {pressed:<{_KEY_CELLS}}", "bold")
            text.append(f" {meaning}\n")
    return text if text else Text("No key matches.")


def _scope(keys: tuple[Key, ...]) -> str:
    return keys[0].id.partition(".")[0]
