"""First paint: from process start to the first full frame on a pty, beside a bare Textual app.

Run: `python -m tests.bench.startup [RUNS]`. The frame is full when the emulated screen shows the
cockpit with its footer and, as the home is a new one, the dialog of the first run before it. The
bare app shows one line. Both start in turns, so that what else the machine does bends both alike;
processor time (user and system) is bent less than the time on the clock, their ratio least.

`python -X importtime -m soc_tui` says what of it is imports (more than half).
"""

import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence

from tests.pty_terminal import Terminal, app_command, app_environment

FULL_FRAME = ("Ask", "Welcome", "Help")
BARE = """
from textual.app import App
from textual.widgets import Static

class Bare(App):
    def compose(self):
        yield Static("Ask Welcome Help")

Bare().run()
"""


def first_paint(command: Sequence[str], home: str) -> tuple[float, float]:
    """Start a program once; seconds until its first full frame, and those of the processor.

    Raises:
        TimeoutError: there was none.
    """
    before, started = _processor_seconds(), time.perf_counter()
    terminal = Terminal(command, app_environment(home, first_run=True), (80, 24))
    try:
        terminal.until(lambda: all(text in terminal.text for text in FULL_FRAME))
        seconds = time.perf_counter() - started
    finally:
        terminal.close()
    return seconds, _processor_seconds() - before


def _processor_seconds() -> float:
    """Of all programs that were started here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Print each run, the medians and their ratios."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    commands = {"soc_tui": app_command(), "bare Textual": [sys.executable, "-c", BARE]}
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    with tempfile.TemporaryDirectory() as home:
        for command in commands.values():
            first_paint(command, home)  # the first one compiles
        for _ in range(runs):
            for name, command in commands.items():
                found[name].append(first_paint(command, home))
    for unit, place in (("seconds", 0), ("processor seconds", 1)):
        medians = []
        for name, measured in found.items():
            values = [one[place] for one in measured]
            medians.append(statistics.median(values))
            each = " ".join(f"{value:.3f}" for value in values)
            print(f"{name}, {unit}: {each}; median {medians[-1]:.3f}, slowest {max(values):.3f}")
        print(f"{unit}, soc_tui to bare Textual: {medians[0] / medians[1]:.2f}")


if __name__ == "__main__":
    main()
