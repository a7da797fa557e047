"""Chat completion calls with waits that can be seen and cancelled."""

from __future__ import annotations

import asyncio
import copy
import json
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
    is_unsaid,
    lacking,
    may_pass,
)
from soc_tui.analysts.openai_forms import BARE, Feature, adapt, call_in, ignored
from soc_tui.analysts.openai_recording import Recording
from soc_tui.analysts.openai_streams import WholeAnswer, whole_answer
from soc_tui.analysts.tokens import compact_json, count_messages, count_tokens
from soc_tui.model.errors import AnalystError
from soc_tui.model.exchange import Record, record_nothing
from soc_tui.model.limits import ModelSpec
from soc_tui.model.quote import Usage

if TYPE_CHECKING:
    from openai import AsyncOpenAI, AsyncStream
    from openai.types import CompletionUsage
    from openai.types.chat import ChatCompletion, ChatCompletionChunk, ChatCompletionMessage

ATTEMPTS = 4
"""Times a call is tried before a passing failure counts."""

_FIRST_WAIT_SECONDS = 0.5


class Calls:
    """Sends requests; the SDK's own retries are off, as they wait in silence.

    Requests are written as OpenAI takes them. What another server turns out to lack is remembered
    by model for as long as this object lives, and told once.

    Args:
        explains: The endpoint says what it rejects (OpenAI and Azure do). Of others the plainest
            form of a request is tried once when they reject it without a reason.
    """

    def __init__(self, client: AsyncOpenAI, *, explains: bool = False) -> None:
        self._client = client
        self._explains = explains
        self._lacks: dict[str, frozenset[Feature]] = {}
        self._record: Record = record_nothing

    def recorded_by(self, record: Record) -> Calls:
        """The same calls, learning together, whose messages are left with `record`."""
        calls = copy.copy(self)
        calls._record = record
        return calls

    async def complete(
        self, request: Mapping[str, Any], tell: Tell = tell_nobody
    ) -> ChatCompletion:
        """One whole answer; `tell` gets the waits and what the server lacks. Raises AnalystError.

        An answer that shows that the server ignored the tool or the response format is given as it
        is; the next request has another form.
        """
        from openai.types.chat import ChatCompletion

        async for item in self._tried(request):
            if isinstance(item, Notice):
                tell(item)
                continue
            if not isinstance(item, ChatCompletion):
                break  # the SDK hands a page that is no JSON through as text
            if item.choices and item.choices[0].finish_reason not in {"length", "content_filter"}:
                message = item.choices[0].message
                _restore_call(message, request)
                called = bool(message.tool_calls or message.refusal)
                if notice := self.unheeded(request, message.content or "", called=called):
                    tell(notice)
            return item
        raise _no_protocol()

    async def stream(
        self, request: Mapping[str, Any]
    ) -> AsyncIterator[Notice | AsyncStream[ChatCompletionChunk] | WholeAnswer]:
        """Notices, then the opened stream (or its like, of a server without). AnalystError."""
        from openai.types.chat import ChatCompletion

        streamed = {**request, "stream": True, "stream_options": {"include_usage": True}}
        async for item in self._tried(streamed):
            if isinstance(item, Notice | ChatCompletion):
                yield WholeAnswer(item) if isinstance(item, ChatCompletion) else item
                continue
            kind = _content_type(item)
            if "json" in kind:
                if notice := self._learn(request["model"], Feature.STREAM):
                    yield notice
                try:
                    yield await whole_answer(item)
                except CALL_ERRORS as error:
                    raise explain(error, request["model"]) from None
            elif "html" in kind:
                raise _no_protocol()
            else:
                yield item

    def unheeded(
        self, request: Mapping[str, Any], content: str, *, called: bool = False
    ) -> Notice | None:
        """Learn from an answer that is not in the form that was asked for.

        OpenAI and Azure ignore nothing: there the model itself went astray.
        """
        if self._explains:
            return None
        model = request["model"]
        sent = adapt(request, self._lacks.get(model, frozenset()))
        feature = ignored(sent, content, called)
        return None if feature is None else self._learn(model, feature)

    def _learn(self, model: str, feature: Feature) -> Notice | None:
        """Remember it; None when another call has learnt and told it meanwhile."""
        known = self._lacks.get(model, frozenset())
        self._lacks[model] = known | {feature}
        return (
            None if feature in known else Notice(f"About {model} at this server: {feature.value}")
        )

    async def _tried(self, request: Mapping[str, Any]) -> AsyncIterator[Any]:
        model = request["model"]
        attempt = 1
        unsaid: Exception | None = None  # a rejection without a reason, before the plainest form
        while True:
            lacks = self._lacks.get(model, frozenset())
            sent = adapt(request, lacks | BARE if unsaid else lacks)
            recording = Recording(sent, self._record)
            try:
                answer = await self._client.chat.completions.create(**sent)
            except asyncio.CancelledError:
                recording.ended(problem="It was cancelled.")
                raise
            except CALL_ERRORS as error:
                recording.ended(problem=str(explain(error, model)))
                if feature := lacking(error, sent, lacks):
                    if notice := self._learn(model, feature):
                        yield notice
                    continue
                if not (self._explains or unsaid) and is_unsaid(error):
                    unsaid = error
                    continue
                wait = _wait_before(attempt, error)
                if wait is None:
                    raise explain(unsaid or error, model) from None
                what = explain(error, model).what
            else:
                if unsaid:
                    self._lacks[model] = lacks | BARE
                    yield Notice(f"{model} at this server takes only the plainest requests.")
                yield recording.answered(answer)
                return
            yield Waiting(
                f"{what} Waiting {wait:.1f} s before attempt {attempt + 1} of {ATTEMPTS}.", wait
            )
            attempt += 1
            await asyncio.sleep(wait)


