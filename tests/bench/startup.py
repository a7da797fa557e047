"""First paint: seconds from process start to the first full frame on a pty.

Run: `python -m tests.bench.startup [RUNS]`. The frame is full when the emulated screen shows the
cockpit with its footer and, as the home is a new one, the dialog of the first run before it.
"""

import fcntl
import os
import pty
import select
import statistics
import struct
import sys
import tempfile
import termios
import time
from pathlib import Path

import pyte

COLUMNS, LINES = 80, 24
FULL_FRAME = ("Ask", "Welcome", "Help")
TIMEOUT_SECONDS = 20.0


def first_paint_seconds(home: str) -> float:
    """Start `soc-tui` once; seconds until its first full frame. Raises TimeoutError."""
    screen = pyte.Screen(COLUMNS, LINES)
    stream = pyte.ByteStream(screen)
    command = str(Path(sys.executable).with_name("soc-tui"))
    environment = {
        "HOME": home,
        "PATH": os.environ["PATH"],
        "SOC_TUI_HOME": home,
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
    }
    started = time.perf_counter()
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(command, [command], environment)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    try:
        while time.perf_counter() - started < TIMEOUT_SECONDS:
            if not select.select([terminal], [], [], 0.05)[0]:
                continue
            stream.feed(os.read(terminal, 65536))
            seconds = time.perf_counter() - started
            if all(any(text in line for line in screen.display) for text in FULL_FRAME):
                return seconds
        frame = "\n".join(screen.display)
        raise TimeoutError(f"no full frame within {TIMEOUT_SECONDS} s:\n{frame}")
    finally:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
        os.close(terminal)


def main() -> None:
    """Print each run and the median."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    with tempfile.TemporaryDirectory() as home:
        seconds = [first_paint_seconds(home) for _ in range(runs)]
    print("first paint, seconds:", " ".join(f"{value:.3f}" for value in seconds))
    print(f"median {statistics.median(seconds):.3f} s, slowest {max(seconds):.3f} s")


if __name__ == "__main__":
    main()
