"""Calls of a hunt that are counted as they go out, and no longer when they were turned away."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any

from soc_tui.analysts import Notice, Sending
from soc_tui.analysts.cost.pricing import Estimate, usage_before
from soc_tui.analysts.openai.findings_call import Streams
from soc_tui.model.errors import AnalystError
from soc_tui.threads import to_the_end

if TYPE_CHECKING:
    from soc_tui.analysts.openai.streams import Opened


class CountedCalls:
    """The calls, each told to `sending` before it goes out.

    One that is cancelled before its answer may be charged: it stays counted.

    Args:
        estimate: Of each of them.
    """

    def __init__(self, calls: Streams, sending: Sending, estimate: Estimate) -> None:
        self._calls = calls
        self._sending = sending
        self._estimate = estimate

    def unheeded(self, request: Mapping[str, Any], content: str) -> Notice | None:
        """As `Calls.unheeded`."""
        return self._calls.unheeded(request, content)

    async def stream(self, request: Mapping[str, Any]) -> AsyncIterator[Notice | Opened]:
        """As `Calls.stream`. Raises RefusedError too: it cannot be counted."""
        usage = usage_before(self._estimate)
        await to_the_end(self._sending.sent, usage, self._estimate.price_most)
        opened = False
        try:
            async for item in self._calls.stream(request):
                opened = opened or not isinstance(item, Notice)
                yield item
        except AnalystError:
            if not opened:
                await to_the_end(self._sending.turned_away, usage)
            raise
