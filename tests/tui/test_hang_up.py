"""The line is cut while a hunt runs: it is recorded as cancelled, and no process is left behind."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyte
import pytest

from soc_tui.history.store import History
from soc_tui.model.hunt import Status
from tests.wire.openai_server import OpenAIServer, late

COMMAND = [sys.executable, "-m", "soc_tui"]
PATIENCE_SECONDS = 60.0


class Line:
    """The app at the other end of a line."""

    def __init__(self) -> None:
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            signal.signal(signal.SIGHUP, signal.SIG_DFL)
            os.execv(COMMAND[0], COMMAND)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self._screen = pyte.Screen(80, 24)
        self._stream = pyte.ByteStream(self._screen)

    def until(self, happened: Callable[[], object], what: str) -> None:
        give_up = time.monotonic() + PATIENCE_SECONDS
        while not happened():
            assert time.monotonic() < give_up, f"never: {what}\n{self.shown}"
            if select.select([self.terminal], [], [], 0.05)[0]:
                self._stream.feed(os.read(self.terminal, 1 << 16))

    @property
    def shown(self) -> str:
        return "\n".join(self._screen.display)

    def press(self, keys: bytes, then: str) -> None:
        os.write(self.terminal, keys)
        self.until(lambda: then in self.shown, then)

    def ended(self) -> int:
        """Its exit code."""
        give_up = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < give_up:
            with contextlib.suppress(OSError):
                if select.select([self.terminal], [], [], 0.05)[0]:
                    os.read(self.terminal, 1 << 16)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
        raise AssertionError("still running")


@pytest.fixture
def line(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Line, OpenAIServer]]:
    with OpenAIServer() as server:
        monkeypatch.setenv("OPENAI_API_KEY", server.api_key)
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        monkeypatch.setenv("TERM", "xterm-256color")
        monkeypatch.setenv("SOC_TUI_WORKSPACE", "demo")
        cut = Line()
        yield cut, server
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(cut.pid, signal.SIGKILL)
            os.waitpid(cut.pid, 0)


@pytest.mark.parametrize("how", ["hang up", "terminate"])
def test_a_cut_line_ends_the_hunt_and_the_app(
    line: tuple[Line, OpenAIServer], home: Path, how: str
) -> None:
    cut, server = line
    cut.until(lambda: "Model: " in cut.shown, "the workspace opens")
    cut.press(b"suspicious powershell in the last 7 days\r", "DeviceProcessEvents")
    cut.press(b"\x1b[15~", "/ filter")  # F5
    before = len(server.requests)
    server.next(late(30))
    cut.press(b"\x1b[17~", "Quote")  # F6
    os.write(cut.terminal, b"\r")
    cut.until(lambda: len(server.requests) > before, "the rows are sent")
    if how == "hang up":
        os.close(cut.terminal)
    else:
        os.kill(cut.pid, signal.SIGTERM)
    assert cut.ended() == 128 + (signal.SIGHUP if how == "hang up" else signal.SIGTERM)
    history = History(home / "data" / "history.sqlite3")
    assert history.summaries(1)[0].status is Status.CANCELLED
    history.close()
