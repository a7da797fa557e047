"""One row in full, however much it holds."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
from textual.app import App
from textual.widgets import Tree

from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.rows import Rows
from soc_tui.rows.unfolding import MOST_BRANCHES
from soc_tui.tui.dialogs.row import RowScreen
from tests.tui.hands import SMALL

CSS = Path(__file__).parents[3] / "soc_tui" / "tui" / "app.tcss"
LONG = "\x1b[31m[bold]" * 10_000
NESTED = json.dumps([[1] * 500] * 500)


async def test_of_a_row_only_what_is_open_is_made() -> None:
    names = [f"Text{number}" for number in range(20)]
    table = {name: [LONG] for name in names} | {"Short": ["\u202eanna"], "Detail": [NESTED]}
    columns = tuple(
        Column(name, KqlType.DYNAMIC if name == "Detail" else KqlType.STRING) for name in table
    )
    app = App[None](css_path=CSS)
    async with app.run_test(size=SMALL) as pilot:
        await app.push_screen(RowScreen(Rows(pa.table(table), columns), None, 0))
        await pilot.pause()
        tree = app.screen.query_one(Tree)
        made = len(tree._tree_nodes)
        assert made < 1_500  # of 270,000
        folded, detail = tree.root.children[19], tree.root.children[21]
        assert str(folded.label) == "Text19  110,000 characters"
        assert str(tree.root.children[20].label) == "Short   \\u202eanna"
        tree.move_cursor(folded)
        await pilot.press("enter")
        lines = [str(line.label) for line in folded.children]
        assert lines[0].startswith("\\x1b[31m[bold]\\x1b[31m")
        tree.move_cursor(detail)
        await pilot.press("enter")
        assert len(detail.children) == MOST_BRANCHES
        assert str(detail.children[0].label) == "[0]  500 items"
        assert len(tree._tree_nodes) < made + 1_500


async def test_names_stand_in_a_column_and_values_use_the_width() -> None:
    value = "powershell.exe -NoP " + "A" * 300
    table = pa.table({"Host": ["win-07"], "CommandLine": [value], "Account": ["anna"]})
    columns = tuple(Column(name, KqlType.STRING) for name in table.column_names)
    app = App[None](css_path=CSS)
    async with app.run_test(size=(200, 60)) as pilot:
        await app.push_screen(RowScreen(Rows(table, columns), None, 0))
        await pilot.pause()
        host, line, account = app.screen.query_one(Tree).root.children
        assert str(host.label) == "Host         win-07"
        assert str(account.label) == "Account      anna"
        wide = str(line.children[0].label)
        assert len(wide) > 110
        await pilot.resize_terminal(*SMALL)
        await pilot.pause()
        line = app.screen.query_one(Tree).root.children[1]
        assert len(str(line.children[0].label)) < 76
        assert "".join(str(part.label) for part in line.children) == value


async def test_a_value_fits_its_line_and_the_cursor_keeps_its_column() -> None:
    names = ("Title", "InitiatingProcessCommandLine", "Detail")
    values = ("語" * 34, "powershell.exe " * 4, json.dumps({"a": {"b": "x" * 200}}))
    table = pa.table({name: [value] * 9 for name, value in zip(names, values, strict=True)})
    kinds = (KqlType.STRING, KqlType.STRING, KqlType.DYNAMIC)
    columns = tuple(Column(name, kind) for name, kind in zip(names, kinds, strict=True))
    order = pa.array([7, 2, 5])
    app = App[None](css_path=CSS)
    async with app.run_test(size=SMALL) as pilot:
        await app.push_screen(screen := RowScreen(Rows(table, columns), order, 1))
        await pilot.pause()
        tree = screen.query_one(Tree)
        tree.root.expand_all()
        await pilot.pause()
        inside = tree.scrollable_content_region.width
        assert tree.virtual_size.width <= inside, "no line is cut off"
        assert str(screen.query_one("#row-frame").border_title) == "Row r3 of 9, 2 of 3 shown"
        tree.move_cursor(tree.root.children[1])
        await pilot.press("n", "n")
        assert str(screen.query_one("#row-frame").border_title) == "Row r6 of 9, 3 of 3 shown"
        assert tree.cursor_node is tree.root.children[1]
        await pilot.resize_terminal(110, 24)
        await pilot.pause()
        assert not tree.root.children[0].children, "there is room beside the name"
        assert tree.cursor_node is tree.root.children[1]
