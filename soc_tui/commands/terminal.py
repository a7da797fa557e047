"""Results to standard output, progress to standard error; terminal escapes are neutralized.

Every line goes through `soc_tui.model.inert`, so a line break or an escape sequence in a log cell
is shown, not obeyed.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sys
import textwrap
import threading
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import TextIO

from soc_tui.model.errors import SocError
from soc_tui.model.inert import inert

_DRAW_EVERY_SECONDS = 0.2
_TELL_EVERY_SECONDS = 10.0
_NARROWEST, _WIDEST = 40, 110
_ERASE_LINE = "\r\x1b[K"


class Terminal:
    """Prints lines, and one live line with the elapsed time where standard error is a terminal."""

    def __init__(self, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self._err = err or sys.stderr
        self._started = time.monotonic()
        self._live = self._err.isatty()
        self._doing = self._told = ""
        self._told_at = self._started
        self._drawn = False
        self._lock = threading.RLock()

    @property
    def width(self) -> int:
        """Columns to fill."""
        return max(_NARROWEST, min(_WIDEST, shutil.get_terminal_size((100, 24)).columns))

    @property
    def can_ask(self) -> bool:
        """True when a human can read a question and answer it."""
        return self._live and sys.stdin is not None and sys.stdin.isatty()

    def write(self, lines: Iterable[str]) -> None:
        """Lines of the result, on standard output."""
        self._write(self._out, lines)

    def tell(self, lines: Iterable[str]) -> None:
        """Lines about what goes on, on standard error."""
        self._write(self._err, lines)

    def write_json(self, text: str) -> None:
        """JSON in plain ASCII, on standard output."""
        with self._lock:
            self._erase()
            self._out.write(text)
            self._out.flush()

    def step(self, text: str) -> None:
        """Something was done or noticed: one line with the time since the start, in seconds."""
        self.tell([f"[{self._elapsed():5.1f} s] {text}"])

    def begin(self, text: str) -> None:
        """Something goes on from now until `end`. May be called from any thread."""
        with self._lock:
            before, self._doing = self._doing, text
        if self._live:
            self._draw()
        elif text != before:
            self.step(f"{text} …")

    def progress(self, text: str, share: float) -> None:
        """As `begin`, with the share that is done (0-1). May be called from any thread.

        What stands after a colon is how far it is, which a log gets only now and then.
        """
        if self._live:
            self.begin(f"{text} ({share:.0%} of all)" if ": " in text else f"{text} {share:.0%}")
            return
        what, now = text.split(": ", maxsplit=1)[0], time.monotonic()
        if what != self._told or now - self._told_at > _TELL_EVERY_SECONDS:
            self._told, self._told_at = what, now
            self.begin(text)

    def end(self) -> None:
        """Nothing goes on any more."""
        with self._lock:
            self._doing = ""
            self._erase()

    @contextlib.asynccontextmanager
    async def ticking(self) -> AsyncIterator[None]:
        """Keeps the live line up to date meanwhile."""
        ticker = asyncio.create_task(self._tick()) if self._live else None
        try:
            yield
        finally:
            if ticker:
                ticker.cancel()
            self.end()

    async def ask(self, question: str) -> str:
        """The answer to a question, without its line end; empty at the end of the input."""
        with self._lock:
            self.end()
            self._err.write(inert(question))
            self._err.flush()
        await _readable(sys.stdin)
        return sys.stdin.readline().strip()

    async def _tick(self) -> None:
        while True:
            self._draw()
            await asyncio.sleep(_DRAW_EVERY_SECONDS)

    def _draw(self) -> None:
        with self._lock:
            if not self._doing:
                return
            text = inert(f"[{self._elapsed():5.1f} s] {self._doing} …", self.width - 1)
            self._err.write(f"{_ERASE_LINE}{text}")
            self._err.flush()
            self._drawn = True

    def _erase(self) -> None:
        if self._drawn:
            self._err.write(_ERASE_LINE)
            self._err.flush()
            self._drawn = False

    def _write(self, stream: TextIO, lines: Iterable[str]) -> None:
        with self._lock:
            self._erase()
            for line in lines:
                stream.write(f"{inert(line)}\n")
            stream.flush()

    def _elapsed(self) -> float:
        return time.monotonic() - self._started


def error_lines(error: SocError) -> Iterator[str]:
    """What happened, why, and the next step: one line each."""
    yield f"error: {error.what}"
    yield from (f"  {text}" for text in (error.why, error.next_step) if text)


def paragraph(text: str, width: int, indent: int = 0) -> Iterator[str]:
    """Prose in lines of at most `width` columns; its own line breaks stay."""
    margin = " " * indent
    for line in text.splitlines():
        shown = inert(line).strip()
        wrapped = textwrap.wrap(
            shown, width, initial_indent=margin, subsequent_indent=margin, break_on_hyphens=False
        )
        yield from (part.rstrip() for part in wrapped)


async def _readable(stream: TextIO) -> None:
    """Wait for a line without holding the event loop, so that Ctrl+C is seen at once."""
    loop = asyncio.get_running_loop()
    arrived = asyncio.Event()
    try:
        loop.add_reader(stream, arrived.set)
    except NotImplementedError:  # Windows: no readers on its event loop
        return
    try:
        await arrived.wait()
    finally:
        loop.remove_reader(stream)
