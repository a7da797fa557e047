"""Calls to one model kept within its tokens per minute. No I/O but the pauses.

Tokens are counted over a sliding minute, which is stricter than a bucket that fills up again (such
a bucket lets up to twice the limit through within some minutes). A call counts from before it is
sent until a minute after the service answered it, so no minute on the service's own clock holds
more. The limit is corrected by the headers of each answer.

Headers: https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers (Azure OpenAI
sends the same). The service counts the prompt and `max_completion_tokens`, not what is used of it.
"""

from __future__ import annotations

import asyncio
import math
import re
import time
from collections.abc import Callable, Mapping

MINUTE_SECONDS = 60.0

# How the service counts schemas and roles is not published, so a little is left free.
_FILLED = 0.98
# Other users of the account show only as far as our own count is exact.
_TOLERANCE = 0.02
_TOLD_APART_SECONDS = 1.0
_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(ms|h|m|s)", re.ASCII)
_UNIT_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


class RateLimiter:
    """Lets calls through as long as they fit into the minute.

    Args:
        limit: Tokens per minute; None when unknown: then one call goes ahead, and when its headers
            do not tell the limit either, everything passes.
        minute: Seconds of a minute; tests take shorter ones.
        clock: Monotonic, seconds.
    """

    def __init__(
        self,
        limit: int | None,
        *,
        minute: float = MINUTE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.limit = limit
        self._minute = minute
        self._clock = clock
        self._open: dict[int, int] = {}
        self._past: list[tuple[float, int]] = []  # when it no longer counts, tokens
        self._others = (0.0, 0)  # the same for what others took of the limit
        self._held_until = 0.0
        self._told_until = 0.0
        self._answered = False
        self._numbers = 0
        self._changed = asyncio.Event()

    def fits(self, tokens: int) -> bool:
        """Could a call of so many tokens pass at all?"""
        return self.limit is None or tokens <= self.limit

    def wait(self, tokens: int) -> float:
        """Seconds until a call of so many tokens may go; 0 for now, inf until an answer comes."""
        now = self._clock()
        self._past = [entry for entry in self._past if entry[0] > now]
        held = max(0.0, self._held_until - now)
        if self.limit is None:
            return math.inf if self._open and not self._answered else held
        # A call that fills the minute goes when the minute is empty.
        room = max(int(self.limit * _FILLED) - tokens, 0) - sum(self._open.values())
        dated = sorted(entry for entry in (*self._past, self._others) if entry[0] > now)
        used = sum(size for _, size in dated)
        if used <= room:
            return held
        for ends, size in dated:
            used -= size
            if used <= room:
                return max(held, ends - now)
        return math.inf

    def open(self, tokens: int) -> int:
        """Count a call that goes out now; the number stands for it."""
        self._numbers += 1
        self._open[self._numbers] = tokens
        return self._numbers

    def close(self, number: int, headers: Mapping[str, str] | None = None) -> None:
        """The service answered (or the call failed): it counts for a minute more. Idempotent."""
        tokens = self._open.pop(number, None)
        if tokens is None:
            return
        self._past.append((self._clock() + self._minute, tokens))
        self._answered = True
        if headers:
            self._learn(headers)
        self._tell()

    def used(self, tokens: int) -> None:
        """Count a call that was made without asking."""
        self.close(self.open(tokens))

    def hold(self, seconds: float) -> None:
        """Let nothing through for so long: the service said so (429, Retry-After)."""
        self._held_until = max(self._held_until, self._clock() + seconds)
        self._tell()

    def is_news(self, wait: float) -> bool:
        """True when a wait, in seconds, ends later than any that this was asked of before."""
        ends = self._clock() + wait
        news = ends > self._told_until + _TOLD_APART_SECONDS and not math.isinf(wait)
        if news:
            self._told_until = ends
        return news

    async def pause(self, seconds: float) -> None:
        """Sleep so long, or until something changed."""
        changed = self._changed
        timeout = None if math.isinf(seconds) else seconds
        try:
            await asyncio.wait_for(changed.wait(), timeout)
        except TimeoutError:
            return

    def _learn(self, headers: Mapping[str, str]) -> None:
        limit = _count(headers, "x-ratelimit-limit-tokens")
        if limit:
            self.limit = limit
        now = self._clock()
        remaining = _count(headers, "x-ratelimit-remaining-tokens")
        reset = reset_seconds(headers.get("x-ratelimit-reset-tokens", ""))
        if self.limit and remaining is not None and reset is not None:
            ours = sum(self._open.values()) + sum(size for ends, size in self._past if ends > now)
            others = self.limit - ours - remaining
            if others > self.limit * _TOLERANCE:
                self._others = (now + reset, others)
        if _count(headers, "x-ratelimit-remaining-requests") == 0:
            self.hold(reset_seconds(headers.get("x-ratelimit-reset-requests", "")) or 0.0)

    def _tell(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


def _count(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "").strip()
    return int(text) if text.isascii() and text.isdecimal() else None


def reset_seconds(text: str) -> float | None:
    """Seconds of an `x-ratelimit-reset-*` header (`6m0s`, `1.5s`, `20ms`, or bare seconds)."""
    text = text.strip()
    parts = _DURATION.findall(text if text[-1:] in {"s", "m", "h"} else f"{text}s")
    if not parts or "".join(map("".join, parts)).removesuffix("s") != text.removesuffix("s"):
        return None
    return sum(float(number) * _UNIT_SECONDS[unit] for number, unit in parts)
