"""Limits of one HTTP answer: a server that never ends does not hold us, nor fill the memory."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2
import openai

_LONGEST_LINE = 8 * 2**20
"""Bytes of one line: the SDK collects a line before it reads it. No whole answer is as long."""

_SPARE_PIECES = 200
_PIECE = 64 * 2**10  # bytes that are unpacked at once
_GZIP_OR_ZLIB = 47  # zlib's wbits: either, told by the header
_DEADLINE = "soc_tui_deadline"


@dataclass(frozen=True, slots=True)
class AnswerLimits:
    """What one answer may take.

    Attributes:
        seconds: From the request to the answer's end.
        size: Bytes of its body, unpacked.
    """

    seconds: float
    size: int


USUAL_LIMITS = AnswerLimits(seconds=1800, size=32 * 2**20)


class OverLimitError(openai.OpenAIError):
    """The answer went over a limit; the connection is closed. Not an httpx error: the SDK would
    take it for a lost connection.
    """

    def __init__(self, why: str, setting: str) -> None:
        super().__init__(why)
        self.why = why
        self.setting = setting


class LimitedClient(openai.DefaultAsyncHttpxClient):
    """The SDK's HTTP client; each answer, redirects and error pages too, is held to `limits`."""

    def __init__(self, limits: AnswerLimits) -> None:
        # Unpacked sizes are what counts: ask for what needs no unpacking.
        super().__init__(
            event_hooks={"response": [self._limit]}, headers={"Accept-Encoding": "identity"}
        )
        self._limits_of_answers = limits

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """As httpx, but never longer than the limit. Raises OverLimitError."""
        limits = self._limits_of_answers
        deadline = asyncio.get_running_loop().time() + limits.seconds
        request.extensions = {**request.extensions, _DEADLINE: deadline}
        try:
            async with asyncio.timeout_at(deadline):
                return await super().send(request, **options)
        except TimeoutError:
            raise _too_late(limits) from None

    async def _limit(self, response: httpx2.Response) -> None:
        packed = response.headers.get("content-encoding", "").lower() in {"gzip", "deflate"}
        if packed:
            del response.headers["content-encoding"]  # it is unpacked here, a piece at a time
        deadline = response.request.extensions[_DEADLINE]
        body = response.stream
        assert isinstance(body, httpx2.AsyncByteStream)  # noqa: S101  # an async client's
        response.stream = _LimitedBody(body, self._limits_of_answers, deadline, packed=packed)


class _LimitedBody(httpx2.AsyncByteStream):
    """A body that ends in OverLimitError at its limit."""

    def __init__(
        self, body: httpx2.AsyncByteStream, limits: AnswerLimits, deadline: float, *, packed: bool
    ) -> None:
        self._body = body
        self._limits = limits
        self._deadline = deadline
        self._packed = packed

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = line = 0
        unpacker = zlib.decompressobj(_GZIP_OR_ZLIB) if self._packed else None
        pieces = aiter(self._body)
        while True:
            try:
                async with asyncio.timeout_at(self._deadline):
                    came = await anext(pieces, b"")
            except TimeoutError:
                raise _too_late(self._limits) from None
            if not came:
                return
            for piece in _unpacked(came, unpacker) if unpacker else (came,):
                size += len(piece)
                end = piece.rfind(b"\n")
                line = len(piece) - end - 1 if end >= 0 else line + len(piece)
                if size > self._limits.size:
                    raise OverLimitError(
                        f"It sent more than {self._limits.size / 2**20:,.0f} MiB.",
                        "openai.answer_mb",
                    )
                if line > _LONGEST_LINE:
                    raise OverLimitError(
                        f"It sent a line of more than {_LONGEST_LINE / 2**20:.0f} MiB.", ""
                    )
                yield piece

    async def aclose(self) -> None:
        await self._body.aclose()


def most_pieces(request: Mapping[str, Any]) -> int | None:
    """Pieces of the streamed answer to a request that caps its tokens, for a server that ignores
    the cap: none sends two pieces a token, even with empty ones between.
    """
    cap = request.get("max_completion_tokens") or request.get("max_tokens")
    return None if cap is None else 2 * cap + _SPARE_PIECES


def too_many_pieces(most: int) -> OverLimitError:
    """The error of a stream with more pieces than `most_pieces`."""
    return OverLimitError(
        f"It sent more than {most:,} pieces, twice the tokens that it was asked for.", ""
    )


def _unpacked(packed: bytes, unpacker: zlib._Decompress) -> Iterator[bytes]:
    while packed:
        try:
            piece = unpacker.decompress(packed, _PIECE)
        except zlib.error as error:
            raise httpx2.DecodingError(str(error)) from error
        packed = unpacker.unconsumed_tail
        if piece:
            yield piece


def _too_late(limits: AnswerLimits) -> OverLimitError:
    return OverLimitError(
        f"Its answer took longer than {limits.seconds:,.0f} s.", "openai.answer_seconds"
    )
