"""The installed `soc-tui` in tmux, from an empty home to findings, by keyboard alone."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.patience import PATIENCE_SECONDS

COMMAND = Path(sys.executable).with_name("soc-tui")

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


class Terminal:
    """One tmux server of our own, with the app in its only pane."""

    def __init__(self, socket: Path, home: Path, columns: int, lines: int) -> None:
        self._tmux = ["tmux", "-S", str(socket), "-f", "/dev/null"]
        self._run("new-session", "-d", "-x", str(columns), "-y", str(lines),
                  "-e", f"SOC_TUI_HOME={home}", "-e", "OPENAI_API_KEY=", str(COMMAND))  # fmt: skip
        self._run("set-option", "-g", "remain-on-exit", "on")

    def _run(self, *words: str) -> str:
        done = subprocess.run(
            [*self._tmux, *words], check=True, capture_output=True, text=True, timeout=20
        )
        return done.stdout

    def close(self) -> None:
        subprocess.run([*self._tmux, "kill-server"], check=False, capture_output=True)

    def keys(self, *keys: str) -> None:
        self._run("send-keys", *keys)

    def type(self, text: str) -> None:
        self._run("send-keys", "-l", text)

    @property
    def screen(self) -> str:
        return self._run("capture-pane", "-p")

    def until(self, *texts: str) -> str:
        give_up = time.monotonic() + PATIENCE_SECONDS
        while True:
            screen = self.screen
            if all(text in screen for text in texts):
                return screen
            if time.monotonic() > give_up:
                raise AssertionError(f"never on screen: {texts}\n{screen}")
            time.sleep(0.1)

    def until_ended(self) -> None:
        give_up = time.monotonic() + PATIENCE_SECONDS
        while self._run("display-message", "-p", "#{pane_dead}").strip() != "1":
            assert time.monotonic() < give_up, self.screen
            time.sleep(0.1)

    def until_gone(self, text: str) -> None:
        give_up = time.monotonic() + PATIENCE_SECONDS
        while text in self.screen:
            assert time.monotonic() < give_up, self.screen
            time.sleep(0.1)


@pytest.fixture(params=[(80, 24), (140, 45)], ids=["80x24", "140x45"])
def terminal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Terminal]:
    columns, lines = request.param
    opened = Terminal(tmp_path / "tmux", tmp_path / "home", columns, lines)
    yield opened
    opened.close()


def to_findings(terminal: Terminal) -> str:
    """By keys from the first start to findings. Gives the count of rows as it is shown."""
    terminal.until("Welcome", "f1 Help", "f10 Quit")
    terminal.keys("Enter")  # the demo
    terminal.until_gone("Welcome")
    terminal.until("OFFLINE analyst")  # the demo workspace is made by now
    terminal.type("suspicious powershell in the last 7 days")
    terminal.keys("Enter")
    terminal.until("DeviceProcessEvents", "KQL OK")
    terminal.keys("F5")
    screen = terminal.until("r1 ", "TimeGenerated", "rows seen", "Findings F7 (")
    seen = re.search(r"all ([\d,]+) rows seen", screen)
    assert seen
    terminal.keys("F7")
    terminal.until("VERIFIED", "T1059.001")
    return f"{seen[1]} rows"


def test_from_an_empty_home_to_findings(terminal: Terminal) -> None:
    to_findings(terminal)
    terminal.keys("t")
    terminal.until("confidence, investigating")
    terminal.keys("F8")
    terminal.until("found", "suspicious powershell")
    terminal.keys("F1")
    terminal.until("Everywhere")
    terminal.keys("Escape")
    terminal.until_gone("Everywhere")  # an escape right before a function key would be Alt
    terminal.keys("F10")
    terminal.until_ended()


@pytest.mark.parametrize("terminal", [(80, 24)], ids=["80x24"], indirect=True)
def test_the_whole_triage(terminal: Terminal, tmp_path: Path) -> None:
    rows = to_findings(terminal)
    terminal.keys("3")
    terminal.until("confidence, true positive")
    terminal.keys("m")
    terminal.until("enter save")
    terminal.type("Seen by the night shift. ")
    terminal.keys("F5")
    terminal.until_gone("enter save")
    terminal.keys("v")  # the matrix, and one technique of it
    terminal.until("MITRE ATT&CK", "PowerShell")
    terminal.keys("Escape")
    terminal.until_gone("MITRE ATT&CK")
    terminal.keys("e")  # the first cited row, in the grid, at the cell that is quoted
    terminal.until("enter open", "f find")
    terminal.keys("p")  # on from it, and back
    terminal.until("Pivot: press a key")
    terminal.keys("h")
    terminal.until("F9 edit", "KQL OK")
    terminal.keys("F4")
    terminal.until("No rows yet")
    terminal.keys("[")
    terminal.until(rows, "enter open")
    terminal.keys("F7")
    terminal.until("t triage")
    terminal.keys("r")
    terminal.until("Report of the hunt")
    terminal.keys("h")
    terminal.until("Enter saves")
    terminal.keys("C-u")
    report = tmp_path / "report.html"
    terminal.type(str(report))
    terminal.keys("Enter")
    terminal.until_gone("Enter saves")
    assert "Seen by the night shift." in report.read_text()
    terminal.keys("F8")
    terminal.until("enter open  / filter", "suspicious powershell")
    terminal.keys("/")
    terminal.until("severity:high technique:")
    terminal.type("state:true technique:T1059")
    terminal.until("1 of 1 hunt")
    terminal.keys("Enter")
    terminal.until_gone("severity:high technique:")
    terminal.keys("Enter")
    terminal.until("confidence, true positive", "VERIFIED")
    terminal.keys("F10")
    terminal.until_ended()
