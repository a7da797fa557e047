"""The keys that change the layout."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from soc_tui.tui.keys.dialogs import LAYOUT
from soc_tui.tui.keys.key import BindingList, bindings
from soc_tui.tui.keys.keymap import in_effect


class LayoutScreen(ModalScreen[None]):
    """A line over the cockpit; keys change its layout at once.

    Args:
        arrange: Changes the layout in one way, as the keys name it.
    """

    BINDINGS: ClassVar[BindingList] = bindings(LAYOUT)

    def __init__(self, arrange: Callable[[str], None]) -> None:
        super().__init__()
        self._arrange = arrange

    def compose(self) -> ComposeResult:
        """The keys."""
        with Vertical(id="layout", classes="dialog wide") as frame:
            frame.border_title = "Layout"
            keys = in_effect(self.app)
            yield Static(f"{keys.hints(LAYOUT[:4])}\n{keys.hints(LAYOUT[4:])}", markup=False)

    def action_arrange(self, how: str) -> None:
        """Change the cockpit below."""
        self._arrange(how)

    def action_leave(self) -> None:
        """Leave it so."""
        self.dismiss(None)
