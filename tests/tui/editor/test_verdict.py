"""The verdict below the query: what it shows, what it marks, where it leads."""

from soc_tui.model.verdict import Level, Place, Verdict, VerdictLine
from tests.tui.desk import Desk, desk, type_text, until

TEXT = "DeviceEvents\n| where Nmae == 1\n| join Other on Id"
OK = VerdictLine("time bound", Level.OK, "set")
WARN = VerdictLine("row cap", Level.WARN, "No row cap", Place(3, 3, 4), added="one")
REFUSE = VerdictLine("column", Level.REFUSE, "'Nmae' is no [red]column[/]\x1b", Place(2, 9, 4))


def verdict(*lines: VerdictLine, kql: str = TEXT) -> Verdict:
    return Verdict(lines, kql)


def underlined(app: Desk) -> list[str]:
    """The marked pieces of the text, row by row."""
    return [
        segment.text
        for y in range(app.editor.document.line_count)
        for segment in app.editor.render_line(y)
        if segment.style and segment.style.underline
    ]


async def test_a_line_a_rule_the_worst_first_in_words() -> None:
    async with desk(TEXT) as (app, pilot):
        app.pane.show_verdict(verdict(OK, WARN, REFUSE))
        await pilot.pause()
        shown = [row.strip("│ ") for row in app.drawn if "│" in row][-3:]
        assert shown == [
            "✗ REFUSE 2:9 column: 'Nmae' is no [red]column[/]\\x1b",
            "! WARN   3:3 row cap: No row cap. F5 adds one",
            "✓ OK     time bound: set",
        ]


async def test_what_it_is_about_is_marked_until_it_is_typed_over() -> None:
    async with desk(TEXT) as (app, pilot):
        app.pane.show_verdict(verdict(OK, WARN, REFUSE))
        assert underlined(app) == ["Nmae", "join"]
        app.editor.move_cursor((0, 12))
        await pilot.press("enter")  # marks below move along
        assert underlined(app) == ["Nmae", "join"]
        app.editor.move_cursor((2, 12))
        await pilot.press("backspace")
        assert underlined(app) == ["join"]
        app.pane.show_verdict(verdict(OK, kql=app.pane.kql))
        assert underlined(app) == []


async def test_moving_on_it_moves_in_the_text() -> None:
    async with desk(TEXT) as (app, pilot):
        app.pane.show_verdict(verdict(OK, WARN, REFUSE))
        await pilot.press("tab")
        assert app.focused is app.verdict
        assert app.editor.cursor_location == (1, 8)
        await pilot.press("down")
        assert app.editor.cursor_location == (2, 2)
        await pilot.press("down")
        assert app.editor.cursor_location == (2, 2), "a line without a place leads nowhere"
        await pilot.press("up", "enter")
        await type_text(pilot, "x")
        assert app.editor.document.get_line(2) == "| xjoin Other on Id"


async def test_escape_goes_back_to_the_text() -> None:
    async with desk(TEXT) as (app, pilot):
        app.pane.show_verdict(verdict(REFUSE))
        await pilot.press("tab", "escape")
        assert app.focused is app.editor


async def test_a_verdict_on_another_text_is_not_shown() -> None:
    async with desk(TEXT) as (app, _):
        app.pane.show_verdict(verdict(REFUSE, kql="something else"))
        assert app.verdict.option_count == 0


async def test_places_behind_the_text_are_brought_into_it() -> None:
    async with desk("ab\n") as (app, pilot):
        lines = [
            VerdictLine("syntax", Level.REFUSE, "end", Place(1, 3)),
            VerdictLine("syntax", Level.REFUSE, "end", Place(9, 9)),
        ]
        app.pane.show_verdict(verdict(*lines, kql="ab\n"))
        assert underlined(app) == ["b"]
        await pilot.press("tab", "down")
        assert app.editor.cursor_location == (1, 0)


async def test_no_text_has_no_verdict() -> None:
    async with desk(TEXT) as (app, pilot):
        app.pane.show_verdict(verdict(REFUSE))
        app.pane.kql = ""
        await until(pilot, lambda: app.verdict.option_count == 0, "no verdict")
