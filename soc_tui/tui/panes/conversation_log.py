"""What was said, in lines that fit the width there is."""

from __future__ import annotations

from rich.text import Text
from textual.events import Resize

from soc_tui.tui.terminal.rich_log import RichLog


class ConversationLog(RichLog):
    """A log whose texts are broken into lines anew when its width changes."""

    def __init__(self) -> None:
        super().__init__(id="log", wrap=True, markup=False, highlight=False, min_width=10)
        self._said: list[Text] = []
        self._broken_at = 0
        """Width in cells; it stays while another pane is in front, and the log has none."""

    def say(self, text: Text) -> None:
        """Add a text."""
        self._said.append(text)
        self.write(text, width=self._broken_at or None)

    def on_resize(self, event: Resize) -> None:
        """Break all texts anew when the width is another one."""
        width = self.scrollable_content_region.width
        if width < self.min_width or width == self._broken_at:
            return
        at_end = self.is_vertical_scroll_end
        self._broken_at = width
        self.clear()
        for text in self._said:
            self.write(text, width=width, scroll_end=at_end)
