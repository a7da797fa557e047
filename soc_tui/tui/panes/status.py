"""The status strip: workspace, analyst, verdict, tokens, price, and the running step."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.text import Text
from textual.widgets import Static

from soc_tui.model.inert import inert

if TYPE_CHECKING:
    from soc_tui.model.hunt import Hunt
    from soc_tui.model.verdict import Verdict

_SPINNER = "|/-\\"
_REFRESH_SECONDS = 0.2


class StatusStrip(Static):
    """Shows the state of the hunt; `begin` and `finish` bracket a running step."""

    def __init__(self) -> None:
        super().__init__(id="status")
        self._where = "demo"
        self._who = ""
        self._verdict = ""
        self._budget: Callable[[], str] = str
        self._hunt: Hunt | None = None
        self._rows = ""
        self._step = ""
        self._since = 0.0
        self._beat = 0
        self._wait_ends = 0.0
        self._line = ""

    def on_mount(self) -> None:
        """Keep the time of a running step moving."""
        self.set_interval(_REFRESH_SECONDS, self._tick)
        self._draw()

    @property
    def busy(self) -> bool:
        """True while a step runs."""
        return bool(self._step)

    def begin(self, what: str) -> None:
        """A step starts."""
        self._step, self._since, self._wait_ends = what, time.monotonic(), 0.0
        self._draw()

    def go_on(self, what: str) -> None:
        """The running step got further; a wait before it is over."""
        self._step, self._wait_ends = what, 0.0
        self._draw()

    def wait(self, seconds: float) -> None:
        """The running step pauses; count down to its end."""
        self._wait_ends = time.monotonic() + seconds
        self._draw()

    def finish(self) -> float:
        """The step is over; how long it took, seconds."""
        self._step = ""
        self._draw()
        return time.monotonic() - self._since

    def show_place(self, workspace: str, analyst: str, offline: bool) -> None:
        """Workspace and analyst."""
        self._where = inert(workspace)
        self._who = "OFFLINE analyst" if offline else inert(analyst)
        self._draw()

    def show_budget(self, text: Callable[[], str]) -> None:
        """What may still be spent, asked whenever the line is drawn."""
        self._budget = text
        self._draw()

    def show_verdict(self, verdict: Verdict | None) -> None:
        """The guardrails' word on the editor's text; None without a text."""
        self._verdict = f"KQL {verdict.level.name}" if verdict else ""
        self._draw()

    def show_hunt(self, hunt: Hunt | None) -> None:
        """Tokens, model and price."""
        self._hunt = hunt
        self._draw()

    def show_rows(self, text: str) -> None:
        """How many rows there are, and what was seen of them."""
        self._rows = inert(text)
        self._draw()

    def _tick(self) -> None:
        if self._step:
            self._beat += 1
            self._draw()

    def _draw(self) -> None:
        who = self._who or "opening…"
        parts = [self._where, who, self._verdict, self._budget(), *self._money(), self._rows]
        if self._step:
            spin = _SPINNER[self._beat % len(_SPINNER)]
            parts.insert(0, f"{spin} {self._step} {self._clock()} (Esc cancels)")
        line = " · ".join(part for part in parts if part)
        if line != self._line:  # told at each finding that arrives
            self._line = line
            self.update(Text(line, no_wrap=True, overflow="ellipsis"), layout=False)

    def _clock(self) -> str:
        """How long the step has run or, while it waits, how long the wait still lasts."""
        now = time.monotonic()
        left = self._wait_ends - now
        return f"waits {math.ceil(left)} s" if left > 0 else f"{now - self._since:.0f} s"

    def _money(self) -> list[str]:
        hunt = self._hunt
        if hunt is None:
            return []
        from soc_tui.model.quote import cost_text, price_text

        parts = []
        if hunt.usage and hunt.usage.calls:
            tokens = hunt.usage.tokens_in + hunt.usage.tokens_out
            parts.append(f"{hunt.usage.model} {tokens:,} tok {cost_text(hunt.usage)}")
        elif hunt.quote and not hunt.quote.free:
            parts.append(
                f"{hunt.quote.model} ~{hunt.quote.tokens_in:,} tok {price_text(hunt.quote.price)}"
            )
        return parts
