"""Lists of very many lines."""

from __future__ import annotations

from functools import partial

from rich.text import Text
from textual.app import App, ComposeResult

from soc_tui.tui.widgets.line_list import Line, LineList

COUNT = 5_000


class Lines(App[None]):
    CSS = "OptionList { text-wrap: nowrap; }"

    def __init__(self) -> None:
        super().__init__()
        self.made: list[int] = []

    def compose(self) -> ComposeResult:
        yield LineList()

    def on_mount(self) -> None:
        self.query_one(LineList).add_options(
            Line(partial(self.line, number), height=2 if number == 1 else 1)
            for number in range(COUNT)
        )

    def line(self, number: int) -> Text:
        self.made.append(number)
        return Text(f"line {number}\nmore" if number == 1 else f"line {number}", "bold")


async def test_only_lines_in_sight_are_made() -> None:
    app = Lines()
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        lines = app.query_one(LineList)
        lines.focus()
        assert lines.virtual_size.height == COUNT + 1
        drawn = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
        assert "line 1 " in drawn
        assert "more" in drawn
        await pilot.press("end")
        assert lines.highlighted == COUNT - 1
        drawn = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
        assert f"line {COUNT - 1}" in drawn
        assert len(set(app.made)) < 50
        assert str(lines.get_option_at_index(7).prompt) == "line 7"
