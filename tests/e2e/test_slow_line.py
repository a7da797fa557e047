"""The app on a pty: what a key costs on the line, and that the screen is right all the same."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.pty_terminal import Terminal, app_command, app_environment, idle, rows_shown

REST_SECONDS = 0.4
"""The verdict on the query comes 0.3 s after the last letter."""


@pytest.fixture(
    params=[((80, 24), "linux")],
    ids=lambda param: f"{param[0][0]}x{param[0][1]}-{param[1]}",
)
def terminal(
    request: pytest.FixtureRequest, tmp_path: Path, demo_database: Path
) -> Iterator[Terminal]:
    (tmp_path / "data").mkdir()
    shutil.copy(demo_database, tmp_path / "data" / "demo.duckdb")
    size, term = request.param
    opened = Terminal(app_command(), app_environment(tmp_path), size, term)
    yield opened
    opened.close()


def test_a_key_paints_what_it_changes(terminal: Terminal) -> None:
    rows_shown(terminal, "suspicious powershell in the last 7 days")
    terminal.press("f4")
    idle(terminal)
    frame = terminal.redraw()

    def most(*keys: str, shown: str | Callable[[], bool] = "") -> float:
        """The most that one of the keys costs, as a share of a full frame."""
        shares = []
        for key in keys:
            terminal.press(key)
            shares.append(terminal.quiet(REST_SECONDS) / frame)
        terminal.until(shown)
        return max(shares)

    def is_right() -> bool:
        terminal.quiet(1)
        seen = terminal.looks
        terminal.redraw()
        return seen == terminal.looks

    assert most("down", "down", "up", "right", "left") < 0.05
    terminal.press("page down", "page down")
    idle(terminal)
    # The list moves: by the terminal where it has the whole width.
    assert most("down", "down", "down") < (0.25 if terminal.screen.columns < 100 else 0.7)
    assert is_right()
    filtered = 'contain "win-"' if terminal.term == "linux" else "contain “win-”"
    # The grid is built anew; on a busy machine it is seen half built once.
    assert most("/", *"win-", shown=filtered) < 2
    assert is_right()
    assert most("escape", shown=lambda: filtered not in terminal.text) < 2
    assert most("s", shown="ascending") < 2
    assert most("f3") < 1.5  # in 80x24 another pane
    assert most("right", "left", "down", "up") < 0.25
    terminal.press("\x1b[F")
    assert most(*" // xy") < 0.5  # the verdict on the letter before may come with the next
    assert most("f2", *"what") < 1.5
    assert most("a", "b", "backspace") < 0.05
    assert is_right()
    assert terminal.rest(2) == 0
