"""Records what is sent to a model and what comes back, where our code meets the SDK."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from soc_tui.model.exchange import Exchange, Record

if TYPE_CHECKING:
    import httpx2
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

    def answered(self, answer: Any) -> Any:
        """The answer, recorded: at once when it is whole, else as it is read."""
        from openai import AsyncStream
        from openai.types.chat import ChatCompletion

        if isinstance(answer, AsyncStream):
            return RecordedStream(answer, self)
        if isinstance(answer, ChatCompletion):
            self.ended(_whole(answer))
        else:
            self.ended(str(answer)[:_LONGEST_PAGE], "It is no chat completion.")
        return answer

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
    """A stream of the SDK that is put together as it is read, and recorded when it is left."""

    def __init__(self, stream: AsyncStream[ChatCompletionChunk], recording: Recording) -> None:
        self._stream = stream
        self._recording = recording
        self._message: dict[str, str] = {}
        self._finish_reason: str | None = None
        self._usage: Any = None
        self._chunks = 0

    @property
    def response(self) -> httpx2.Response:
        """The HTTP answer under the stream."""
        return self._stream.response

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

    async def __aiter__(self) -> AsyncIterator[ChatCompletionChunk]:
        async for chunk in self._stream:
            self._take(chunk)
            yield chunk

    def _take(self, chunk: ChatCompletionChunk) -> None:
        self._chunks += 1
        if chunk.usage is not None:
            self._usage = chunk.usage
        for choice in chunk.choices or ():
            self._finish_reason = choice.finish_reason or self._finish_reason
            for name in ("content", "refusal"):
                piece = getattr(choice.delta, name, None)
                if piece:
                    self._message[name] = self._message.get(name, "") + piece

    def _answer(self) -> object:
        if not self._chunks:
            return self._body()
        return {
            "message": {"role": "assistant", **self._message},
            "finish_reason": self._finish_reason,
            "usage": _plain(self._usage),
        }

    def _body(self) -> object:
        """What a server sent in place of a stream, as far as it was read."""
        import httpx2

        try:
            text = self.response.text
        except httpx2.StreamError:
            return None
        try:
            return json.loads(text)
        except ValueError:
            return text[:_LONGEST_PAGE]

    def _problem(self, error: BaseException | None) -> str:
        if error is not None:
            return f"It broke off: {type(error).__name__}."
        if self._chunks and self._finish_reason is None:
            return "It broke off without an end."
        return ""


def _whole(completion: Any) -> dict[str, Any]:
    choice = completion.choices[0] if completion.choices else None
    return {
        "message": _plain(getattr(choice, "message", None)),
        "finish_reason": getattr(choice, "finish_reason", None),
        "usage": _plain(completion.usage),
    }


def _plain(value: Any) -> Any:
    """An object of the SDK as JSON can hold it; answers are not validated, so it may be none."""
    return value.model_dump(exclude_none=True) if hasattr(value, "model_dump") else value


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
