"""Panes behind another one's tab at the start: what is in them is made behind the first frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from textual.app import ComposeResult
from textual.compose import compose
from textual.widget import Widget

from soc_tui.tui.terminal.first_paint import FirstPaint


class BehindTab(Widget):
    """Makes its parts after the first frame, or as soon as one of them is asked for."""

    _waits = False

    def parts(self) -> ComposeResult:
        """What is in it."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """Nothing as long as it is not seen."""
        app = self.app
        if isinstance(app, FirstPaint) and app.before_first_frame and not self._in_front:
            self._waits = True
            self.call_after_refresh(self.make_parts)
        else:
            yield from self.parts()

    @property
    def _in_front(self) -> bool:
        return self.parent is None or self.parent.id == cast("Any", self.app).look.tab

    def make_parts(self) -> None:
        """Make them, unless they are there."""
        if self._waits:
            self._waits = False
            self.mount_all(compose(self, self.parts()))

    if not TYPE_CHECKING:  # the types of DOMNode's stay

        def query_one(self, *wanted: Any) -> Any:
            """One of the parts."""
            self.make_parts()
            return super().query_one(*wanted)
