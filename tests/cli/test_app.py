"""The app as the command line opens it."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from soc_tui.tui.terminal.textual_internals import VARIABLE

try:
    import pty
except ModuleNotFoundError:
    pytest.skip("there is no pty", allow_module_level=True)

BROKEN = """
import sys
from soc_tui.cli import main
from soc_tui.tui.cockpit.main_screen import MainScreen

def broken(self):
    key = "sk-proj-0123456789abcdefghij"
    raise RuntimeError("no such luck with " + key)

MainScreen.on_mount = broken
sys.exit(main([]))
"""


def on_a_pty(command: list[str]) -> tuple[int, str]:
    """Exit code and everything that was written to the terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown, give_up = b"", time.monotonic() + 30
    while time.monotonic() < give_up:
        if not select.select([ours], [], [], 0.1)[0]:
            continue
        try:
            piece = os.read(ours, 65536)
        except OSError:  # Linux: the other end is closed
            break
        if not piece:
            break
        shown += piece
    process.kill()
    os.close(ours)
    return process.wait(), shown.decode(errors="replace")


@pytest.mark.parametrize("stock", ["", "1"])
def test_a_fault_in_the_app_shows_one_line_without_locals(
    home: Path, monkeypatch: pytest.MonkeyPatch, stock: str
) -> None:
    monkeypatch.setenv(VARIABLE, stock)
    code, shown = on_a_pty([sys.executable, "-c", BROKEN])
    assert code == 1
    assert "internal error (RuntimeError). Details: " in shown
    assert "Traceback" not in shown
    assert "sk-proj" not in shown
    (crash,) = (home / "state").iterdir()
    text = crash.read_text()
    assert "in broken" in text
    assert "sk-proj" not in text
