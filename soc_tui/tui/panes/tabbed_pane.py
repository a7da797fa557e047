"""What the panes with a tab have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.compose import compose
from textual.widget import Widget

from soc_tui.tui.widgets.older_line import OlderLine


class TabbedPane(Widget):
    """Has its parts as soon as one of them is asked for, also before Textual composes it."""

    _made = False

    def parts(self) -> ComposeResult:
        """What is in it."""
        raise NotImplementedError

    def focus_list(self) -> None:
        """Put the keyboard into its list."""
        raise NotImplementedError

    def show_older(self, text: str) -> None:
        """Say whose what it shows is; an empty text when it is the editor's."""
        self.query_one(OlderLine).tell(text)

    def compose(self) -> ComposeResult:
        """The parts, unless they are there."""
        if not self._made:
            self._made = True
            yield from self.parts()

    def _make_parts(self) -> None:
        if not self._made and self.is_attached:
            self._made = True
            self.mount_all(compose(self, self.parts()))

    if not TYPE_CHECKING:  # the types of DOMNode's stay

        def query_one(self, *wanted: Any) -> Any:
            """One of the parts."""
            self._make_parts()
            return super().query_one(*wanted)
