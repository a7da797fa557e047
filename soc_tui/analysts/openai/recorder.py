"""Records requests to a model and its responses, at the SDK boundary."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from soc_tui.analysts.openai.answer_limits import most_pieces, too_many_pieces
from soc_tui.analysts.openai.replies import Answer, plain, read
from soc_tui.model.exchange import Exchange, Record

if TYPE_CHECKING:
    from openai import AsyncStream
    from openai.types.chat import ChatCompletionChunk

_LONGEST_PAGE = 20_000


class Recording:
    """One request that was just sent."""

    def __init__(self, request: Mapping[str, Any], record: Record) -> None:
        self._request = request
        self._record = record
        self._at = dt.datetime.now(dt.UTC)
        self._begun = time.monotonic()

    def answered(self, answer: object) -> Answer | RecordedStream | None:
        """The answer, recorded: at once when it is whole, else as it is read; None for no answer.

        The SDK hands a page that is no JSON through as text.
        """
        from openai import AsyncStream
        from openai.types.chat import ChatCompletion

        if isinstance(answer, AsyncStream):
            return RecordedStream(answer, self, most_pieces(self._request))
        if isinstance(answer, ChatCompletion):
            document = plain(answer)
            self.ended(_whole(document))
            return read(document)
        self.ended(str(answer)[:_LONGEST_PAGE], "It is not a chat completion.")
        return None

    def ended(self, answer: object = None, problem: str = "") -> None:
        """Leave the record of it."""
        self._record(
            Exchange(
                at=self._at,
                seconds=time.monotonic() - self._begun,
                request=_json(self._request),
                answer="" if answer is None else _json(answer),
                problem=problem,
            )
        )


class RecordedStream:
    """A stream of the SDK that is put together as it is read, and recorded when it is left.

    It is `Opened`.

    Args:
        most: Pieces; more raise OverLimitError.
    """

    def __init__(
        self, stream: AsyncStream[ChatCompletionChunk], recording: Recording, most: int | None
    ) -> None:
        self._stream = stream
        self._recording = recording
        self._most = most
        self._texts: list[str] = []
        self._refusals: list[str] = []
        self._finish_reason: str | None = None
        self._usage: Any = None
        self._chunks = 0

    @property
    def headers(self) -> Mapping[str, str]:
        """Of the HTTP answer under the stream."""
        return self._stream.response.headers

    async def whole(self) -> Answer:
        """The answer of a server that was asked to stream and sent JSON.

        Raises:
            json.JSONDecodeError, httpx2.HTTPError: it broke off, or is no JSON after all.
        """
        async with self:
            return read(json.loads(await self._stream.response.aread()))

    async def __aenter__(self) -> Self:
        await self._stream.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        try:
            await self._stream.__aexit__(kind, error, at)
        finally:
            self._recording.ended(self._answer(), self._problem(error))

    async def __aiter__(self) -> AsyncIterator[Answer]:
        async for chunk in self._stream:
            document = plain(chunk)
            piece = read(document)
            self._chunks += 1
            if self._most is not None and self._chunks > self._most:
                raise too_many_pieces(self._most)
            self._texts.append(piece.text)
            self._refusals.append(piece.refusal)
            self._finish_reason = piece.finish_reason or self._finish_reason
            if piece.counted:
                self._usage = document["usage"]
            yield piece

    def _answer(self) -> object:
        if not self._chunks:
            return self._body()
        said = {"content": "".join(self._texts), "refusal": "".join(self._refusals)}
        return {
            "message": {"role": "assistant", **{name: text for name, text in said.items() if text}},
            "finish_reason": self._finish_reason,
            "usage": self._usage,
        }

    def _body(self) -> object:
        """What a server sent in place of a stream, as far as it was read."""
        import httpx2

        try:
            text = self._stream.response.text
        except httpx2.StreamError:
            return None
        try:
            return json.loads(text)
        except ValueError:
            return text[:_LONGEST_PAGE]

    def _problem(self, error: BaseException | None) -> str:
        if error is not None:
            return f"It stopped: {type(error).__name__}."
        if self._chunks and self._finish_reason is None:
            return "It stopped before the end."
        return ""


def _whole(document: dict[str, Any]) -> dict[str, Any]:
    """Message, end and usage of an answer; all of it when it is of another form."""
    match document:
        case {"choices": [{"message": message, **choice}, *_]}:
            return {
                "message": message,
                "finish_reason": choice.get("finish_reason"),
                "usage": document.get("usage"),
            }
        case _:
            return document


def _json(value: object) -> str:
    """As JSON. Half a surrogate pair is no text that a file can hold: it stays an escape."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text.encode("utf-8", "backslashreplace").decode()
