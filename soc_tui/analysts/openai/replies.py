"""What a server answered, as plain data. Pure.

The SDK validates no answer, and self-hosted servers send anything: what is not of the form
that the API has is left out here, once, so that nobody behind this has to look.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_MOST_TOKENS = 1_000_000_000
"""No service counts more in one answer."""


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call: the tool's name, and its arguments as JSON."""

    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Counted:
    """Tokens as the service counted them.

    Attributes:
        cached, written: Those of tokens_in that were read from the cache, and written to it.
    """

    tokens_in: int
    tokens_out: int
    cached: int = 0
    written: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, or one piece of an answer that is streamed.

    Attributes:
        finish_reason: Why it ended; empty for a piece before the end.
        counted: None when the service sent no usage that can be read.
        error: What the service sent in place of an answer.
    """

    text: str = ""
    refusal: str = ""
    finish_reason: str = ""
    calls: tuple[Call, ...] = ()
    counted: Counted | None = None
    error: object = None

    @property
    def said(self) -> str:
        """All text of it."""
        return "".join([self.text or self.refusal, *(call.arguments for call in self.calls)])


def read(document: object) -> Answer:
    """An answer's JSON, or that of a chunk of a stream."""
    answer = _mapping(document)
    choices = answer.get("choices")
    choice = _mapping(choices[0] if isinstance(choices, list) and choices else None)
    message = _mapping(choice.get("message") or choice.get("delta"))
    calls = message.get("tool_calls")
    return Answer(
        text=_text(message.get("content")),
        refusal=_text(message.get("refusal")),
        finish_reason=_text(choice.get("finish_reason")),
        calls=tuple(_calls(calls)) if isinstance(calls, list) else (),
        counted=_counted(_mapping(answer.get("usage"))),
        error=None if choices else answer.get("error"),
    )


def plain(value: Any) -> Any:
    """An object of the SDK, whatever stands in it, as JSON can hold it."""
    if not hasattr(value, "model_dump"):
        return value
    return value.model_dump(exclude_none=True, warnings=False)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(content: object) -> str:
    """A text; of a list of parts (Mistral, some proxies) those that are text, not thoughts."""
    if isinstance(content, list):
        return "".join(_text(part.get("text")) for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def _calls(calls: list[Any]) -> Iterator[Call]:
    for call in calls:
        function = _mapping(_mapping(call).get("function"))
        arguments = function.get("arguments")
        if isinstance(arguments, dict):  # Ollama's own form
            arguments = json.dumps(arguments)
        if function:
            yield Call(_text(function.get("name")), _text(arguments))


def _counted(usage: Mapping[str, Any]) -> Counted | None:
    tokens_in, tokens_out = _count(usage, "prompt_tokens"), _count(usage, "completion_tokens")
    if tokens_in is None or tokens_out is None:
        return None
    details = _mapping(usage.get("prompt_tokens_details"))
    return Counted(
        tokens_in,
        tokens_out,
        cached=_count(details, "cached_tokens") or 0,
        written=_count(details, "cache_write_tokens") or 0,
    )


def _count(numbers: Mapping[str, Any], name: str) -> int | None:
    number = numbers.get(name)
    return number if isinstance(number, int) and 0 <= number < _MOST_TOKENS else None
