"""Rows of a long line are those that Rich would divide it into."""

from __future__ import annotations

import pytest
from rich.style import Style
from rich.text import Text

from soc_tui.tui.editor.long_line import LongLine
from tests.tui.desk import desk


@pytest.mark.parametrize("place", range(4))
def test_the_row_that_is_drawn_is_that_of_the_whole_line(place: int) -> None:
    rows = []
    for kind in (Text, LongLine):
        line = kind("abcd\tefghijk lmnop", end="", no_wrap=True)
        line.stylize(Style(bold=True), 2, 9)
        line.stylize("red", 8)
        rows.append(line.divide([5, 8, 13]))
    plain, lazy = (of[place] for of in rows)
    assert (lazy.plain, lazy.spans) == (plain.plain, plain.spans)
    assert [rows[1][before].plain for before in range(place)] == [
        rows[0][before].plain for before in range(place)
    ]


async def test_a_long_line_is_drawn_row_by_row() -> None:
    text = "T | where a == '" + "".join(f"<{n:06d}>" for n in range(8_000)) + "'\n| take 5"
    async with desk(text) as (app, pilot):
        await pilot.press("ctrl+end")
        await pilot.pause()
        drawn = "".join(line[1:-1].strip() for line in app.drawn)
        assert "<007999>" in drawn.replace(" ", "")
        assert "| take 5" in drawn
        await pilot.press("up", "end", "backspace")
        assert app.editor.text.endswith("<007999>\n| take 5")
