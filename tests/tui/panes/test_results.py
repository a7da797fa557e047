"""The grid by keyboard."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
from textual.widgets import Input, OptionList, Static, Tree

from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.rows import Rows
from soc_tui.rows.arranging import Arrangement
from soc_tui.tui.dialogs.choice import ChoiceScreen
from soc_tui.tui.dialogs.columns import ColumnsScreen
from soc_tui.tui.dialogs.export import ExportScreen
from soc_tui.tui.dialogs.row import RowScreen
from soc_tui.tui.dialogs.statistics import StatisticsScreen
from soc_tui.tui.panes.grid import CELL_LIMIT, Grid, InertBackend
from soc_tui.tui.panes.query import QueryPane
from soc_tui.tui.panes.results import ResultsPane
from tests.tui.hands import SMALL, Hands, run, running

QUERY = (
    "SigninLogs | where TimeGenerated > ago(7d) | project TimeGenerated, UserPrincipalName,"
    " ResultType, DeviceDetail | take 200"
)


def grid(hands: Hands) -> Grid:
    return hands.main.query_one(Grid)


def info(hands: Hands) -> str:
    return str(hands.main.query_one("#rows-info", Static).render())


def drawn(hands: Hands) -> list[str]:
    return [strip.text for strip in hands.app.screen._compositor.render_strips()]


async def rows_of(hands: Hands, kql: str = QUERY) -> None:
    hands.main.query_one(QueryPane).kql = kql
    await run(hands)
    await hands.until(lambda: hands.main.query(Grid), "the grid is there")
    await hands.press("f4")


async def test_filter_as_one_types_sort_and_find(environment: dict[str, str]) -> None:
    async with running(environment, SMALL) as hands:
        await rows_of(hands)
        assert "200 rows" in info(hands)
        await hands.press("slash", *"50126")
        await hands.until(lambda: "contain “50126”" in info(hands), "the rows are filtered")
        await hands.until(lambda: grid(hands).row_count < 200, "the grid shows them")
        shown = grid(hands).row_count
        assert {grid(hands).source.get_cell_at(row, 3) for row in range(shown)} == {"50126"}
        await hands.press("enter", "right", "right", "s")
        await hands.until(lambda: "by UserPrincipalName" in info(hands), "the rows are sorted")
        names = [grid(hands).source.get_cell_at(row, 2) for row in range(shown)]
        assert names == sorted(names)
        await hands.press("slash")
        await hands.until(lambda: hands.main.query_one("#rows-ask").has_focus, "the line")
        await hands.press("escape")
        await hands.until(lambda: grid(hands).row_count == 200, "the filter is cleared")
        assert grid(hands).has_focus
        await hands.press("f", *"50126", "enter")
        await hands.until(
            lambda: grid(hands).source.get_cell_at(grid(hands).cursor_row, 3) == "50126", "found"
        )
        first = grid(hands).cursor_row
        assert grid(hands).cursor_name == "ResultType", "the cursor is on the cell"
        assert info(hands).startswith(f"“50126”: 1 of {shown}")
        await hands.press("n")
        await hands.until(lambda: grid(hands).cursor_row > first, "the next one")
        await hands.press("N")
        await hands.until(lambda: grid(hands).cursor_row == first, "the one before")
        keys = drawn(hands)[-3:]
        await hands.press("f", *["backspace"] * 9, *"nowhere", "enter", "y", "c")
        await hands.until(lambda: "Copied" in drawn(hands)[0], "it is copied")
        assert drawn(hands)[-3:] == keys, "no hint is covered"
        assert len(hands.app._notifications) == 1, "what is said last stands alone"


async def test_columns_statistics_and_a_row_as_a_tree(environment: dict[str, str]) -> None:
    async with running(environment, SMALL) as hands:
        await rows_of(hands)
        await hands.press("right", "right", "i")
        await hands.until(lambda: isinstance(hands.app.screen, StatisticsScreen), "figures")
        values = hands.app.screen.query_one(OptionList)
        assert values.option_count > 1
        await hands.press("down", "minus")
        await hands.until(lambda: "UserPrincipalName is not " in info(hands), "a value is left out")
        left = grid(hands).row_count
        assert 0 < left < 200
        await hands.press("i")
        await hands.until(lambda: isinstance(hands.app.screen, StatisticsScreen), "figures")
        await hands.press("enter")
        await hands.until(lambda: "UserPrincipalName is " in info(hands), "one value is kept")
        await hands.until(lambda: grid(hands).row_count < left, "the grid shows it")
        names = {grid(hands).source.get_cell_at(row, 2) for row in range(grid(hands).row_count)}
        assert len(names) == 1
        await hands.press("minus")
        await hands.until(lambda: " nor " in info(hands), "that one is left out too")
        await hands.press("backspace", "backspace")
        await hands.until(lambda: grid(hands).row_count == 200, "all are taken back")
        await hands.press("h")
        await hands.until(lambda: "1 column hidden" in info(hands), "the column is hidden")
        assert "UserPrincipalName" not in grid(hands).source.names
        await hands.press("less_than_sign")
        await hands.until(lambda: grid(hands).source.names[0] == "ResultType", "it moved left")
        await hands.press("c")
        await hands.until(lambda: isinstance(hands.app.screen, ColumnsScreen), "columns")
        await hands.press("a", "enter")
        await hands.until(lambda: "hidden" not in info(hands), "all columns show")
        await hands.press("enter")
        await hands.until(lambda: isinstance(hands.app.screen, RowScreen), "the row")
        tree = hands.app.screen.query_one(Tree)
        labels = [str(node.label) for node in tree.root.children]
        assert any(label.startswith("DeviceDetail") and "properties" in label for label in labels)
        await hands.press("escape", "slash", *"50126", "enter")
        await hands.until(lambda: grid(hands).row_count < 200, "the rows are filtered")
        second, shown = grid(hands).source.get_cell_at(1, 0), grid(hands).row_count
        await hands.press("home", "enter", "n")
        await hands.until(lambda: isinstance(hands.app.screen, RowScreen), "the row")
        title = str(hands.app.screen.query_one("#row-frame").border_title)
        assert title == f"Row {second} of 200, 2 of {shown} shown"
        await hands.press("escape")
        await hands.until(lambda: grid(hands).cursor_row == 1, "the cursor is on that row")


async def test_copy_and_export(environment: dict[str, str], home: Path, tmp_path: Path) -> None:
    async with running(environment, SMALL) as hands:
        await rows_of(hands)
        await hands.press("right", "right", "right", "y")
        await hands.until(lambda: isinstance(hands.app.screen, ChoiceScreen), "what to copy")
        assert hands.app.screen.query_one(OptionList).option_count == 4
        await hands.press("p")
        await hands.until(lambda: hands.app.clipboard, "it is copied")
        assert hands.app.clipboard.startswith('| where ResultType == "')
        assert (home / "data" / "copied.txt").read_text() == hands.app.clipboard
        await hands.press("x")
        await hands.until(lambda: isinstance(hands.app.screen, ExportScreen), "where to write")
        target = tmp_path / "out.jsonl"
        pasted = hands.app.screen.query_one(Input)
        pasted.value = f"/no/such/folder/{tmp_path / 'out.doc'}"  # behind the path that was there
        await hands.until(lambda: pasted.value == str(tmp_path / "out.doc"), "it starts over")
        await hands.press("enter")
        said = hands.app.screen.query_one("#path-problem", Static)
        assert ".parquet" in str(said.render())
        await hands.until(
            lambda: "no known file extension" in str(said.render()), "a wrong ending is told"
        )
        target.write_text("kept until it is asked twice")
        hands.app.screen.query_one(Input).value = str(target)
        await hands.press("enter")
        await hands.until(lambda: "overwrite it" in str(said.render()), "it is there already")
        assert target.read_text() == "kept until it is asked twice"
        await hands.press("enter")
        await hands.until(lambda: not isinstance(hands.app.screen, ExportScreen), "written")
        assert len([json.loads(line) for line in target.read_text().splitlines()]) == 200


async def test_hostile_cells_are_shown_inert(environment: dict[str, str]) -> None:
    texts = ["[red]x[/red]", "\x1b[31mred", "\u202egnp.exe", "y" * 100_000]
    names = ["a", "b\x1b", "c", "d"]
    table = pa.Table.from_arrays([pa.array([text]) for text in texts], names=names)
    rows = Rows(table, tuple(Column(name, KqlType.STRING) for name in names))
    async with running(environment) as hands:
        await hands.main.query_one(ResultsPane).show_rows(rows)
        cells = grid(hands).source.get_row_at(0)
        assert cells[1:4] == ["[red]x[/red]", "\\x1b[31mred", "\\u202egnp.exe"]
        assert len(cells[4]) == CELL_LIMIT
        assert str(grid(hands).source.columns[2]) == "b\\x1b"


async def test_a_column_named_like_markup_is_shown_as_it_is(environment: dict[str, str]) -> None:
    name = "[/red][@click=app.quit]x"
    rows = Rows(pa.table({name: ["a", "b"]}), (Column(name, KqlType.STRING),))
    async with running(environment) as hands:
        await hands.main.query_one(ResultsPane).show_rows(rows)
        await hands.press("f4", "right", "i")
        await hands.until(lambda: isinstance(hands.app.screen, StatisticsScreen), "the figures")
        shown = hands.app.screen.query_one(".dialog")._border_title
        assert name in str(shown)
        await hands.press("escape", "y")
        await hands.until(lambda: isinstance(hands.app.screen, ChoiceScreen), "what to copy")
        await hands.press("escape", "c")
        await hands.until(lambda: isinstance(hands.app.screen, ColumnsScreen), "the columns")
        await hands.press("escape", "s")
        await hands.until(lambda: f"by {name}" in info(hands), "the rows are sorted")
        await hands.press("slash", *"[/b]a")
        await hands.until(lambda: "contain “[/b]a”" in info(hands), "the rows are filtered")


async def test_the_last_row_can_be_seen(environment: dict[str, str]) -> None:
    async with running(environment, SMALL) as hands:
        await rows_of(hands)
        await hands.press("ctrl+end")
        await hands.until(lambda: grid(hands).cursor_row == 199, "the last row")
        await hands.pilot.pause()
        assert any("r200" in line for line in drawn(hands))


async def test_columns_stay_in_view_and_a_click_on_a_heading_sorts(
    environment: dict[str, str],
) -> None:
    async with running(environment, SMALL) as hands:
        await rows_of(hands)
        await hands.press("z")
        await hands.until(lambda: "1 column frozen" in info(hands), "it is frozen")
        assert grid(hands).fixed_columns == 2
        await hands.press("s")
        await hands.until(lambda: "by TimeGenerated, ascending" in info(hands), "sorted")
        assert grid(hands).fixed_columns == 2, "another order freezes nothing else"
        await hands.press("z")
        await hands.until(lambda: "frozen" not in info(hands), "it scrolls again")
        await hands.press("right", "right", "right", "z")
        assert grid(hands).fixed_columns == 1, "frozen, it would leave no room"
        await hands.press("left", "left", "left")
        await hands.pilot.pause()
        assert await hands.pilot.click(Grid, offset=(10, 0))
        await hands.until(lambda: "by TimeGenerated, descending" in info(hands), "by mouse")
        assert await hands.pilot.click(Grid, offset=(1, 0))
        await hands.until(lambda: "by TimeGenerated" not in info(hands), "as the rows came")


def test_one_long_cell_widens_no_column() -> None:
    cells = ["cmd.exe"] * 99 + ["x" * 80]
    table = pa.table({"FileName": cells, "Short": ["a"] * 99 + ["b" * 20]})
    columns = tuple(Column(name, KqlType.STRING) for name in table.column_names)
    assert InertBackend(Rows(table, columns), Arrangement(), None).column_content_widths[1:] == [
        24,
        20,
    ]


async def test_columns_without_a_value_are_folded_at_first(environment: dict[str, str]) -> None:
    names = ("Account", "Nothing", "Host")
    columns = tuple(Column(name, KqlType.STRING) for name in names)
    rows = Rows(pa.table([["anna", ""], ["", ""], ["", "win-07"]], names=names), columns)
    async with running(environment) as hands:
        await hands.main.query_one(ResultsPane).show_rows(rows)
        await hands.press("f4")
        assert grid(hands).source.names == ("Account", "Host")
        assert "1 empty column folded" in info(hands)
        await hands.press("e")
        await hands.until(lambda: grid(hands).source.names == names, "it is unfolded in place")
        assert "folded" not in info(hands)
        await hands.press("e")
        await hands.until(lambda: "folded" in info(hands), "and folded again")
