"""Editor: milliseconds from a key press to its paint, in a query of 5,000 lines on a pty.

Run: `python -m tests.bench.editor [LINES]`. The clock stops when the emulated screen shows what
the key did.
"""

import os
import statistics
import sys
from collections.abc import Callable
from pathlib import Path

from tests.pty_terminal import Terminal

COLUMNS, LINES = 140, 45
KINDS = ("a letter", "Enter", "a page")
BLOCK = """\
let names = dynamic(["win-07", "srv-db"]); // names of the hosts
DeviceProcessEvents
| where TimeGenerated > ago(7d) and DeviceName in (names) and FileName =~ "powershell.exe"
| extend Length = strlen(ProcessCommandLine), Low = tolower(AccountName)
| summarize Count = count(), First = min(TimeGenerated) by DeviceName, bin(TimeGenerated, 1h);
"""


def started(lines: int) -> Terminal:
    """The editor on a pty."""
    command = [sys.executable, "-m", "tests.bench.editor", "--child", str(lines)]
    return Terminal(command, os.environ, (COLUMNS, LINES))


def milliseconds(terminal: Terminal, key: str, shown: Callable[[], bool]) -> float:
    """Press and wait until it shows. Raises TimeoutError."""
    terminal.press(key)
    return terminal.until(shown) * 1000


def child(lines: int) -> None:
    """The app whose keys are timed."""
    from textual.app import ComposeResult

    from soc_tui.guardrails.catalog import load_catalog
    from soc_tui.tui.panes.query import QueryPane
    from soc_tui.tui.terminal.display import Painting

    text = (BLOCK * (lines // 5 + 1)).split("\n")[:lines]

    class Bench(Painting):
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


def timed(terminal: Terminal, place: str, word: str, page: str) -> dict[str, list[float]]:
    """Milliseconds of each press where the cursor is: letters, Enter, a page."""
    figures: dict[str, list[float]] = {f"{kind}, {place}": [] for kind in KINDS}
    letters, enters, pages = figures.values()
    for end in range(1, len(word) + 1):
        letters.append(milliseconds(terminal, word[end - 1 : end], terminal.has(word[:end])))
        terminal.rest(0.05)
    for key, into in (("enter", enters), (page, pages)):
        for _ in range(10):
            terminal.rest(0.6)  # the verdict and its list have their own time
            into.append(milliseconds(terminal, key, terminal.painting()))
    return figures


def main() -> None:
    """Print median and slowest of each kind of key."""
    if sys.argv[1:2] == ["--child"]:
        child(int(sys.argv[2]))
        return
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    terminal = started(lines)
    try:
        opened = terminal.until("DeviceProcessEvents") * 1000
        terminal.rest(2)
        print(f"{lines:,} lines, shown {opened:,.0f} ms after the start of Python")
        figures = timed(terminal, "at the top", "// xylophone", "page down")
        terminal.press(*["page down"] * (lines // 20))
        terminal.until(f" {lines} ")
        terminal.rest(1)
        figures |= timed(terminal, "at the end", "// harmonica", "page up")
        for kind, took in figures.items():
            median, slowest = statistics.median(took), max(took)
            print(f"{kind:<22} median {median:6.1f} ms  slowest {slowest:6.1f} ms")
    finally:
        terminal.close()


if __name__ == "__main__":
    main()
