"""The timeline by keyboard."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from textual.widgets import OptionList, Static

from soc_tui.rows.timeline import Bin, Timeline
from soc_tui.tui.panes.grid import Grid
from soc_tui.tui.panes.query import QueryPane
from soc_tui.tui.panes.timeline import TimelinePane, bin_line
from tests.tui.hands import SMALL, hunt, run, running

QUERY = (
    "DeviceProcessEvents\n| where TimeGenerated > ago(7d)\n| where DeviceName == 'win-07'\n"
    "| where ProcessCommandLine has_any ('lsass', 'powershell')\n| take 900"
)


START = dt.datetime(2026, 11, 24, 9, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def test_a_wide_line_has_a_longer_bar_and_more_titles() -> None:
    bins = (Bin(START, START + HOUR, 36, (0, 1, 2)),)
    shown = Timeline("TimeGenerated", HOUR, bins)
    titles = ["Encoded PowerShell", "LSASS memory dumped", "Event log cleared"]
    narrow = bin_line(bins[0], shown, titles, 76).plain
    assert narrow.count("█") == 24
    assert narrow.endswith("◆ Encoded PowerShell +2")
    wide = bin_line(bins[0], shown, titles, 144).plain
    assert wide.count("█") == 40
    assert wide.endswith("◆ Encoded PowerShell · LSASS memory dumped · Event log cleared")
    assert len(wide) <= 144


async def test_zoom_findings_and_a_query_for_a_span(environment: dict[str, str]) -> None:
    async with running(environment, SMALL) as hands:
        await hands.press("f12")
        info = hands.main.query_one("#time-info", Static)
        await hands.until(lambda: "No rows yet" in str(info.render()), "nothing is said")
        hands.main.query_one(QueryPane).kql = QUERY
        await run(hands)
        await hunt(hands)
        await hands.press("f12")
        bins = hands.main.query_one("#time-bins", OptionList)
        await hands.until(lambda: bins.option_count, "the bins")
        assert " events by TimeGenerated, UTC" in str(info.render())
        whole = str(info.render())
        pane = hands.main.query_one(TimelinePane)
        hunted = hands.main.hunt
        assert hunted is not None
        pane.show_hunt(replace(hunted, findings=()))
        await hands.until(lambda: not any(one.findings for one in pane.bins), "no finding")
        await hands.press("n")
        told = [notice.message for notice in hands.app._notifications]
        assert "No finding cites a row in this time range." in told
        pane.show_hunt(hunted)
        await hands.until(lambda: any(one.findings for one in pane.bins), "the findings")
        await hands.press("home", "n")
        lines = [str(option.prompt) for option in bins.options]
        assert bins.highlighted is not None
        assert "◆" in lines[bins.highlighted]
        marked = bins.highlighted
        assert marked
        await hands.press("enter")
        await hands.until(lambda: "zoom 1" in str(info.render()), "zoomed in")
        await hands.press("backspace")
        await hands.until(lambda: str(info.render()) == whole, "zoomed out")
        assert bins.highlighted == marked
        await hands.press("f4", "f12")
        await hands.pilot.pause()
        assert bins.highlighted == marked, "it stays while another pane is looked at"
        bins.highlighted = next(place for place, one in enumerate(pane.bins) if one.rows == 1)
        start = pane.bins[bins.highlighted].start
        await hands.press("enter")
        await hands.until(lambda: hands.main.query_one(Grid).has_focus, "its row")
        grid = hands.main.query_one(Grid)
        assert str(grid.source.get_cell_at(grid.cursor_row, 1)) >= f"{start:%Y-%m-%d %H:%M}"
        await hands.press("f12", "n", "k")
        kql = hands.main.query_one(QueryPane)
        await hands.until(lambda: "TimeGenerated >= datetime(" in kql.kql, "a query for the span")
        assert kql.kql.rstrip().endswith("| take 900")
