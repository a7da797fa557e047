"""An open streamed answer, read piece by piece."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from soc_tui.analysts.openai.replies import Answer


class Opened(Protocol):
    """What `Calls.stream` opens. It is left by `async with`."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Of the HTTP answer."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None: ...

    def __aiter__(self) -> AsyncIterator[Answer]:
        """The pieces. Raises any of `CALL_ERRORS`."""
        ...


@dataclass(frozen=True, slots=True)
class WholeAnswer:
    """The answer of a server that does not stream, as the one piece of a stream."""

    answer: Answer
    headers: Mapping[str, str]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        return None

    async def __aiter__(self) -> AsyncIterator[Answer]:
        yield self.answer
