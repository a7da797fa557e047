"""The editor: colours, brackets, comments, layout, undo, what hostile text looks like in it."""

import pytest

from tests.tui.desk import Desk, desk, paste, type_text, until


def style_at(app: Desk, row: int, text: str) -> object:
    """Style of the first cell of `text` in a row of the editor."""
    strip = app.editor.render_line(row)
    at = strip.text.index(text)
    return next(iter(strip.crop(at, at + 1))).style


async def test_words_have_the_colour_of_what_they_are() -> None:
    async with desk('DeviceEvents | where DeviceName has "x" // DeviceName') as (app, pilot):
        await pilot.press("enter")  # so that the line is not the cursor's
        await until(pilot, lambda: app.editor.names.scope, "the names of the text are known")
        colours = [
            style_at(app, 0, word).color  # type: ignore[attr-defined]
            for word in ("DeviceEvents", "where", "DeviceName", '"x"')
        ]
        assert colours[0] == colours[2]
        assert len({*colours}) == 3
        assert style_at(app, 0, "// Dev").italic  # type: ignore[attr-defined]
        assert style_at(app, 0, "where").bold  # type: ignore[attr-defined]


async def test_the_cursor_line_keeps_its_colours() -> None:
    async with desk("DeviceEvents | where a") as (app, _):
        there = style_at(app, 0, "where").color  # type: ignore[attr-defined]
        app.editor.move_cursor((0, 0))
        app.pane.kql = "\nDeviceEvents | where a"
        app.editor.move_cursor((0, 0))
        assert style_at(app, 1, "where").color == there  # type: ignore[attr-defined]


async def test_escapes_bidi_and_markup_are_shown_inert_and_kept() -> None:
    hostile = "T // \x1b[31m\u202e[bold]x[/bold]\x07\ttab"
    async with desk(hostile) as (app, _):
        assert app.pane.kql == hostile
        row = app.editor.render_line(0).text
        assert "␛[31m�[bold]x[/bold]␇" in row
        assert not {"\x1b", "\u202e", "\x07"} & {*"".join(app.drawn)}


async def test_the_partner_of_a_bracket_is_found_and_strings_hold_none() -> None:
    async with desk('print strcat("(", (1))') as (app, pilot):
        assert app.editor.matching_bracket_location == (0, 12)
        await pilot.press("left")
        assert app.editor.matching_bracket_location == (0, 12)
        await pilot.press("left")
        assert app.editor.matching_bracket_location == (0, 18)
        await pilot.press("left")
        assert app.editor.matching_bracket_location == (0, 20)


@pytest.mark.parametrize("key", ["ctrl+underscore", "ctrl+slash"])
async def test_comment_out_and_in(key: str) -> None:
    async with desk("DeviceEvents\n| where a == 1\n| take 5") as (app, pilot):
        app.editor.move_cursor((1, 4))
        await pilot.press(key)
        assert app.pane.kql == "DeviceEvents\n// | where a == 1\n| take 5"
        assert app.editor.cursor_location == (1, 7)
        await pilot.press(key)
        assert app.pane.kql == "DeviceEvents\n| where a == 1\n| take 5"
        assert app.editor.cursor_location == (1, 4)


async def test_comment_all_selected_lines() -> None:
    async with desk("a\nb\nc") as (app, pilot):
        app.editor.move_cursor((0, 0))
        app.editor.move_cursor((2, 0), select=True)
        await pilot.press("ctrl+underscore")
        assert app.pane.kql == "// a\n// b\nc"
        await pilot.press("ctrl+z")
        assert app.pane.kql == "a\nb\nc"


async def test_format_keeps_the_place_and_can_be_undone() -> None:
    written = "DeviceEvents|where a==1|take 5"
    async with desk(written) as (app, pilot):
        app.editor.move_cursor((0, written.index("==")))
        await app.editor.run_action("format")
        await app.workers.wait_for_complete()
        assert app.pane.kql == "DeviceEvents\n| where a == 1\n| take 5"
        row, column = app.editor.cursor_location
        assert app.editor.document.get_line(row)[column:].lstrip().startswith("== 1")
        await pilot.press("ctrl+z")
        assert app.pane.kql == written


async def test_format_of_an_open_string_says_that_it_cannot() -> None:
    async with desk('T|where a == "x') as (app, _):
        await app.editor.run_action("format")
        await app.workers.wait_for_complete()
        assert app.pane.kql == 'T|where a == "x'
        assert "not closed" in app.notes[0]


async def test_undo_goes_back_over_rewrites_by_the_model_one_by_one() -> None:
    async with desk("first") as (app, pilot):
        await type_text(pilot, " mine")
        app.pane.kql = "second\nquery"
        await pilot.press("ctrl+end")
        await type_text(pilot, " edited")
        app.pane.kql = "third"
        for expected in ("second\nquery edited", "second\nquery", "first mine", "first"):
            await pilot.press("ctrl+z")
            assert app.pane.kql == expected
        for _ in range(4):
            await pilot.press("ctrl+y")
        assert app.pane.kql == "third"


async def test_a_new_line_is_indented_as_the_one_before() -> None:
    async with desk("T\n    | where a") as (app, pilot):
        await pilot.press("enter")
        assert app.pane.kql == "T\n    | where a\n    "


async def test_to_the_first_line_and_behind_the_last() -> None:
    async with desk("a\nb\nc") as (app, pilot):
        await pilot.press("ctrl+home")
        assert app.editor.cursor_location == (0, 0)
        await pilot.press("ctrl+end")
        assert app.editor.cursor_location == (2, 1)


async def test_the_text_is_told_once_it_rests_and_as_it_is() -> None:
    async with desk() as (app, pilot):
        await paste(app, pilot, "DeviceEvents\r\n| take 5 \u200b")
        await until(pilot, lambda: app.typed, "it is told")
        assert app.typed[-1:] == [app.pane.kql] == ["DeviceEvents\n| take 5 \u200b"]


async def test_another_query_shows_its_start_and_a_changed_one_stays_where_it_was() -> None:
    lines = [f"| extend Column{number} = {number}" for number in range(60)]
    async with desk() as (app, pilot):
        app.pane.kql = "\n".join(("DeviceEvents", *lines))
        await pilot.pause()
        assert app.editor.cursor_location == (0, 0)
        assert "DeviceEvents" in app.drawn[1]
        app.editor.move_cursor((40, 3))
        app.pane.amend("\n".join(("DeviceEvents", *lines, "| take 10000")))
        await pilot.pause()
        assert app.editor.cursor_location == (40, 3)
        assert any("Column39" in line for line in app.drawn)
