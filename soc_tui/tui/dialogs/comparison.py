"""Compares two runs of a hunt: new, gone and same findings."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import ClassVar, NamedTuple

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from soc_tui.hunting.reruns import doubts, same_query
from soc_tui.model.finding import Finding
from soc_tui.model.hunt import Hunt
from soc_tui.model.inert import inert
from soc_tui.model.wording import number_of
from soc_tui.review.compare_runs import Comparison, differences
from soc_tui.tui.keys.dialogs import COMPARISON
from soc_tui.tui.keys.key import BindingList, bindings
from soc_tui.tui.widgets.finding_lines import finding_line
from soc_tui.tui.widgets.line_list import Line, LineList


class Place(NamedTuple):
    """A finding of a hunt; an empty `finding_id` means the hunt."""

    hunt_id: str
    finding_id: str


class ComparisonScreen(ModalScreen[Place | None]):
    """Answers the finding that was chosen, of the later run where both have it."""

    BINDINGS: ClassVar[BindingList] = bindings(COMPARISON)

    def __init__(self, earlier: Hunt, later: Hunt, compared: Comparison) -> None:
        super().__init__()
        self._earlier, self._later, self._compared = earlier, later, compared

    def compose(self) -> ComposeResult:
        """The two runs, then the findings."""
        with Vertical(classes="dialog wide") as frame:
            frame.border_title = "Compare two runs: Enter opens the hunt, Esc closes"
            yield Static(self._runs())
            yield LineList(id="compared")

    def on_mount(self) -> None:
        """The keyboard goes to the findings."""
        self.query_one(OptionList).focus()

    def on_resize(self) -> None:
        """Lines fit the width."""
        lines = self.query_one(LineList)
        place = lines.highlighted
        lines.clear_options()
        lines.add_options(self._options(lines.line_width))
        if place is None:
            lines.action_first()
        else:
            lines.highlighted = place

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Answer the finding of the line."""
        event.stop()
        hunt_id, _, finding_id = (event.option_id or "").partition(" ")
        self.dismiss(Place(hunt_id, finding_id))

    def action_open(self) -> None:
        """Answer the finding under the cursor."""
        self.query_one(OptionList).action_select()

    def action_leave(self) -> None:
        """Open nothing."""
        self.dismiss(None)

    def _runs(self) -> Text:
        text = Text()
        for name, hunt in (("Earlier", self._earlier), ("Later", self._later)):
            rows = "not run" if hunt.row_count is None else number_of(hunt.row_count, "row")
            text.append(f"{name:<8}", "bold")
            text.append(
                f"{hunt.created:%Y-%m-%d %H:%M} UTC, {hunt.status.value}, {rows}, "
                f"{number_of(len(hunt.findings), 'finding')}, {inert(hunt.workspace, 30)}\n"
            )
            for doubt in doubts(hunt):
                text.append(f"{'':<8}! {inert(doubt, 300)}\n", "yellow")
        if not same_query(self._earlier, self._later):
            text.append("! The two runs used different queries.\n", "yellow")
        return text

    def _options(self, width: int) -> Iterator[Option]:
        earlier, later, compared = self._earlier, self._later, self._compared
        yield _heading(f"NEW, only in the later run: {len(compared.new)}")
        yield from (_option("+", finding, later, width) for finding in compared.new)
        yield _heading(f"GONE, only in the earlier run: {len(compared.gone)}")
        yield from (_option("-", finding, earlier, width) for finding in compared.gone)
        yield _heading(f"SAME in both: {len(compared.same)}")
        for before, after in compared.same:
            yield _option("=", after, later, width, "; ".join(differences(before, after)))


def _heading(text: str) -> Option:
    return Option(Text(text, "bold underline"), disabled=True)


def _option(sign: str, finding: Finding, hunt: Hunt, width: int, changed: str = "") -> Line:
    make = partial(_line, sign, finding, width, changed)
    return Line(make, f"{hunt.id} {finding.id}", height=2 if changed else 1)


def _line(sign: str, finding: Finding, width: int, changed: str) -> Text:
    line = Text.assemble((f"{sign} ", "bold")).append_text(finding_line(finding, width - 2))
    if changed:
        line.append(f"\n    {inert(changed, 300)}")
    return line
