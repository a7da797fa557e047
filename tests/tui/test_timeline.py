"""The timeline by keyboard."""

from __future__ import annotations

import datetime as dt

from textual.widgets import OptionList, Static

from soc_tui.rows.timeline import Bin, Timeline
from soc_tui.tui.panes.query import QueryPane
from soc_tui.tui.panes.timeline import bin_line
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
    titles = ["Encoded PowerShell", "Memory of LSASS dumped", "Event log cleared"]
    narrow = bin_line(bins[0], shown, titles, 76).plain
    assert narrow.count("█") == 24
    assert narrow.endswith("◆ Encoded PowerShell +2")
    wide = bin_line(bins[0], shown, titles, 144).plain
    assert wide.count("█") == 40
    assert wide.endswith("◆ Encoded PowerShell · Memory of LSASS dumped · Event log cleared")
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
        await hands.press("n")
        lines = [str(option.prompt) for option in bins.options]
        assert bins.highlighted is not None
        assert "◆" in lines[bins.highlighted]
        marked = bins.highlighted
        assert marked
        await hands.press("enter")
        await hands.until(lambda: "zoomed in 1x" in str(info.render()), "zoomed in")
        await hands.press("backspace")
        await hands.until(lambda: str(info.render()) == whole, "zoomed out")
        assert bins.highlighted == marked
        await hands.press("f4", "f12")
        await hands.pilot.pause()
        assert bins.highlighted == marked, "it stays while another pane is looked at"
        await hands.press("n", "k")
        kql = hands.main.query_one(QueryPane)
        await hands.until(lambda: "TimeGenerated >= datetime(" in kql.kql, "a query for the span")
        assert kql.kql.rstrip().endswith("| take 900")
