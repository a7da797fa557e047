"""Pivots by keyboard: from a cell, from an indicator, back and forward."""

from __future__ import annotations

from textual.widgets import OptionList, Static

from soc_tui.rows.arranging import View
from soc_tui.tui.dialogs.choice import ChoiceScreen
from soc_tui.tui.panes.grid import Grid
from soc_tui.tui.panes.query import QueryPane
from soc_tui.tui.panes.results import ResultsPane
from tests.tui.hands import SMALL, Hands, hunt, run, running

QUERY = (
    "DeviceProcessEvents\n| where TimeGenerated > ago(7d)\n| where DeviceName == 'win-07'\n"
    "| where ProcessCommandLine has 'lsass'\n| project TimeGenerated, DeviceName, AccountName,"
    " FileName, ProcessCommandLine, InitiatingProcessFileName\n| take 50"
)


def seen(hands: Hands) -> tuple[View | None, str]:
    """Arrangement and cursor, and what is said of the rows."""
    pane = hands.main.query_one(ResultsPane)
    return pane.view, str(pane.query_one("#rows-info", Static).render())


async def pivot(hands: Hands, key: str) -> None:
    await hands.press("p")
    await hands.until(lambda: isinstance(hands.app.screen, ChoiceScreen), "the ways on")
    await hands.press(key)
    await hands.until(lambda: not isinstance(hands.app.screen, ChoiceScreen), "one is chosen")
    await hands.pilot.pause()


async def test_from_a_cell_and_back_and_forward(environment: dict[str, str]) -> None:
    async with running(environment, SMALL) as hands:
        query = hands.main.query_one(QueryPane)
        query.kql = QUERY
        await run(hands)
        await hands.until(lambda: hands.main.query(Grid), "the grid")
        await hands.press("f4", "slash", *"lsass", "enter", "right", "right", "s", "s", "down")
        await hands.until(lambda: "descending" in seen(hands)[1], "sorted")
        looked_at, first = seen(hands), hands.main.hunt
        assert first is not None
        await pivot(hands, "h")
        assert "host win-07" in (hands.main.hunt.request if hands.main.hunt else "")
        assert query.kql.startswith("union isfuzzy=true\n")
        await run(hands)
        pivoted = hands.main.hunt
        assert pivoted is not None
        assert pivoted.id != first.id
        assert pivoted.row_count
        await hands.press("f4", "left_square_bracket")
        await hands.until(lambda: hands.main.hunt and hands.main.hunt.id == first.id, "back")
        assert query.kql == QUERY
        await hands.until(lambda: seen(hands) == looked_at, "as they were looked at")
        await hands.press("f4", "right_square_bracket")
        await hands.until(lambda: hands.main.hunt and hands.main.hunt.id == pivoted.id, "forward")
        assert query.kql == pivoted.kql
        await hands.press("f4", "right", "right", "down")
        await pivot(hands, "k")
        assert "| where " in query.kql


async def test_the_way_back_from_a_query_that_was_not_run(environment: dict[str, str]) -> None:
    async with running(environment, SMALL) as hands:
        query = hands.main.query_one(QueryPane)
        query.kql = QUERY
        await run(hands)
        await hands.until(lambda: hands.main.query(Grid), "the grid")
        for back in (("f4", "left_square_bracket"), ("f9", "left_square_bracket")):
            await hands.press("f4", "right", "right")
            await pivot(hands, "h")
            assert not hands.main.query(Grid)
            await hands.press(*back)
            await hands.until(lambda: hands.main.query(Grid), "the rows are back")
            assert query.kql == QUERY


async def test_from_an_indicator(environment: dict[str, str]) -> None:
    async with running(environment, SMALL) as hands:
        hands.main.query_one(QueryPane).kql = QUERY
        await run(hands)
        await hunt(hands)
        await hands.press("f7", "p")
        await hands.until(lambda: isinstance(hands.app.screen, ChoiceScreen), "the ways on")
        assert hands.app.screen.query_one(OptionList).option_count >= 1
        await hands.press("1")
        await hands.until(lambda: "erik.lindqvist" in hands.main.query_one(QueryPane).kql, "KQL")
