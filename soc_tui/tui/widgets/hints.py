"""A pane's or dialog's key hints on one line: as many as fit."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widget import Widget

from soc_tui.tui.keys.key import Key
from soc_tui.tui.keys.keymap import in_effect


class Hints(Widget):
    """The first keys are those most worth to know: help and palette show the rest.

    Args:
        keys: The keys, in the order of their worth.
    """

    def __init__(self, keys: Sequence[Key]) -> None:
        super().__init__(classes="hints")
        self._keys = keys

    def render(self) -> Content:
        """What fits now."""
        return Content(in_effect(self.app).hints(self._keys, self.content_size.width))
