"""A pane's filter input; visible while a filter is set."""

from __future__ import annotations

from textual import events
from textual.message import Message
from textual.widgets import Input


class FilterLine(Input):
    """Enter keeps the filter, Escape clears it; both lead back to what is filtered."""

    class Left(Message):
        """The keyboard goes back to what is filtered."""

    def ask(self) -> None:
        """Show the line and focus it."""
        self.add_class("asking")
        self.focus()

    def put(self, text: str) -> None:
        """Filter by this text, as if it had been typed."""
        self.value = text
        self.set_class(bool(text.strip()), "asking")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep the filter."""
        event.stop()
        self.put(self.value)
        self.post_message(self.Left())

    def on_key(self, event: events.Key) -> None:
        """Clear the filter."""
        if event.key == "escape":
            event.stop()
            self.put("")
            self.post_message(self.Left())
