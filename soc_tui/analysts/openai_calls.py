"""Chat completion calls with waits that can be seen and cancelled."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from soc_tui.analysts import Notice, Tell, Waiting, pricing, tell_nobody
from soc_tui.analysts.openai_failures import (
    CALL_ERRORS,
    LONGEST_WAIT_SECONDS,
    asked_wait,
    explain,
    may_pass,
)
from soc_tui.analysts.tokens import compact_json, count_messages, count_tokens
from soc_tui.model.errors import AnalystError
from soc_tui.model.limits import ModelSpec
from soc_tui.model.quote import Usage

if TYPE_CHECKING:
    from openai import AsyncOpenAI, AsyncStream
    from openai.types import CompletionUsage
    from openai.types.chat import ChatCompletion, ChatCompletionChunk

ATTEMPTS = 4
"""Times a call is tried before a passing failure counts."""

_FIRST_WAIT_SECONDS = 0.5


class Calls:
    """Sends requests; the SDK's own retries are off, as they wait in silence."""

    def __init__(self, client: AsyncOpenAI) -> None:
        self._client = client

    async def complete(
        self, request: Mapping[str, Any], tell: Tell = tell_nobody
    ) -> ChatCompletion:
        """One whole answer; `tell` gets the waits. Raises AnalystError."""
        from openai.types.chat import ChatCompletion

        async for item in self._tried(request):
            if isinstance(item, Notice):
                tell(item)
                continue
            if isinstance(item, ChatCompletion):
                return item
            break  # the SDK hands a page that is no JSON through as text
        raise AnalystError(
            "The LLM service sent something that is not its protocol.",
            "The answer is no chat completion; a proxy or a wrong address may have sent it.",
            "Check base_url and the proxy in the settings.",
        )

    async def stream(
        self, request: Mapping[str, Any]
    ) -> AsyncIterator[Notice | AsyncStream[ChatCompletionChunk]]:
        """Notices of waits, then the opened stream. Raises AnalystError."""
        streamed = {**request, "stream": True, "stream_options": {"include_usage": True}}
        async for item in self._tried(streamed):
            yield item

    async def _tried(self, request: Mapping[str, Any]) -> AsyncIterator[Any]:
        model = request["model"]
        for attempt in range(1, ATTEMPTS + 1):
            try:
                answer = await self._client.chat.completions.create(**request)
            except CALL_ERRORS as error:
                wait = _wait_before(attempt, error)
                if wait is None:
                    raise explain(error, model) from None
                what = explain(error, model).what
            else:
                yield answer
                return
            yield Waiting(
                f"{what} Waiting {wait:.1f} s before attempt {attempt + 1} of {ATTEMPTS}.", wait
            )
            await asyncio.sleep(wait)


def _wait_before(attempt: int, error: Exception) -> float | None:
    """Seconds to the next attempt, or None when there is none."""
    if attempt == ATTEMPTS or not may_pass(error):
        return None
    asked = asked_wait(error)
    if asked is not None:
        return asked if asked <= LONGEST_WAIT_SECONDS else None
    jitter = 1 - random.random() / 4  # noqa: S311  # spreads retries, keeps no secret
    return float(_FIRST_WAIT_SECONDS * 2 ** (attempt - 1) * jitter)


def count_request(
    messages: Sequence[Mapping[str, Any]], schema: object, encodings: set[str]
) -> dict[str, int]:
    """Input tokens by encoding of messages with a tool or response format. Call from a thread."""
    written = compact_json(schema)
    return {
        encoding: count_messages(messages, encoding) + count_tokens(written, encoding)
        for encoding in encodings
    }


def usage_of(usage: CompletionUsage, model: str, spec: ModelSpec | None) -> Usage:
    """What a call took, as the service counted, with its price."""
    details = usage.prompt_tokens_details
    return Usage(
        model=model,
        tokens_in=usage.prompt_tokens,
        tokens_out=usage.completion_tokens,
        tokens_cached=(details.cached_tokens or 0) if details else 0,
        price=pricing.price(spec, usage.prompt_tokens, usage.completion_tokens),
    )


def own_count(model: str, spec: ModelSpec | None, tokens_in: int, answer: str) -> Usage:
    """What a call took by our own count, for an answer whose usage never came."""
    encoding = spec.encoding if spec else pricing.UNKNOWN_MODEL_ENCODING
    tokens_out = count_tokens(answer, encoding)
    price: Decimal | None = pricing.price(spec, tokens_in, tokens_out)
    return Usage(model=model, tokens_in=tokens_in, tokens_out=tokens_out, price=price)
