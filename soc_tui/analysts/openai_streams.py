"""Answers of servers that do not stream, read as if they had."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from openai import AsyncStream
    from openai.types.chat import ChatCompletion, ChatCompletionChunk


class WholeAnswer:
    """A whole answer in the shape of an opened stream of one chunk."""

    def __init__(self, completion: ChatCompletion) -> None:
        self._completion = completion

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        return None

    async def __aiter__(self) -> AsyncIterator[ChatCompletionChunk]:
        from openai.types.chat import ChatCompletionChunk

        choices: list[dict[str, Any]] = [
            {
                "index": choice.index,
                "delta": {"content": choice.message.content, "refusal": choice.message.refusal},
                "finish_reason": choice.finish_reason,
            }
            for choice in self._completion.choices or ()
        ]
        usage = self._completion.usage
        # Not validated, like all answers in the SDK: a server of one's own may leave out an id.
        yield ChatCompletionChunk.construct(
            choices=choices, usage=usage.model_dump() if usage else None
        )


async def whole_answer(stream: AsyncStream[ChatCompletionChunk]) -> WholeAnswer:
    """The answer of a server that was asked to stream and sent JSON.

    Raises:
        json.JSONDecodeError, httpx2.HTTPError: it broke off, or is no JSON after all.
    """
    from openai.types.chat import ChatCompletion

    async with stream:
        content = json.loads(await stream.response.aread())
    return WholeAnswer(ChatCompletion.construct(**content if isinstance(content, dict) else {}))
