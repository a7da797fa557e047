"""The app on a real pty: what is sent, and what a terminal makes of it."""

from __future__ import annotations

import os
import re
import select
import signal
import struct
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pyte
import pytest

from tests.patience import PATIENCE_SECONDS
from tests.tui.hands import QUOTED

try:
    import fcntl
    import pty
    import termios
except ModuleNotFoundError:
    pytest.skip("there is no pty", allow_module_level=True)

_SGR = re.compile(rb"\x1b\[([0-9;]*)m")


@dataclass
class Terminal:
    """One running app; `sent` is every byte that came from it."""

    handle: int
    screen: pyte.Screen
    sent: bytearray = field(default_factory=bytearray)

    def __post_init__(self) -> None:
        self._stream = pyte.ByteStream(self.screen)

    @property
    def text(self) -> str:
        return "\n".join(self.screen.display)

    def press(self, keys: bytes) -> None:
        os.write(self.handle, keys)

    def until(self, text: str) -> None:
        """Read until the screen shows this text."""
        give_up = time.monotonic() + PATIENCE_SECONDS
        while text not in self.text:
            if time.monotonic() > give_up:
                raise AssertionError(f"never: {text}\n{self.text}")
            if select.select([self.handle], [], [], 0.1)[0]:
                data = os.read(self.handle, 65536)
                self.sent += data
                self._stream.feed(data)

    @property
    def styles(self) -> set[int]:
        """Every number in the SGR sequences (colours and text styles) that were sent."""
        return {
            int(number or 0)
            for codes in _SGR.findall(bytes(self.sent))
            for number in codes.split(b";")
        }


@contextmanager
def started(
    home: Path, environ: dict[str, str], size: tuple[int, int] = (80, 24)
) -> Iterator[Terminal]:
    """The app on a pty, in this home, with these variables and few others."""
    columns, lines = size
    environment = {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "LANG": "C.UTF-8",
        "SOC_TUI_HOME": str(home),
        "SOC_TUI_ANALYST": "offline",
        "SOC_TUI_WORKSPACE": "demo",
        **QUOTED,
        **environ,
    }
    pid, handle = pty.fork()
    if pid == 0:
        os.execve(sys.executable, [sys.executable, "-m", "soc_tui"], environment)
    try:
        fcntl.ioctl(handle, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        yield Terminal(handle, pyte.Screen(columns, lines))
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(handle)
