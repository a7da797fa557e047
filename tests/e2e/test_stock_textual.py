"""On a real terminal with none of Textual's private parts in use: a whole hunt, as ever."""

from __future__ import annotations

from pathlib import Path

from soc_tui.tui.terminal.textual_internals import VARIABLE
from tests.pty_terminal import Terminal, app_command, app_environment, hunted


def test_a_whole_hunt(tmp_path: Path, demo_database: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "demo.duckdb").write_bytes(demo_database.read_bytes())
    environment = app_environment(tmp_path) | {VARIABLE: "1"}
    terminal = Terminal(app_command(), environment, (100, 30))
    try:
        hunted(terminal, "suspicious powershell in the last 7 days")
        terminal.press("f1")
        terminal.until("Change them under [keys] in config.toml")
        terminal.press("escape")
        terminal.until(lambda: "Change them under [keys] in config.toml" not in terminal.text)
        assert "VERIFIED" in terminal.text
    finally:
        terminal.close()
