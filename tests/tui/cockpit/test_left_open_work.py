"""What was open when the app was left is there again."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from textual.widgets import Static

from soc_tui.config.paths import state_dir
from soc_tui.files.left_open import LeftOpen, keep_left_open, read_left_open
from soc_tui.model.errors import ConfigError
from soc_tui.rows.arranging import Arrangement, Facet, View
from soc_tui.tui.panes.grid import Grid
from soc_tui.tui.panes.query import QueryPane
from tests.tui.hands import SMALL, Hands, ask, run, running


def info(hands: Hands) -> str:
    return str(hands.main.query_one("#rows-info", Static).render())


async def test_query_rows_and_how_they_were_looked_at(environment: dict[str, str]) -> None:
    async with running(environment, SMALL) as hands:
        await ask(hands)
        await run(hands)
        await hands.press("f4", "right", "s")
        await hands.until(lambda: "by TimeGenerated" in info(hands), "the rows are sorted")
        await hands.press("slash", *"powershell")
        await hands.until(lambda: "contain “powershell”" in info(hands), "the rows are filtered")
        told = info(hands)
        await hands.press("enter", "f3", "ctrl+end", *" // mine")
        edited = hands.main.query_one(QueryPane).kql
        assert edited.endswith("// mine")
        before = hands.main.hunt
        await hands.press("f10")
    async with running(environment, SMALL) as hands:
        await hands.until(lambda: "Open as you left it" in hands.said, "it is brought back")
        assert hands.main.query_one(QueryPane).kql == edited
        assert hands.main.hunt and before and hands.main.hunt.id == before.id
        await hands.until(lambda: hands.main.query(Grid), "the rows")
        assert info(hands) == told
        hands.main.query_one(QueryPane).kql = ""
        await hands.press("f10")
    async with running(environment, SMALL) as hands:
        await hands.pilot.pause()
        assert read_left_open() is None, "what was cleared does not come back"
        assert not hands.main.query_one(QueryPane).kql


@pytest.mark.parametrize(
    "left",
    [
        LeftOpen("demo", "T"),
        LeftOpen("demo", "T\n| take 5", "20261201T1", View(Arrangement(), 3, 1)),
        LeftOpen(
            "w",
            "x",
            "h",
            View(Arrangement("a", "B", True, ("B",), 1, (Facet("B", "", False),), ("C",)), 0, 0),
        ),
    ],
)
def test_it_is_read_as_it_was_kept(home: Path, left: LeftOpen) -> None:
    keep_left_open(left)
    assert read_left_open() == left
    file = state_dir() / "left_open.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    keep_left_open(None)
    keep_left_open(None)
    assert read_left_open() is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "[" * 100_000,
        '{"workspace":1,"kql":"T","hunt_id":"","view":null}',
        '{"workspace":"w","kql":"T","hunt_id":"","view":{"arrangement":[]}}',
        '{"workspace":"w","kql":"T","hunt_id":"","view":{"row":1e999}}',
    ],
)
def test_a_damaged_file_is_said(home: Path, text: str) -> None:
    keep_left_open(LeftOpen("w", "T"))
    (state_dir() / "left_open.json").write_text(text)
    with pytest.raises(ConfigError, match="could not be read"):
        read_left_open()
