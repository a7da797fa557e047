"""How far the opening of a workspace is, told to the screen in front."""

from textual.message import Message


class OpeningProgressed(Message):
    """The opening got further.

    Attributes:
        what: Is being opened.
        share: Done (0-1); 1 when it is over.
    """

    def __init__(self, what: str, share: float) -> None:
        super().__init__()
        self.what = what
        self.share = share
