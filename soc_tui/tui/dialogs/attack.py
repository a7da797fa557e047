"""The ATT&CK matrix of the findings: tactics side by side, or stacked."""

from __future__ import annotations

import textwrap
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import HorizontalScroll, Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from soc_tui.model.grounded import DOUBTFUL_SIGN, OPEN_SIGN, SIGN
from soc_tui.model.inert import inert
from soc_tui.review.attack_matrix import Tactic, Technique
from soc_tui.tui.keys.dialogs import ATTACK
from soc_tui.tui.keys.key import BindingList, bindings

_WIDE = 100
_NAME_COLUMNS = 21
"""Room for a name in the column of its tactic."""


class AttackScreen(ModalScreen[str]):
    """Answers a filter for the findings of the chosen tactic or technique; empty for none."""

    BINDINGS: ClassVar[BindingList] = bindings(ATTACK)

    def __init__(self, tactics: tuple[Tactic, ...]) -> None:
        super().__init__()
        self._found = [tactic for tactic in tactics if tactic.techniques]
        self._nothing = [tactic.name for tactic in tactics if not tactic.techniques]

    def compose(self) -> ComposeResult:
        """A list a tactic, or one list of all; then the tactics of which nothing was found."""
        with Vertical(classes="dialog matrix") as frame:
            frame.border_title = "MITRE ATT&CK: Enter shows the findings, Esc closes"
            if not self._found:
                yield Static("No finding cites a technique.")
            elif self.app.size.width >= _WIDE:
                with HorizontalScroll(id="matrix-columns"):
                    for place in range(len(self._found)):
                        yield _List(self._found[place : place + 1], "\n  ")
            else:
                yield _List(self._found, "  ")
            if self._nothing:
                yield Static(Text(f"No findings for: {', '.join(self._nothing)}", "dim"))

    def on_mount(self) -> None:
        """Begin on the first tactic."""
        for number, column in enumerate(self.query(_List)):
            column.highlighted = 0
            if number == 0:
                column.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter answers the filter of the line."""
        event.stop()
        if isinstance(event.option_list, _List):
            self.dismiss(event.option_list.filters[event.option_index])

    def action_column(self, by: int) -> None:
        """Go to the tactic on the left or right."""
        columns = list(self.query(_List))
        place = next((at for at, column in enumerate(columns) if column.has_focus), 0) + by
        if 0 <= place < len(columns):
            columns[place].focus()

    def action_leave(self) -> None:
        """Filter by nothing."""
        self.dismiss("")


class _List(OptionList):
    """Tactics with their techniques, each a line (or two) and a filter."""

    def __init__(self, tactics: list[Tactic], before_name: str) -> None:
        lines = [line for tactic in tactics for line in _lines(tactic, before_name)]
        super().__init__(*(Option(line) for line, _ in lines))
        self.filters = [wanted for _, wanted in lines]


def _lines(tactic: Tactic, before_name: str) -> list[tuple[Text, str]]:
    name = tactic.name.replace('"', "")
    under = f'tactic:"{name}"' if name else ""
    heading = Text(inert(tactic.name, 40) or "No tactic cited", "bold underline")
    return [(heading, under)] + [
        (_technique(one, before_name), f'{under} technique:"{one.id}"'.strip())
        for one in tactic.techniques
    ]


def _technique(one: Technique, before_name: str) -> Text:
    """`T1059.001  2 ✓1 high  PowerShell`: findings, those verified, the worst severity, name.

    Without a verified one `?`, and `-` where it was not checked that it fits the cited rows.
    """
    doubt = OPEN_SIGN if one.fit == OPEN_SIGN else DOUBTFUL_SIGN
    verified = f"{SIGN}{one.verified}" if one.verified else doubt
    figures = f" {one.count:>2} {verified:<3} {one.worst.value[:4]:<4}{before_name}"
    name = inert(one.name, 60)
    if "\n" in before_name:
        name = before_name.join(textwrap.wrap(name, _NAME_COLUMNS))
    return Text.assemble((f"{inert(one.id, 12):<9}", "bold"), figures, name)
