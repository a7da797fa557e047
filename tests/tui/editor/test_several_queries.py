"""A text of several queries, and the key that turns one for Defender into one for Sentinel."""

import pytest

from tests.tui.desk import desk

FIRST = "DeviceEvents\n| take 5"
SECOND = "  SecurityEvent\n  | take 3"
TEXT = f"{FIRST}\n\n{SECOND}"


@pytest.mark.parametrize(("line", "query"), [(0, FIRST), (1, FIRST), (3, SECOND), (4, SECOND)])
async def test_the_query_at_the_cursor_is_taken_and_put_back(line: int, query: str) -> None:
    async with desk(TEXT) as (app, _):
        app.editor.move_cursor((line, 2))
        assert app.pane.take_query().strip() == query.strip()
        assert app.pane.for_verdict().strip() == query.strip()
        assert len(app.pane.for_verdict()) == len(TEXT)
        taken = app.pane.take_query()
        assert app.pane.shows(taken)
        app.pane.amend_taken(f"{taken}\n| take 1")
        assert app.pane.kql == TEXT.replace(query, f"{query}\n| take 1")


async def test_a_text_of_one_query_is_taken_whole() -> None:
    async with desk(FIRST) as (app, _):
        assert app.pane.take_query() == FIRST
        app.pane.amend_taken("DeviceEvents | take 1")
        assert app.pane.kql == "DeviceEvents | take 1"


async def test_what_the_menu_offers_turns_the_query() -> None:
    async with desk("SecurityEvent | where Timestamp > ago(1d)") as (app, pilot):
        app.pane.action_act("turn")
        await pilot.pause()
        assert app.pane.kql == "SecurityEvent | where TimeGenerated > ago(1d)"
        app.pane.action_act("turn")
        assert app.pane.kql == "SecurityEvent | where TimeGenerated > ago(1d)"
        assert app.notes == [
            "Timestamp became TimeGenerated: 1 place.",
            "SecurityEvent is not in Defender's advanced hunting: nothing changed.",
        ]
