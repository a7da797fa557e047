"""Keys that arrive in one packet, as a slow line or `tmux send-keys` delivers them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pty_terminal import KEYS, Terminal, app_command, app_environment, hunted, idle


@pytest.fixture(scope="module")
def hunting(tmp_path_factory: pytest.TempPathFactory, demo_database: Path) -> Iterator[Terminal]:
    """The app after a hunt, for all tests: each leaves it with the rows of that hunt."""
    home = tmp_path_factory.mktemp("home")
    (home / "data").mkdir()
    shutil.copy(demo_database, home / "data" / "demo.duckdb")
    opened = Terminal(app_command(), app_environment(home), (120, 40))
    hunted(opened, "suspicious powershell in the last 7 days")
    yield opened
    opened.close()


@pytest.fixture
def terminal(hunting: Terminal) -> Terminal:
    idle(hunting)
    return hunting


def burst(terminal: Terminal, *keys: str, shows: str) -> None:
    """Press keys, by name or as a text, in one packet; a text shows then."""
    terminal.send(b"".join(KEYS.get(key) or key.encode() for key in keys))
    terminal.until(shows)


def test_the_filter_of_the_rows_gets_what_is_typed(terminal: Terminal) -> None:
    rows = re.search(r"│ ([\d,]+ rows)", terminal.text)
    assert rows
    burst(terminal, "f4", "/", "enc", shows="contain “enc”")
    burst(terminal, "\x15", "-nop", "enter", "f", "encoded", "enter", shows="contain “-nop”")
    burst(terminal, "/", "\x15", "enter", shows=f"│ {rows[1]}   ")


def test_the_filter_of_the_findings_gets_what_is_typed(terminal: Terminal) -> None:
    burst(terminal, "f7", "/", "state:closed", shows="0 of 10")
    burst(terminal, "escape", shows="10 findings")


def test_the_filter_of_the_history_gets_what_is_typed(terminal: Terminal) -> None:
    burst(terminal, "f8", "/", "dgar", "enter", shows="0 of 1 hunt")
    burst(terminal, "/", "\x15", "enter", shows="│ 1 hunt   ")


def test_a_paste_arrives_where_the_key_before_it_led(terminal: Terminal) -> None:
    burst(terminal, "f8", "/", "\x1b[200~dgar\x1b[201~", "enter", shows="0 of 1 hunt")
    burst(terminal, "/", "\x15", "enter", shows="│ 1 hunt   ")


def test_a_pivot_is_chosen_from_the_menu_that_opens(terminal: Terminal) -> None:
    burst(terminal, "f4", "p", "h", shows="No rows yet")
    burst(terminal, "f4", "[", shows=" r1 ")


def test_a_letter_is_for_the_menu_before_it(terminal: Terminal) -> None:
    burst(terminal, "f9", "o", "nowhere.kql", "enter", shows="The query cannot be read.")
    assert "nowhere.kql" in terminal.text
    burst(terminal, "escape", shows=" r1 ")


def test_a_request_is_asked_as_typed(terminal: Terminal) -> None:
    burst(terminal, "f4", "f2", "role assignments this week", "enter", shows="AzureActivity")
    assert "> role assignments this week" in terminal.text


@pytest.mark.parametrize("size", [(80, 24), (140, 45)])
def test_keys_pressed_before_the_first_frame_find_their_pane(
    size: tuple[int, int], tmp_path: Path
) -> None:
    terminal = Terminal(app_command(), app_environment(tmp_path), size)
    try:
        terminal.press("f8", "/", "never asked")
        terminal.until(lambda: "History" in terminal.text and "never asked" in terminal.text)
    finally:
        terminal.close()
