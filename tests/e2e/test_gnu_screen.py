"""The app inside GNU screen: keys arrive as they are pressed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.pty_terminal import Terminal, app_command, app_environment

SCREEN = shutil.which("screen")


@pytest.mark.skipif(SCREEN is None, reason="GNU screen is not installed")
def test_escape_needs_no_second_key(tmp_path: Path, demo_database: Path) -> None:
    (tmp_path / "data").mkdir()
    shutil.copy(demo_database, tmp_path / "data" / "demo.duckdb")
    sockets = tmp_path / "sockets"
    sockets.mkdir(mode=0o700)
    environment = app_environment(tmp_path) | {"SCREENDIR": str(sockets)}
    assert SCREEN is not None
    terminal = Terminal([SCREEN, "-S", "soc", *app_command()], environment, (80, 24))
    try:
        terminal.until("OFFLINE analyst")
        terminal.press("f1")
        terminal.until("Everywhere")
        terminal.press("escape")
        terminal.until(lambda: "Everywhere" not in terminal.text)
    finally:
        subprocess.run([SCREEN, "-S", "soc", "-X", "quit"], env=environment, check=False)
        terminal.close()
