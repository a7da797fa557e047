"""The timeline pane: events per time bin, with zoom and marked findings."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from soc_tui.model.hunt import Hunt
from soc_tui.model.inert import inert
from soc_tui.model.rows import row_index
from soc_tui.model.wording import number_of
from soc_tui.rows.timeline import Bin, Span, Timeline, first_row, timeline
from soc_tui.tui.keys.cockpit import TIMELINE
from soc_tui.tui.keys.key import BindingList, bindings
from soc_tui.tui.keys.keymap import worded
from soc_tui.tui.panes.pane_message import PaneMessage
from soc_tui.tui.widgets.hints import Hints
from soc_tui.tui.widgets.line_list import LineList
from soc_tui.tui.widgets.older_line import OlderLine, SaysWhose
from soc_tui.tui.worker_errors import ShowsWorkerErrors

_BAR = 24
"""Cells of the longest bar; of a third of what the figures leave, where that is more."""
_FIGURES = 24
_NOTHING = "No rows yet, so there is no timeline. Ask (F2), then run the query (F5)."


class TimelinePane(SaysWhose, ShowsWorkerErrors, Vertical):
    """A line a bin: when, how many events, which findings."""

    BINDINGS: ClassVar[BindingList] = bindings(TIMELINE)

    class SpanChosen(PaneMessage):
        """Write a query for this span of time (UTC) of this column."""

        def __init__(self, column: str, span: Span) -> None:
            super().__init__()
            self.column = column
            self.span = span

    class RowAsked(PaneMessage):
        """Go to the row with this 0-based index in the answer."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    class ClockAsked(PaneMessage):
        """Count time from the other moment: now, or the end of the logs."""

    class TimeColumnAsked(PaneMessage):
        """Choose which column tells when an event was."""

    def __init__(self) -> None:
        super().__init__()
        self._hunt: Hunt | None = None
        self._timeline = Timeline("", dt.timedelta())
        self._spans: list[Span] = []

    def compose(self) -> ComposeResult:
        """What is counted, the bins, the keys."""
        yield OlderLine()
        yield Static(worded(self, _NOTHING), id="time-info", classes="hints", markup=False)
        yield LineList(id="time-bins")
        yield Hints(TIMELINE)

    def show_hunt(self, hunt: Hunt | None) -> None:
        """Count the rows of this hunt; a zoom stays while the rows are the same."""
        at = self._chosen.start if self._chosen else None
        if self._hunt is None or hunt is None or hunt.rows is not self._hunt.rows:
            self._spans, at = [], None
        self._hunt = hunt
        self._count(at)

    def focus_list(self) -> None:
        """Put the keyboard into the list."""
        self.query_one(OptionList).focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter zooms into the bin; where that would show no more, it goes to the bin's row."""
        event.stop()
        chosen = self.bins[event.option_index]
        if chosen.rows > 1 and self._timeline.width > dt.timedelta(seconds=1):
            self._spans.append((chosen.start, chosen.end))
            self._count()
        elif chosen.rows:
            self._find_row((chosen.start, chosen.end))

    @work(exclusive=True, group="row", exit_on_error=False)
    async def _find_row(self, span: Span) -> None:
        rows = self._hunt.rows if self._hunt else None
        index = await asyncio.to_thread(first_row, rows, span) if rows else None
        if index is not None:
            self.post_message(self.RowAsked(index))

    def action_zoom_in(self) -> None:
        """Zoom into the bin under the cursor."""
        self.query_one(OptionList).action_select()

    def action_zoom_out(self) -> None:
        """Back to the wider span, and to the line that was zoomed into."""
        if self._spans:
            start, _ = self._spans.pop()
            self._count(start)

    def action_next_finding(self) -> None:
        """Go to the next bin with a finding."""
        lines = self.query_one(OptionList)
        now = -1 if lines.highlighted is None else lines.highlighted
        marked = [place for place, one in enumerate(self.bins) if one.findings]
        if marked:
            lines.highlighted = next((place for place in marked if place > now), marked[0])
        else:
            self.notify("No finding cites a row in this time range.")

    def action_keep_span(self) -> None:
        """Write a query for the bin under the cursor."""
        if chosen := self._chosen:
            self.post_message(self.SpanChosen(self._timeline.column, (chosen.start, chosen.end)))

    def action_clock(self) -> None:
        """Count time from the other moment."""
        self.post_message(self.ClockAsked())

    def action_time_column(self) -> None:
        """Choose the column of times."""
        self.post_message(self.TimeColumnAsked())

    @property
    def bins(self) -> tuple[Bin, ...]:
        """The lines that show."""
        return self._timeline.bins

    @property
    def _chosen(self) -> Bin | None:
        """The bin under the cursor."""
        place, bins = self.query_one(OptionList).highlighted, self.bins
        return None if place is None or place >= len(bins) else bins[place]

    @work(exclusive=True, exit_on_error=False)
    async def _count(self, at: dt.datetime | None = None) -> None:
        """Args: at: Where the cursor goes, if a line holds it; else to the first line."""
        hunt = self._hunt
        lines = self.query_one(OptionList)
        if hunt is None or hunt.rows is None or not hunt.rows.count:
            self._timeline = Timeline("", dt.timedelta())
            lines.clear_options()
            self.query_one("#time-info", Static).update(worded(self, _NOTHING))
            return
        cited = [
            [
                index
                for evidence in finding.evidence
                if (index := row_index(evidence.row_id, hunt.rows.count)) is not None
            ]
            for finding in hunt.findings
        ]
        span = self._spans[-1] if self._spans else None
        self._timeline = await asyncio.to_thread(timeline, hunt.rows, cited, span)
        bins = self.bins
        held = (place for place, one in enumerate(bins) if at and one.start <= at < one.end)
        self._draw(next(held, 0) if bins else None)
        self.query_one("#time-info", Static).update(self._summary())

    def on_resize(self) -> None:
        """Lines fit the width."""
        self._draw(self.query_one(LineList).highlighted)

    def _draw(self, chosen: int | None) -> None:
        lines, shown = self.query_one(LineList), self._timeline
        titles = [finding.title for finding in self._hunt.findings] if self._hunt else []
        width = lines.line_width
        lines.clear_options()
        lines.add_options(Option(bin_line(one, shown, titles, width)) for one in shown.bins)
        lines.highlighted = chosen

    def _summary(self) -> str:
        shown = self._timeline
        if not shown.column:
            return "The rows have no time column."
        events = sum(one.rows for one in shown.bins)
        parts = [
            f"{number_of(events, 'event')} by {inert(shown.column)}, UTC",
            f"{_width(shown.width)} per line",
        ]
        if self._spans:
            parts.append(f"zoom {len(self._spans)}")
        if shown.untimed:
            parts.append(f"{number_of(shown.untimed, 'row')} without a time")
        return " · ".join(parts)


