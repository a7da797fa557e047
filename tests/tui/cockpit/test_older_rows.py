"""By keyboard: what the panes and F6 hold after an edit, a plan, a refusal, a cancel, a pivot."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input

from soc_tui.model.errors import WorkspaceError
from soc_tui.model.finding import TriageState
from soc_tui.model.hunt import Status
from soc_tui.tui.dialogs.choice import ChoiceScreen
from soc_tui.tui.dialogs.quote import QuoteScreen
from soc_tui.tui.dialogs.report import ReportScreen
from soc_tui.tui.panes.findings import FindingsPane
from soc_tui.tui.panes.grid import Grid
from soc_tui.tui.panes.query import QueryPane
from soc_tui.tui.panes.results import ResultsPane
from soc_tui.tui.panes.timeline import TimelinePane
from soc_tui.tui.widgets.older_line import OlderLine, SaysWhose
from tests.tui.hands import SMALL, Hands, ask, hunt, run, running

QUERY = (
    "DeviceProcessEvents\n| where TimeGenerated > ago(7d)\n| where DeviceName == 'win-07'\n"
    "| where ProcessCommandLine has 'lsass'\n| project TimeGenerated, DeviceName, AccountName,"
    " FileName, ProcessCommandLine, InitiatingProcessFileName\n| take 50"
)


def screen(hands: Hands) -> str:
    """All that is on the screen, with single spaces."""
    strips = hands.app.screen._compositor.render_strips()
    lines = ("".join(part.text for part in strip) for strip in strips)
    return " ".join(" ".join(lines).replace("│", " ").split())


def told(hands: Hands, pane: type[SaysWhose] = ResultsPane) -> str:
    line = hands.main.query_one(pane).query_one(OlderLine)
    return str(line.render()) if line.display else ""


async def has_run(hands: Hands, kql: str = QUERY) -> None:
    hands.main.query_one(QueryPane).kql = kql
    await run(hands)
    await hands.until(lambda: hands.main.query(Grid), "the grid")


async def quoted(hands: Hands) -> str:
    await hands.press("f6")
    await hands.until(lambda: isinstance(hands.app.screen, QuoteScreen), "the quote")
    await hands.pilot.pause()
    return screen(hands)


async def test_an_edit_marks_all_panes_and_the_hunt_is_that_of_the_rows(
    environment: dict[str, str], tmp_path: Path
) -> None:
    async with running(environment, SMALL) as hands:
        await has_run(hands)
        first = hands.main.hunt
        assert first is not None
        assert "not hunted yet" in hands.status
        assert told(hands) == ""
        await hands.press("f3", "ctrl+end", "0", "f4")
        await hands.until(lambda: told(hands), "the rows are marked")
        marked = "OLDER ROWS of the query before the change. F5 runs the new text."
        assert marked in screen(hands)
        await hands.press("f12")
        await hands.pilot.pause()
        assert marked in screen(hands)

        quote = await quoted(hands)
        assert "OLDER ROWS" in quote
        assert "Query DeviceProcessEvents | where" in quote
        assert "seen" not in quote.lower().replace("not seen", "")
        await hands.press("enter")
        shown = hands.main.cockpit_state
        await hands.until(lambda: shown.shown and shown.shown.status.ended, "the hunt ends")
        await hands.idle()
        assert shown.shown is not None
        assert (shown.shown.id, shown.shown.kql) == (first.id, first.kql)
        assert hands.main.query_one(QueryPane).kql == f"{QUERY}0"
        assert "OLDER FINDINGS of the query before the change." in screen(hands)

        # What is done with older findings is done with theirs.
        await hands.press("t", "r")
        await hands.until(lambda: isinstance(hands.app.screen, ChoiceScreen), "the forms")
        await hands.press("m")
        await hands.until(lambda: isinstance(hands.app.screen, ReportScreen), "the path")
        path = tmp_path / "report.md"
        hands.app.screen.query_one(Input).value = str(path)
        await hands.press("enter")
        await hands.until(path.exists, "the report")
        report = path.read_text(encoding="utf-8")
        assert "take 50\n" in report
        assert "take 500" not in report
        assert TriageState.INVESTIGATING.value in report

        await run(hands)
        await hands.until(lambda: hands.main.hunt and hands.main.hunt.id != first.id, "new rows")
        await hands.until(lambda: told(hands) == "", "no mark")
        assert told(hands, FindingsPane) == told(hands, TimelinePane) == ""
        assert hands.main.hunt is hands.main.cockpit_state.shown


@pytest.mark.parametrize("ends", ["refused", "failed", "cancelled"])
async def test_a_run_without_an_answer_leaves_older_rows_that_f6_hunts(
    environment: dict[str, str], ends: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(environment, SMALL) as hands:
        await has_run(hands)
        await hunt(hands)
        found = hands.main.hunt
        assert found is not None
        assert hands.main.hunter is not None
        begun = asyncio.Event()

        async def hang(*_: Any, **__: Any) -> None:
            begun.set()
            await asyncio.Event().wait()

        async def fail(*_: Any, **__: Any) -> None:
            raise WorkspaceError("No answer.")

        kql = {
            "refused": "SecretTable | take 5",
            "failed": "SigninLogs | where TimeGenerated > ago(1h) | take 5",
            "cancelled": "SigninLogs | where TimeGenerated > ago(1h) | take 5",
        }[ends]
        way = {"failed": fail, "cancelled": hang}.get(ends)
        if way:
            monkeypatch.setattr(hands.main.hunter.workspace, "query", way)
        hands.main.query_one(QueryPane).kql = kql
        await hands.press("f5")
        if ends == "cancelled":
            await hands.until(begun.is_set, "it runs")
            assert "The new query is running." in told(hands)
            await hands.press("escape")
        await hands.idle()
        await hands.until(
            lambda: hands.main.hunt and hands.main.hunt.status.value == ends, "the end"
        )
        if len(hands.app.screen_stack) > 1:  # the offer of a repair
            await hands.press("escape")
        await hands.press("f7")
        await hands.pilot.pause()
        assert f"OLDER FINDINGS of the query before the change. The new query {ends}" in screen(
            hands
        ).replace(" was ", " ")
        assert hands.main.hunt is not None
        assert hands.main.hunt.rows is None
        assert "OLDER ROWS" in await quoted(hands)
        await hands.press("escape")
        await hands.idle()
        assert hands.main.cockpit_state.shown == found
        # A cited row is still there, and the rows are those of the findings.
        await hands.press("f7", "e")
        await hands.until(lambda: isinstance(hands.app.focused, Grid), "the row")


async def test_a_new_plan_leaves_the_rows_their_request_and_pivots_their_query(
    environment: dict[str, str],
) -> None:
    async with running(environment, SMALL) as hands:
        await ask(hands)
        await has_run(hands)
        state = hands.main.cockpit_state
        first = state.shown
        assert first is not None
        await hands.press("f2")
        await hands.paste("failed sign-ins in the last 3 days")
        await hands.press("enter")
        await hands.until(lambda: hands.main.hunt and hands.main.hunt.id != first.id, "a plan")
        await hands.idle()
        plan = hands.main.query_one(QueryPane).kql
        assert plan.startswith("SigninLogs")
        await hands.press("f4")
        await hands.until(lambda: told(hands), "marked")
        assert told(hands) == "OLDER ROWS of “suspicious powershell…”. F5 runs the new query."
        assert "OLDER ROWS" in screen(hands)

        await hands.press("right", "right", "p")
        await hands.until(lambda: isinstance(hands.app.screen, ChoiceScreen), "the ways on")
        await hands.press("k")
        query = hands.main.query_one(QueryPane)
        await hands.until(lambda: query.kql.startswith("DeviceProcessEvents"), "the rows' query")
        assert "SigninLogs" not in query.kql
        await hands.press("f9", "left_square_bracket")
        await hands.until(lambda: query.kql == plan, "the plan again")
        assert hands.main.query(Grid)
        await hands.until(lambda: "F5 runs the new query." in told(hands), "marked")


async def test_a_plan_that_was_refused_marks_what_the_last_request_left(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(environment, SMALL) as hands:
        await ask(hands)
        await run(hands)
        begun = asyncio.Event()

        async def hang(*_: Any, **__: Any) -> None:
            begun.set()
            await asyncio.Event().wait()

        assert hands.main.hunter is not None
        monkeypatch.setattr(hands.main.hunter.analyst, "plan", hang)
        await hands.press("f2")
        await hands.paste("failed sign-ins in the last 3 days")
        await hands.press("enter")
        await hands.until(begun.is_set, "it plans")
        assert "Planning the new request." in told(hands)
        await hands.press("escape")
        await hands.idle()
        assert "The new request was cancelled." in told(hands)
        shown = hands.main.cockpit_state.shown
        assert shown is not None
        assert shown is hands.main.hunt
        assert shown.status is Status.QUERIED
