"""Tokens per minute as a service counts them: all of a call at once, in a sliding minute."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field


@dataclass
class TokenMeter:
    """Counts, refuses what is over the limit, and tells how much is left.

    Attributes:
        limit: Tokens per minute.
        minute: Seconds of a minute, for tests that cannot wait for a real one.
        calls: When each call came, and its tokens; refused ones are not counted.
        refused: Number of calls over the limit.
    """

    limit: int
    minute: float = 60.0
    calls: list[tuple[float, int]] = field(default_factory=list)
    refused: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def admit(self, tokens: int) -> bool:
        """Count a call; False when it is over the limit."""
        with self._lock:
            now = time.monotonic()
            if self._used(now) + tokens > self.limit:
                self.refused += 1
                return False
            self.calls.append((now, tokens))
            return True

    def headers(self) -> dict[str, str]:
        """As OpenAI sends them."""
        with self._lock:
            now = time.monotonic()
            oldest = min((at for at, _ in self.calls if at > now - self.minute), default=now)
            return {
                "x-ratelimit-limit-tokens": str(self.limit),
                "x-ratelimit-remaining-tokens": str(self.limit - self._used(now)),
                "x-ratelimit-reset-tokens": f"{max(0.0, oldest + self.minute - now):.3f}s",
            }

    @property
    def busiest(self) -> int:
        """Most tokens that came within any minute."""
        return max(
            sum(size for at, size in self.calls if end - self.minute < at <= end)
            for end, _ in self.calls
        )

    def _used(self, now: float) -> int:
        return sum(size for at, size in self.calls if at > now - self.minute)
