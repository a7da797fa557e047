"""A line that says whose the rows or findings of a pane are, when they are not the editor's."""

from rich.text import Text
from textual.widget import Widget
from textual.widgets import Static


class OlderLine(Static):
    """Takes no room while there is nothing to say."""

    def __init__(self) -> None:
        super().__init__(classes="older")
        self._told = ""
        self.display = False

    def tell(self, text: str) -> None:
        """Say this; an empty text takes the line away."""
        if text != self._told:
            self._told = text
            self.update(Text(text, "bold yellow"))
            self.display = bool(text)


class SaysWhose(Widget):
    """A pane with an `OlderLine`."""

    def show_older(self, text: str) -> None:
        """Say whose what it shows is; an empty text when it is the editor's."""
        self.query_one(OlderLine).tell(text)
