"""Chat completion calls; waits are shown and can be canceled."""

from __future__ import annotations

import asyncio
import copy
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from soc_tui.analysts import Notice, Tell, Waiting, tell_nobody
from soc_tui.analysts.cost import pricing
from soc_tui.analysts.openai.context_told import ContextTold, context_told
from soc_tui.analysts.openai.failures import (
    CALL_ERRORS,
    LONGEST_WAIT_SECONDS,
    answered_error,
    asked_wait,
    explain,
    is_unsaid,
    lacking,
    may_pass,
)
from soc_tui.analysts.openai.recorder import RecordedStream, Recording
from soc_tui.analysts.openai.replies import Answer, Call, Counted
from soc_tui.analysts.openai.server_forms import BARE, Feature, adapt, call_in, ignored
from soc_tui.analysts.openai.streams import Opened, WholeAnswer
from soc_tui.analysts.packing.token_count import compact_json, count_messages, count_tokens
from soc_tui.model.errors import AnalystError
from soc_tui.model.exchange import Record, record_nothing
from soc_tui.model.limits import ModelSpec
from soc_tui.model.quote import Usage

if TYPE_CHECKING:
    from openai import AsyncOpenAI

ATTEMPTS = 4
"""Times a call is tried before a passing failure counts."""

_FIRST_WAIT_SECONDS = 0.5
_CAP = "max_completion_tokens"


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
        self._caps: dict[str, int] = {}  # of answers, by model, once its context is told
        self._record: Record = record_nothing

    def recorded_by(self, record: Record) -> Calls:
        """The same calls, learning together, whose messages are left with `record`."""
        calls = copy.copy(self)
        calls._record = record
        return calls

    async def complete(self, request: Mapping[str, Any], tell: Tell = tell_nobody) -> Answer:
        """One whole answer; `tell` gets the waits and what the server lacks. Raises AnalystError.

        An answer that shows that the server ignored the tool or the response format is given as it
        is; the next request has another form.
        """
        async for item in self._tried(request):
            if isinstance(item, Notice):
                tell(item)
                continue
            if not isinstance(item, Answer):
                break
            if item.finish_reason in {"length", "content_filter"}:
                return item
            answer = _with_call(item, request)
            called = bool(answer.calls or answer.refusal)
            if notice := self.unheeded(request, answer.text, called=called):
                tell(notice)
            return answer
        raise _no_protocol()

    async def stream(self, request: Mapping[str, Any]) -> AsyncIterator[Notice | Opened]:
        """Notices, then the opened stream (or its like, of a server without). AnalystError."""
        streamed = {**request, "stream": True, "stream_options": {"include_usage": True}}
        async for item in self._tried(streamed):
            if item is None:
                raise _no_protocol()
            if isinstance(item, Notice):
                yield item
            elif isinstance(item, Answer):
                yield WholeAnswer(item, {})
            elif "json" in item.headers.get("content-type", ""):
                try:
                    answer = await item.whole()
                except CALL_ERRORS as error:
                    raise explain(error, request["model"]) from None
                if answer.error:
                    raise answered_error(answer.error, request["model"])
                if notice := self._learn(request["model"], Feature.STREAM):
                    yield notice
                yield WholeAnswer(answer, item.headers)
            elif "html" in item.headers.get("content-type", ""):
                async with item:
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

    def _learn_context(self, model: str, told: ContextTold) -> Notice | None:
        known = self._caps.get(model)
        self._caps[model] = told.usual_cap
        if known == told.usual_cap:
            return None
        return Notice(
            f"{model} at this server has a context of {told.context:,} tokens: answers are capped "
            "to what the prompt leaves of it."
        )

    async def _tried(
        self, request: Mapping[str, Any]
    ) -> AsyncIterator[Notice | Answer | RecordedStream | None]:
        """Notices, then the answer as `Recording.answered` gives it."""
        model = request["model"]
        request = _capped(request, self._caps.get(model))
        attempt = 1
        fitted = False
        unsaid: Exception | None = None  # a rejection without a reason, before the plainest form
        while True:
            lacks = self._lacks.get(model, frozenset())
            sent = adapt(request, lacks | BARE if unsaid else lacks)
            recording = Recording(sent, self._record)
            try:
                came = await self._client.chat.completions.create(**sent)
            except asyncio.CancelledError:
                recording.ended(problem="It was canceled.")
                raise
            except CALL_ERRORS as error:
                recording.ended(problem=str(explain(error, model)))
                told = None if fitted else context_told(str(error))
                if told and (cap := told.cap(request.get(_CAP, 0))):
                    fitted = True
                    request = _capped(request, cap)
                    if notice := self._learn_context(model, told):
                        yield notice
                    continue
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
                answer = recording.answered(came)
                if isinstance(answer, Answer) and answer.error:
                    raise answered_error(answer.error, model)
                if unsaid:
                    self._lacks[model] = lacks | BARE
                    yield Notice(f"{model} at this server only takes minimal requests.")
                yield answer
                return
            yield Waiting(
                f"{what} Waiting {wait:.1f} s before attempt {attempt + 1} of {ATTEMPTS}.", wait
            )
            attempt += 1
            await asyncio.sleep(wait)


def _capped(request: Mapping[str, Any], cap: int | None) -> Mapping[str, Any]:
    """The request with its answer capped at `cap` tokens, where it asks for more."""
    if cap is None or request.get(_CAP, 0) <= cap:
        return request
    return {**request, _CAP: cap}


def _with_call(answer: Answer, request: Mapping[str, Any]) -> Answer:
    """The answer with what was written in place of a tool call as the call."""
    written = None if answer.calls else call_in(request, answer.text)
    return replace(answer, calls=(Call(*written),)) if written else answer


def _no_protocol() -> AnalystError:
    return AnalystError(
        "The LLM service sent a malformed response.",
        "The response is not a chat completion; a proxy or a wrong address may have sent it.",
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


def usage_of(counted: Counted, model: str, spec: ModelSpec | None) -> Usage:
    """What a call took, as the service counted, with its price."""
    return Usage(
        model=model,
        tokens_in=counted.tokens_in,
        tokens_out=counted.tokens_out,
        tokens_cached=counted.cached,
        price=pricing.price(
            spec,
            counted.tokens_in,
            counted.tokens_out,
            cached=counted.cached,
            cache_writes=counted.written,
        ),
    )


def own_count(model: str, spec: ModelSpec | None, tokens_in: int, answer: str) -> Usage:
    """What a call took by our own count, for an answer whose usage never came."""
    encoding = spec.encoding if spec else pricing.UNKNOWN_MODEL_ENCODING
    tokens_out = count_tokens(answer, encoding)
    price: Decimal | None = pricing.price_before(spec, tokens_in, tokens_out)
    return Usage(model=model, tokens_in=tokens_in, tokens_out=tokens_out, price=price)
