"""Editor: milliseconds from a key press to its paint, in a query of 5,000 lines on a pty.

Run: `python -m tests.bench.editor [LINES]`. The clock stops when the emulated screen shows what
the key did.
"""

import fcntl
import os
import pty
import select
import statistics
import struct
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pyte

COLUMNS, LINES = 140, 45
TIMEOUT_SECONDS = 20.0
KINDS = ("a letter", "Enter", "a page")
PAGE_UP, PAGE_DOWN = b"\x1b[5~", b"\x1b[6~"
BLOCK = """\
let names = dynamic(["win-07", "srv-db"]); // names of the hosts
DeviceProcessEvents
| where TimeGenerated > ago(7d) and DeviceName in (names) and FileName =~ "powershell.exe"
| extend Length = strlen(ProcessCommandLine), Low = tolower(AccountName)
| summarize Count = count(), First = min(TimeGenerated) by DeviceName, bin(TimeGenerated, 1h);
"""


class Terminal:
    """The editor on a pty."""

    def __init__(self, lines: int) -> None:
        self.screen = pyte.Screen(COLUMNS, LINES)
        self._stream = pyte.ByteStream(self.screen)
        self._pid, self._fd = pty.fork()
        if self._pid == 0:
            argv = [sys.executable, "-m", "tests.bench.editor", "--child", str(lines)]
            os.execve(sys.executable, argv, {**os.environ, "TERM": "xterm-256color"})
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))

    def press(self, keys: bytes) -> None:
        """Send keys."""
        os.write(self._fd, keys)

    def milliseconds(self, keys: bytes, shown: Callable[[], bool]) -> float:
        """Press and wait until it shows. Raises TimeoutError."""
        started = time.perf_counter()
        self.press(keys)
        while time.perf_counter() - started < TIMEOUT_SECONDS:
            if select.select([self._fd], [], [], 0.05)[0]:
                self._stream.feed(os.read(self._fd, 65536))
                if shown():
                    return (time.perf_counter() - started) * 1000
        raise TimeoutError("\n".join(self.screen.display))

    def rest(self, seconds: float) -> None:
        """Take what still comes."""
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            if select.select([self._fd], [], [], 0.05)[0]:
                self._stream.feed(os.read(self._fd, 65536))

    def has(self, text: str) -> Callable[[], bool]:
        """Whether a text is on the screen."""
        return lambda: any(text in line for line in self.screen.display)

    def close(self) -> None:
        """End it."""
        os.kill(self._pid, 9)
        os.waitpid(self._pid, 0)
        os.close(self._fd)


def child(lines: int) -> None:
    """The app whose keys are timed."""
    from textual.app import App, ComposeResult

    from soc_tui.guardrails.catalog import load_catalog
    from soc_tui.tui.panes.query import QueryPane

    text = (BLOCK * (lines // 5 + 1)).split("\n")[:lines]

    class Bench(App[None]):
        CSS_PATH = Path(__file__).parents[2] / "soc_tui" / "tui" / "app.tcss"

        def compose(self) -> ComposeResult:
            yield QueryPane(id="query")

        def on_mount(self) -> None:
            pane = self.query_one(QueryPane)
            pane.use(load_catalog(), None)
            pane.kql = "\n".join(text)
            pane.editor.move_cursor((0, 0))
            pane.editor.focus()

    Bench().run()


def timed(terminal: Terminal, place: str, word: str, page: bytes) -> dict[str, list[float]]:
    """Milliseconds of each press where the cursor is: letters, Enter, a page."""
    figures: dict[str, list[float]] = {f"{kind}, {place}": [] for kind in KINDS}
    letters, enters, pages = figures.values()
    for end in range(1, len(word) + 1):
        letters.append(
            terminal.milliseconds(word[end - 1 : end].encode(), terminal.has(word[:end]))
        )
        terminal.rest(0.05)
    for keys, into in ((b"\r", enters), (page, pages)):
        for _ in range(10):
            terminal.rest(0.6)  # the verdict and its list have their own time
            into.append(terminal.milliseconds(keys, lambda: True))
    return figures


def main() -> None:
    """Print median and slowest of each kind of key."""
    if sys.argv[1:2] == ["--child"]:
        child(int(sys.argv[2]))
        return
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    terminal = Terminal(lines)
    try:
        opened = terminal.milliseconds(b"", terminal.has("DeviceProcessEvents"))
        terminal.rest(2)
        print(f"{lines:,} lines, shown {opened:,.0f} ms after the start of Python")
        figures = timed(terminal, "at the top", "// xylophone", PAGE_DOWN)
        terminal.press(PAGE_DOWN * (lines // 20))
        terminal.milliseconds(b"", terminal.has(f" {lines} "))
        terminal.rest(1)
        figures |= timed(terminal, "at the end", "// harmonica", PAGE_UP)
        for kind, milliseconds in figures.items():
            median, slowest = statistics.median(milliseconds), max(milliseconds)
            print(f"{kind:<22} median {median:6.1f} ms  slowest {slowest:6.1f} ms")
    finally:
        terminal.close()


if __name__ == "__main__":
    main()
