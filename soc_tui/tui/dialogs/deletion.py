"""Whether a past hunt is to be deleted."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text

from soc_tui.model.inert import inert
from soc_tui.model.listing import Listed
from soc_tui.model.wording import number_of
from soc_tui.tui.dialogs.text_dialog import YesNoDialog
from soc_tui.tui.keys.dialogs import DELETION
from soc_tui.tui.keys.key import BindingList, bindings


class DeletionScreen(YesNoDialog):
    """True when the hunt is to be deleted."""

    BINDINGS: ClassVar[BindingList] = bindings(DELETION)
    heading = "Delete this hunt? {deletion.delete} deletes it, {deletion.keep} or Esc keeps it"

    def __init__(self, hunt: Listed) -> None:
        super().__init__()
        self._hunt = hunt

    def text(self) -> Text:
        """Which, and what goes with it."""
        hunt = self._hunt
        text = Text(inert(hunt.request, 300) or f"KQL: {inert(hunt.kql, 300)}", "bold")
        text.append(
            f"\n{hunt.created:%Y-%m-%d %H:%M} UTC, {hunt.status.value}, "
            f"{number_of(hunt.findings, 'finding')}"
            "\n\nDeletes its query, findings, triage states, notes, rows and messages. "
            "This cannot be undone.",
            "not bold",
        )
        return text