def bin_line(one: Bin, shown: Timeline, titles: list[str], width: int) -> Text:
    """When, how many events with a bar, and the titles of as many findings as fit `width` cells."""
    longest = max(_BAR, (width - _FIGURES) // 3)
    format_ = "%m-%d %H:%M:%S" if shown.width < dt.timedelta(minutes=1) else "%m-%d %H:%M"
    filled = max(1, round(longest * one.rows / shown.most)) if one.rows else 0
    text = Text(f"{one.start:{format_}}Z {one.rows:>7,} ", no_wrap=True, overflow="ellipsis")
    text.append("█" * filled, "cyan").append(" " * (longest - filled))
    if one.findings:
        told = _named([titles[place] for place in one.findings], width - text.cell_len - 3)
        text.append(f" ◆ {told}", "bold")
    return text


def _named(titles: list[str], room: int) -> str:
    """As many titles as fit, at least the first, and how many more there are."""
    told = ""
    for number, title in enumerate(titles, 1):
        longer = " · ".join(filter(None, (told, inert(title, 80))))
        more = f" +{len(titles) - number}" if number < len(titles) else ""
        if told and cell_len(longer + more) > room:
            return f"{told} +{len(titles) - number + 1}"
        told = longer
    return told


def _width(width: dt.timedelta) -> str:
    seconds = int(width.total_seconds())
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
