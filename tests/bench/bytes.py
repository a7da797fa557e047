"""Bytes per key press: what the app writes to a pty for one key, and for doing nothing.

Run: `python -m tests.bench.bytes [80x24 120x40 200x60] [TERM ...]`. Without arguments: each size
under xterm-256color and, in 80x24, each TERM. A full frame is what is written to paint the whole
screen anew; shares are of that. The history holds the hunts of the tables before.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress

from tests.pty_terminal import Terminal, app_command, app_environment, hunted, idle

SIZES = ((80, 24), (120, 40), (200, 60))
TERMS = ("xterm-256color", "xterm", "screen", "tmux-256color", "linux")
REQUEST = "suspicious powershell in the last 7 days"
PAUSE_SECONDS = 0.45
"""After a key; the verdict on the query comes 0.3 s after the last letter."""
PATIENCE_SECONDS = 1.0
"""For the first byte; a key that changes nothing writes none."""
IDLE_SECONDS = 5.0

Report = Callable[[str, list[int]], None]


def measured(terminal: Terminal, report: Report) -> None:
    """Drive the app to a finished hunt and report the bytes of each kind of key."""

    def keys(what: str, *pressed: str) -> None:
        figures = []
        for key in pressed:
            before = terminal.written
            begun = terminal.painting()
            terminal.press(key)
            with suppress(TimeoutError):
                terminal.until(begun, PATIENCE_SECONDS)
            terminal.quiet(PAUSE_SECONDS)
            figures.append(terminal.written - before)
        report(what, figures)

    hunted(terminal, REQUEST)
    report("full frame", [terminal.redraw() for _ in range(3)])
    terminal.press("f4")
    idle(terminal)
    keys("rows: down", *["down"] * 8)
    keys("rows: up", *["up"] * 6)
    keys("rows: right", *["right"] * 3)
    keys("rows: left", *["left"] * 3)
    keys("rows: page down", *["page down"] * 4)
    keys("rows: down, list moves", *["down"] * 8)
    keys("rows: sort", "s", "s", "s")
    keys("rows: / opens the filter", "/")
    keys("rows: letter of the filter", *"win-")
    keys("rows: Esc closes the filter", "escape")
    keys("F3, to the editor", "f3")
    keys("editor: down", "down", "down")
    keys("editor: up", "up", "up")
    keys("editor: right", *["right"] * 4)
    keys("editor: left", *["left"] * 4)
    keys("editor: letter, list opens", "d")
    terminal.press("escape", "\x1b[F")
    idle(terminal)
    keys("editor: letter", *" // xyl")
    keys("editor: Enter", "enter", "enter", "enter")
    keys("editor: backspace", *["backspace"] * 3)
    keys("F2, to the request", "f2")
    keys("request: letter", *"what is")
    report("idle, a second", [_each_second(terminal)])
    keys("F7, to the findings", "f7")
    keys("findings: down", *["down"] * 4)
    keys("F8, to the history", "f8")
    keys("history: down", *["down"] * 2)
    terminal.press("f4")
    idle(terminal)
    terminal.press("f5")
    report("a step that runs (F5)", [_until_done(terminal)])


def _each_second(terminal: Terminal) -> int:
    return round(terminal.rest(IDLE_SECONDS) / IDLE_SECONDS)


def _until_done(terminal: Terminal) -> int:
    before = terminal.written
    terminal.quiet(0.1)
    idle(terminal)
    return terminal.written - before


def run(home: str, size: tuple[int, int], term: str) -> None:
    """Print the table of one size and TERM."""
    print(f"\n{size[0]}x{size[1]}, TERM={term}")
    print(f"{'':<28} {'median':>7} {'worst':>7}  share of a full frame")
    full = [0]

    def report(what: str, figures: list[int]) -> None:
        median, worst = round(statistics.median(figures)), max(figures)
        full[0] = full[0] or median
        print(f"{what:<28} {median:>7,} {worst:>7,}  {median / full[0]:6.1%}", flush=True)

    terminal = Terminal(app_command(), app_environment(home), size, term)
    try:
        measured(terminal, report)
    finally:
        terminal.close()


def main(wanted: list[str]) -> None:
    """Each size and TERM that is asked for."""
    sizes = [(int(w), int(h)) for w, _, h in (word.partition("x") for word in wanted
             if word[0].isdigit())]  # fmt: skip
    terms = [word for word in wanted if not word[0].isdigit()]
    runs = [(size, TERMS[0]) for size in SIZES] + [(SIZES[0], term) for term in TERMS[1:]]
    if wanted:
        runs = [(size, term) for size in sizes or SIZES for term in terms or TERMS[:1]]
    with tempfile.TemporaryDirectory() as home:
        for size, term in runs:
            run(home, size, term)


if __name__ == "__main__":
    main(sys.argv[1:])
