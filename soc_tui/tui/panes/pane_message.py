"""Messages from the panes to the cockpit."""

from textual.message import Message


class PaneMessage(Message):
    """What a pane tells the cockpit or wants from it.

    The main screen hands it to the part of the cockpit that has an `Answer` to it.
    """
