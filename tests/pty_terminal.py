"""A program on a pty under an emulated terminal: keys go in; screen and bytes come out."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import struct
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyte
import pytest

from tests.patience import PATIENCE_SECONDS
from tests.screen_looks import looks

try:
    import fcntl
    import pty
    import termios
except ModuleNotFoundError:
    pytest.skip("there is no pty", allow_module_level=True)

KEYS = {
    "up": b"\x1b[A",
    "down": b"\x1b[B",
    "right": b"\x1b[C",
    "left": b"\x1b[D",
    "page up": b"\x1b[5~",
    "page down": b"\x1b[6~",
    "enter": b"\r",
    "escape": b"\x1b",
    "tab": b"\t",
    "backspace": b"\x7f",
    "f1": b"\x1bOP",
    "f2": b"\x1bOQ",
    "f3": b"\x1bOR",
    "f4": b"\x1bOS",
    "f5": b"\x1b[15~",
    "f6": b"\x1b[17~",
    "f7": b"\x1b[18~",
    "f8": b"\x1b[19~",
    "f9": b"\x1b[20~",
    "f10": b"\x1b[21~",
    "f11": b"\x1b[23~",
    "f12": b"\x1b[24~",
}
"""What xterm, screen and tmux send (terminfo `kcuu1` in cursor mode, `kf1` ...)."""
_LINUX = {f"f{number}": b"\x1b[[" + bytes([64 + number]) for number in range(1, 6)}


def app_command() -> list[str]:
    """The app, from the source tree that is under test."""
    return [sys.executable, "-m", "soc_tui"]


def app_environment(home: Path | str, *, first_run: bool = False) -> dict[str, str]:
    """Nothing but a home, so that no setting of the machine counts; a config.toml is in it."""
    if not first_run:
        config = Path(home) / "config" / "config.toml"
        config.parent.mkdir(exist_ok=True)
        config.touch()
    return {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path(__file__).parents[1]),
        "SOC_TUI_HOME": str(home),
        "LANG": "C.UTF-8",
        "SOC_TUI_FREE_HUNT": "quoted",  # each step by its own key
    }


class Terminal:
    """Runs one command; every wait reads what it writes."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        size: tuple[int, int],
        term: str = "xterm-256color",
    ) -> None:
        columns, lines = size
        self.screen = pyte.Screen(columns, lines)
        self.term = term
        self.written = 0
        """Bytes that the program has written since its start."""
        self._stream = pyte.ByteStream(self.screen)
        environ = {**environment, "TERM": term}
        self._pid, self._fd = pty.fork()
        if self._pid == 0:
            signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup's children ignore it
            # The size must stand before the program asks for it.
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
            os.execve(command[0], list(command), environ)

    def resize(self, columns: int, lines: int) -> None:
        """Give the terminal another size; the program gets SIGWINCH."""
        self.screen.resize(lines, columns)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def redraw(self) -> int:
        """Let the program paint its whole screen on an empty one; bytes of that."""
        self.screen.reset()
        before = self.written
        os.kill(self._pid, signal.SIGWINCH)
        self.until(lambda: self.screen.display[-1].strip() != "")
        self.quiet(1)
        return self.written - before

    def press(self, *keys: str) -> None:
        """Press keys by name, or type a text."""
        for key in keys:
            named = KEYS | (_LINUX if self.term == "linux" else {})
            os.write(self._fd, named.get(key) or key.encode())

    def send(self, raw: bytes) -> None:
        """Send bytes as they are."""
        os.write(self._fd, raw)

    def until(self, shown: Callable[[], bool] | str, seconds: float = PATIENCE_SECONDS) -> float:
        """Seconds until something (a text) shows. Raises TimeoutError, EOFError."""
        happened = self.has(shown) if isinstance(shown, str) else shown
        started = time.perf_counter()
        while not happened():
            if time.perf_counter() - started > seconds:
                raise TimeoutError(f"never: {shown}\n{self.text}")
            self._take(0.05)
        return time.perf_counter() - started

    def quiet(self, seconds: float) -> int:
        """Bytes written until nothing more comes for so long."""
        before, started = self.written, time.perf_counter()
        while self._take(seconds):
            if time.perf_counter() - started > PATIENCE_SECONDS:
                raise TimeoutError(f"never quiet\n{self.text}")
        return self.written - before

    def rest(self, seconds: float) -> int:
        """Bytes written within so many seconds."""
        before, until = self.written, time.perf_counter() + seconds
        while (left := until - time.perf_counter()) > 0:
            self._take(min(left, 0.05))
        return self.written - before

    def painting(self) -> Callable[[], bool]:
        """Whether anything was written since now."""
        before = self.written
        return lambda: self.written > before

    def has(self, text: str) -> Callable[[], bool]:
        """Whether a text is on the screen."""
        return lambda: text in self.text

    @property
    def text(self) -> str:
        """The screen, line by line."""
        return "\n".join(self.screen.display)

    @property
    def looks(self) -> list[list[object]]:
        """Every cell of the screen as one sees it."""
        return looks(self.screen)

    def hang_up(self) -> None:
        """Cut the line."""
        os.close(self._fd)

    def terminate(self) -> None:
        """Ask the program to end (SIGTERM)."""
        os.kill(self._pid, signal.SIGTERM)

    def ended(self, seconds: float = PATIENCE_SECONDS) -> int:
        """The exit code, once the program has ended. Raises TimeoutError."""
        give_up = time.perf_counter() + seconds
        while time.perf_counter() < give_up:
            with contextlib.suppress(EOFError, OSError, ValueError):  # also when the line is cut
                self._take(0.05)
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.01)
        raise TimeoutError("still running")

    def close(self) -> None:
        """End it."""
        os.kill(self._pid, 9)
        os.waitpid(self._pid, 0)
        os.close(self._fd)

    def _take(self, seconds: float) -> int:
        if not select.select([self._fd], [], [], seconds)[0]:
            return 0
        try:
            data = os.read(self._fd, 65536)
        except OSError:  # Linux: the program has ended
            data = b""
        if not data:
            raise EOFError(f"the program has ended\n{self.text}")
        self.written += len(data)
        self._stream.feed(data)
        return len(data)


def hunted(terminal: Terminal, request: str) -> None:
    """Ask, run and hunt in the demo workspace, by keys; the findings show at the end."""
    rows_shown(terminal, request)
    terminal.press("f6")
    terminal.until("Quote")
    terminal.press("enter")
    terminal.until("VERIFIED")
    idle(terminal)


def rows_shown(terminal: Terminal, request: str) -> None:
    """Ask and run; the rows show at the end."""
    terminal.until("OFFLINE analyst")
    terminal.press("f2", request, "enter")
    terminal.until("KQL OK")
    terminal.press("f5")
    terminal.until("r1 ")
    idle(terminal)


def idle(terminal: Terminal) -> None:
    """Wait until no step runs and nothing more is painted."""
    terminal.until(lambda: "Esc cancels" not in terminal.text)
    terminal.quiet(0.3)
