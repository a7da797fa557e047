"""The list of completions: when it opens, which keys it takes, what it leaves alone."""

import pyarrow as pa
import pytest
from textual import events

from soc_tui.kql.syntax.tree import parse
from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.rows import Rows
from tests.tui.desk import desk, paste, type_text


async def test_it_opens_while_one_types_and_tab_takes_the_first() -> None:
    async with desk() as (app, pilot):
        await type_text(pilot, "Dev")
        assert app.offered == ["DeviceEvents"]
        assert "DeviceEvents  table 3 columns" in app.drawn[2]
        await pilot.press("tab")
        assert app.pane.kql == "DeviceEvents"
        assert not app.offered
        assert app.focused is app.editor


async def test_down_and_enter_take_another() -> None:
    async with desk("DeviceEvents\n| where ") as (app, pilot):
        await type_text(pilot, "De")
        assert app.offered[:2] == ["DeviceName", "DeviceId"]
        await pilot.press("down", "enter")
        assert app.pane.kql == "DeviceEvents\n| where DeviceId"
        await type_text(pilot, " has De")
        await pilot.press("up", "down", "enter")
        assert app.pane.kql.endswith("has DeviceName")


async def test_columns_that_are_gone_are_not_offered_once_the_parser_is_loaded() -> None:
    parse("DeviceEvents")
    async with desk("let mine = DeviceEvents | project Gone = DeviceName;\nmine\n| where ") as (
        app,
        pilot,
    ):
        await type_text(pilot, "Go")
        assert app.offered == ["Gone"]
        await pilot.press("tab")
        await type_text(pilot, " == De")
        assert app.offered == ["degrees"]  # and none of the columns of DeviceEvents


async def test_enter_is_a_new_line_when_the_list_is_closed() -> None:
    async with desk() as (app, pilot):
        await type_text(pilot, "Dev")
        await pilot.press("escape")
        assert not app.offered
        await pilot.press("enter")
        assert app.pane.kql == "Dev\n"


async def test_enter_is_a_new_line_behind_a_word_that_is_whole() -> None:
    async with desk("DeviceEvents | ") as (app, pilot):
        await type_text(pilot, "project")
        assert app.offered[:2] == ["project", "project-away"]
        await pilot.press("enter")
        assert app.pane.kql == "DeviceEvents | project\n"


async def test_what_is_typed_at_once_is_never_swapped_for_an_old_offer() -> None:
    async with desk() as (app, pilot):
        # As a fast line or a terminal's paste sends it: all keys before the first answer.
        await pilot._wait_for_screen()
        for key in [*"let", "space", "x", "space", "equals_sign", "space", "1", "enter"]:
            app.post_message(_key(key))
        await pilot.pause()
        assert app.pane.kql == "let x = 1\n"


@pytest.mark.parametrize("key", ["ctrl+n", "ctrl+@", "ctrl+space"])
async def test_asked_for_it_opens_without_a_word(key: str) -> None:
    async with desk("DeviceEvents | ") as (app, pilot):
        assert not app.offered
        await pilot.press(key)
        assert app.offered[0] == "where"
        await pilot.press("enter")
        assert app.pane.kql == "DeviceEvents | where"


async def test_asked_in_vain_it_says_so() -> None:
    async with desk("DeviceEvents | take ") as (app, pilot):
        await pilot.press("ctrl+n")
        assert not app.offered
        assert app.notes == ["No completions here."]


async def test_tab_goes_to_the_verdict_when_the_list_is_closed() -> None:
    async with desk("DeviceEvents") as (app, pilot):
        await pilot.press("tab")
        assert app.focused is app.verdict


async def test_it_follows_what_is_typed_and_deleted() -> None:
    async with desk("DeviceEvents | where ") as (app, pilot):
        await type_text(pilot, "Dev")
        await type_text(pilot, "iceN")
        assert app.offered == ["DeviceName"]
        await pilot.press("backspace")
        assert app.offered == ["DeviceName", "DeviceId"]
        await pilot.press("left")
        assert not app.offered


async def test_it_stays_closed_for_pastes_undo_and_the_model() -> None:
    async with desk("DeviceEvents | where ") as (app, pilot):
        await paste(app, pilot, "Dev")
        assert not app.offered
        await pilot.press("ctrl+z")
        app.pane.kql = "DeviceEvents | wh"
        await pilot.pause()
        assert not app.offered


async def test_it_goes_when_the_keyboard_goes() -> None:
    async with desk() as (app, pilot):
        await type_text(pilot, "Dev")
        app.verdict.focus()
        await pilot.pause()
        assert not app.offered


async def test_a_click_takes_one() -> None:
    async with desk("DeviceEvents | where ") as (app, pilot):
        await type_text(pilot, "De")
        await pilot.click(app.editor.popup, offset=(3, 1))
        assert app.pane.kql == "DeviceEvents | where DeviceId"
        assert app.focused is app.editor


async def test_functions_come_with_their_bracket_once() -> None:
    async with desk("DeviceEvents | where ") as (app, pilot):
        await type_text(pilot, "tolow")
        await pilot.press("tab")
        assert app.pane.kql.endswith("where tolower(")
        app.pane.kql = "DeviceEvents | where (DeviceName)"
        app.editor.move_cursor((0, 21))
        await type_text(pilot, "tolow")
        await pilot.press("tab")
        assert app.pane.kql.endswith("where tolower(DeviceName)")


async def test_what_follows_the_cursor_is_left_alone() -> None:
    async with desk("DeviceEvents | where e") as (app, pilot):
        app.editor.move_cursor((0, 21))
        await type_text(pilot, "DeviceN")
        await pilot.press("tab")
        assert app.pane.kql.endswith("where DeviceNamee")


async def test_values_of_the_rows_complete_a_string() -> None:
    hostile = 'a" | \x1b[31m'
    table = pa.table({"FileName": ["cmd.exe", hostile, hostile]})
    rows = Rows(table, (Column("FileName", KqlType.STRING),))
    async with desk("DeviceEvents | where FileName == ") as (app, pilot):
        app.pane.see(rows)
        await app.workers.wait_for_complete()
        await type_text(pilot, '"')
        assert app.offered == ['"a\\" | \\u001b[31m"', '"cmd.exe"']
        assert not any("\x1b" in row for row in app.drawn)
        await type_text(pilot, "cm")
        await pilot.press("enter")
        assert app.pane.kql.endswith('FileName == "cmd.exe"')
        # The closing quote that stands there already is not written twice.
        app.pane.kql = 'DeviceEvents | where FileName == "c"'
        app.editor.move_cursor((0, 35))
        await type_text(pilot, "m")
        await pilot.press("enter")
        assert app.pane.kql.endswith('FileName == "cmd.exe"')


async def test_it_fits_at_the_edges_of_the_screen() -> None:
    async with desk("\n" * 15 + "DeviceEvents | where " + "x" * 40 + " or ") as (app, pilot):
        await type_text(pilot, "to")
        region = app.editor.popup.region
        assert region.right <= 80
        assert region.bottom <= app.editor.cursor_screen_offset.y


def _key(key: str) -> events.Key:
    names = {"space": " ", "equals_sign": "=", "enter": "\r"}
    return events.Key(key, names.get(key, key))
