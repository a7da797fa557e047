"""The history pane: past hunts, newest first, with a filter and actions."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator
from functools import partial
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input, OptionList, Static

from soc_tui.model.inert import inert
from soc_tui.model.listing import Listed, Listing
from soc_tui.model.wording import number_of
from soc_tui.tui.keys.cockpit import HISTORY
from soc_tui.tui.keys.key import BindingList, bindings
from soc_tui.tui.keys.keymap import worded
from soc_tui.tui.panes.history_lines import detail, heading, hunt_line
from soc_tui.tui.panes.pane_message import PaneMessage
from soc_tui.tui.widgets.filter_line import FilterLine
from soc_tui.tui.widgets.hints import Hints
from soc_tui.tui.widgets.line_list import Line, LineList

_NOTHING = (
    "No hunts recorded yet.\n\n"
    "Ask about your logs (F2), or type KQL (F3) and run it (F5): every hunt is listed here."
)
_NONE_FIT = "No hunt matches the filter. {history.filter} then Esc clears it."
_FILTER = "words status:found state:new severity:high technique:… host:… on:… after:7d workspace:…"
_PATIENCE_SECONDS = 0.3


class HistoryPane(Vertical):
    """How many, the filter, the list, more of the hunt under the cursor, the keys."""

    BINDINGS: ClassVar[BindingList] = bindings(HISTORY)

    class Filtered(PaneMessage):
        """The filter has changed: list what fits."""

    class TrendsAsked(PaneMessage):
        """Show figures of the hunts that fit the filter."""

    class About(PaneMessage):
        """Something is wanted with this hunt."""

        def __init__(self, hunt: Listed) -> None:
            super().__init__()
            self.hunt = hunt

    class Chosen(About):
        """Open this hunt again."""

    class AgainAsked(About):
        """Run this hunt again."""

    class ComparisonAsked(About):
        """Compare this hunt with another run of it."""

    class ReportAsked(About):
        """Write a report of this hunt."""

    class CoverageAsked(About):
        """Show what this hunt saw and what not."""

    class KeepAsked(About):
        """Save this hunt as a playbook."""

    class DeletionAsked(About):
        """Delete this hunt."""

    def __init__(self) -> None:
        super().__init__(id="history-pane")
        self._listing = Listing()
        self.read_at = dt.datetime.now(dt.UTC)
        self._remarks: tuple[str, ...] = ()

    def compose(self) -> ComposeResult:
        """See the class."""
        yield Static(id="history-info", markup=False)
        yield FilterLine(placeholder=_FILTER, id="history-ask")
        yield Static(id="history-heading")
        yield Static(id="history-nothing", classes="empty", markup=False)
        yield LineList(id="hunt-list")
        yield Static(id="history-detail")
        yield Hints(HISTORY)

    # -- what shows --------------------------------------------------------------------------------

    @property
    def filter(self) -> str:
        """What was typed."""
        return self.query_one(FilterLine).value

    def show_listing(
        self, listing: Listing, now: dt.datetime, remarks: tuple[str, ...] = ()
    ) -> None:
        """Show these; the cursor stays on its hunt, else where it was.

        Args:
            now: When they were read, UTC; times of this year are shown without it.
            remarks: What of the filter was not understood, or taken as words.
        """
        self._listing, self.read_at, self._remarks = listing, now, remarks
        self._draw()
        self._say_nothing(
            "" if listing.hunts else worded(self, _NONE_FIT if listing.total else _NOTHING)
        )

    def show_nothing(self, why: str) -> None:
        """Why there is no list."""
        self._listing, self._remarks = Listing(), ()
        self._draw()
        self._say_nothing(why)

    @contextlib.contextmanager
    def doing(self, what: str) -> Iterator[None]:
        """Say what is being done when it takes longer than one notices."""
        timer = self.set_timer(_PATIENCE_SECONDS, lambda: self._info(f"{what} …"))
        try:
            yield
        finally:
            timer.stop()
            self._info(self._count())

    def focus_list(self) -> None:
        """Put the keyboard into the list."""
        self._list.focus()

    @property
    def chosen(self) -> Listed | None:
        """The hunt under the cursor."""
        place, hunts = self._list.highlighted, self._listing.hunts
        return None if place is None or place >= len(hunts) else hunts[place]

    def on_resize(self) -> None:
        """Lines fit the width."""
        self._draw()

    def on_option_list_option_highlighted(self) -> None:
        """More of the hunt under the cursor."""
        self._show_detail()

    def _draw(self) -> None:
        hunts = self._listing.hunts
        names = [hunt.id for hunt in hunts]
        # Options keep the ids of what they showed before; the listing may be a newer one.
        place, old = self._list.highlighted, None
        if place is not None:
            old = self._list.get_option_at_index(place).id
        width = self._list.line_width
        self.query_one("#history-heading", Static).update(Text(" ") + heading(width))
        with self.prevent(OptionList.OptionHighlighted):
            self._list.clear_options()
            self._list.add_options(
                [Line(partial(hunt_line, hunt, width, self.read_at), hunt.id) for hunt in hunts]
            )
            if hunts:
                kept = names.index(old) if old in names else min(place or 0, len(names) - 1)
                self._list.highlighted = kept
        self._info(self._count())
        self._show_detail()

    def _count(self) -> str:
        listing = self._listing
        text = number_of(listing.total, "hunt")
        if self.filter.strip():
            text = f"{listing.fitting:,} of {number_of(listing.total, 'hunt')} match the filter"
        if len(listing.hunts) + listing.damaged < listing.fitting:
            text += f" · newest {len(listing.hunts):,} listed"
        if listing.damaged:
            text += f" · {listing.damaged:,} damaged, not listed"
        return " · ".join([text, *map(inert, self._remarks)])

    def _info(self, text: str) -> None:
        self.query_one("#history-info", Static).update(text)

    def _say_nothing(self, text: str) -> None:
        nothing = self.query_one("#history-nothing", Static)
        nothing.update(text)
        nothing.display = bool(text)
        self.query_one("#history-heading").display = not text
        self.query_one(Hints).display = bool(self._listing.total)

    def _show_detail(self) -> None:
        hunt = self.chosen
        more = self.query_one("#history-detail", Static)
        more.display = hunt is not None
        if hunt:
            more.update(detail(hunt))

    # -- filter ------------------------------------------------------------------------------------

    def action_filter(self) -> None:
        """Type what the hunts must have."""
        self.query_one(FilterLine).ask()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter while typing."""
        event.stop()
        self.post_message(self.Filtered())

    def on_filter_line_left(self, event: FilterLine.Left) -> None:
        """Back to the list."""
        event.stop()
        self.focus_list()

    # -- what can be done --------------------------------------------------------------------------

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter is a key of the pane."""
        event.stop()
        self.action_reopen()

    def action_reopen(self) -> None:
        """Ask to open the hunt again."""
        self._about(self.Chosen)

    def action_again(self) -> None:
        """Ask to run the hunt again."""
        self._about(self.AgainAsked)

    def action_compare(self) -> None:
        """Ask to compare the hunt with another run of it."""
        self._about(self.ComparisonAsked)

    def action_report(self) -> None:
        """Ask for a report of the hunt."""
        self._about(self.ReportAsked)

    def action_coverage(self) -> None:
        """Ask for what the hunt saw and what not."""
        self._about(self.CoverageAsked)

    def action_keep(self) -> None:
        """Ask to save the hunt as a playbook."""
        self._about(self.KeepAsked)

    def action_delete(self) -> None:
        """Ask to delete the hunt."""
        self._about(self.DeletionAsked)

    def action_trends(self) -> None:
        """Ask for figures."""
        if self._listing.hunts:
            self.post_message(self.TrendsAsked())

    def _about(self, message: type[About]) -> None:
        if self.chosen:
            self.post_message(message(self.chosen))

    @property
    def _list(self) -> LineList:
        return self.query_one(LineList)
