"""What later hunts leave out of their findings, because somebody has said so."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Findings that are known and wanted no more.

    Attributes:
        title: Theirs, without the host or account behind the colon.
        entity: Host or account that all their rows are about; any when empty.
        command: Text in a quoted cell of all their rows, in any case; any when empty.
        until: Last day, UTC; None for no end.
        why: In the words of who added it.
    """

    title: str
    entity: str = ""
    command: str = ""
    until: dt.date | None = None
    why: str = ""

    @property
    def text(self) -> str:
        """What it leaves out, in a line."""
        whom = f" on {self.entity}" if self.entity else ""
        what = f" with «{self.command}»" if self.command else ""
        end = f", until {self.until}" if self.until else ""
        return f"{self.title}{whom}{what}{end}"
