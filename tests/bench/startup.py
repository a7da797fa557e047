"""First paint: seconds from process start to the first full frame on a pty.

Run: `python -m tests.bench.startup [RUNS]`. The frame is full when the emulated screen shows the
cockpit with its footer and, as the home is a new one, the dialog of the first run before it.
"""

import statistics
import sys
import tempfile
from pathlib import Path

from tests.pty_terminal import Terminal, app_environment

FULL_FRAME = ("Ask", "Welcome", "Help")


def first_paint_seconds(home: str) -> float:
    """Start `soc-tui` once; seconds until its first full frame. Raises TimeoutError."""
    command = [str(Path(sys.executable).with_name("soc-tui"))]
    terminal = Terminal(command, app_environment(home, first_run=True), (80, 24))
    try:
        return terminal.until(lambda: all(text in terminal.text for text in FULL_FRAME))
    finally:
        terminal.close()


def main() -> None:
    """Print each run and the median."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    with tempfile.TemporaryDirectory() as home:
        seconds = [first_paint_seconds(home) for _ in range(runs)]
    print("first paint, seconds:", " ".join(f"{value:.3f}" for value in seconds))
    print(f"median {statistics.median(seconds):.3f} s, slowest {max(seconds):.3f} s")


if __name__ == "__main__":
    main()
