"""What an analyst has of another one that it stands before."""

from __future__ import annotations

from soc_tui.analysts import Analyst


class WrappedAnalyst:
    """An analyst that passes on to another one; what it changes, those say that build on it."""

    def __init__(self, inner: Analyst) -> None:
        self.inner = inner

    @property
    def name(self) -> str:
        """The other's."""
        return self.inner.name

    @property
    def offline(self) -> bool:
        """The other's."""
        return self.inner.offline

    async def aclose(self) -> None:
        """Close the other."""
        await self.inner.aclose()
