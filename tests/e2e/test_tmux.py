"""The installed `soc-tui` in tmux, from an empty home to findings, by keyboard alone."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

PATIENCE_SECONDS = 60.0
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


def test_from_an_empty_home_to_findings(terminal: Terminal) -> None:
    terminal.until("Welcome", "f1 Help", "f10 Quit")
    terminal.keys("Enter")  # the demo
    terminal.until_gone("Welcome")
    terminal.until("OFFLINE analyst")  # the demo workspace is made by now
    terminal.type("suspicious powershell in the last 7 days")
    terminal.keys("Enter")
    terminal.until("DeviceProcessEvents", "KQL OK")
    terminal.keys("F5")
    terminal.until("r1 ", "TimeGenerated", "rows")
    terminal.keys("F6")
    quote = terminal.until("Quote", "free, nothing leaves this machine")
    assert "rows seen" in quote
    terminal.keys("Enter")
    terminal.until("VERIFIED", "T1059.001")
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