def _restore_call(message: ChatCompletionMessage, request: Mapping[str, Any]) -> None:
    """Make what was written in place of a tool call the call, with its arguments as text."""
    from openai.types.chat import ChatCompletionMessageFunctionToolCall as ToolCall

    if not message.tool_calls:
        call = call_in(request, message.content or "")
        if call is not None:
            function = {"name": call[0], "arguments": call[1]}
            restored = ToolCall.construct(id="call_1", type="function", function=function)
            message.tool_calls = [restored]
    for called in message.tool_calls or ():
        if called.type == "function" and not isinstance(called.function.arguments, str):
            called.function.arguments = json.dumps(called.function.arguments)


def _content_type(opened: object) -> str:
    """Content type of an opened stream; HTML for a page that came in its place."""
    response = getattr(opened, "response", None)
    return str(response.headers.get("content-type", "")) if response is not None else "text/html"


def _no_protocol() -> AnalystError:
    return AnalystError(
        "The LLM service sent something that is not its protocol.",
        "The answer is no chat completion; a proxy or a wrong address may have sent it.",
        "Check base_url and the proxy in the settings.",
    )


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
    cached = (details.cached_tokens or 0) if details else 0
    written = (details.cache_write_tokens or 0) if details else 0
    return Usage(
        model=model,
        tokens_in=usage.prompt_tokens,
        tokens_out=usage.completion_tokens,
        tokens_cached=cached,
        price=pricing.price(
            spec,
            usage.prompt_tokens,
            usage.completion_tokens,
            cached=cached,
            cache_writes=written,
        ),
    )


def own_count(model: str, spec: ModelSpec | None, tokens_in: int, answer: str) -> Usage:
    """What a call took by our own count, for an answer whose usage never came."""
    encoding = spec.encoding if spec else pricing.UNKNOWN_MODEL_ENCODING
    tokens_out = count_tokens(answer, encoding)
    price: Decimal | None = pricing.price_before(spec, tokens_in, tokens_out)
    return Usage(model=model, tokens_in=tokens_in, tokens_out=tokens_out, price=price)
