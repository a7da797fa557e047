"""What goes wrong at the loopback OpenAI server: errors, and answers that are cut, late or odd.

server.next(openai_faults.rate_limited(), openai_faults.cut(3))
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class Reply:
    """An answer, and how it goes over the wire.

    Attributes:
        content, tool_arguments, refusal: What the model says.
        piece_chars: Characters in each SSE piece; more in a text of over
            `openai_http.MOST_PIECES` such.
        piece_delay: Seconds before each piece.
        cut_after: Pieces after which the connection is closed without a word; None for never.
        usage: False for servers that send none.
        stop_after: Pieces after which the model stops, with `finish_reason`.
        stray: A line of the stream sent as it is before the content.
    """

    content: str | None = None
    tool_name: str = ""
    tool_arguments: str | None = None
    refusal: str | None = None
    finish_reason: str = "stop"
    piece_chars: int = 9
    piece_delay: float = 0.0
    first_delay: float = 0.0
    cut_after: int | None = None
    stop_after: int | None = None
    usage: bool = True
    stray: str = ""


@dataclass(frozen=True)
class Failure:
    """An HTTP error in OpenAI's form."""

    status: int
    message: str
    code: str | None = None
    type: str = "invalid_request_error"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    content_type: str = "application/json"


Step = Failure | Callable[[Reply], Reply]
"""What happens to one request: it fails, or its reply is changed."""


def unauthorized(key: str = "sk-wr***ng") -> Failure:
    """401, quoting the key as the real service does."""
    return Failure(401, f"Incorrect API key provided: {key}.", "invalid_api_key")


def forbidden() -> Failure:
    """403."""
    return Failure(403, "Project does not have access to model.", "model_not_found")


def model_not_found(model: str) -> Failure:
    """404."""
    message = f"The model `{model}` does not exist or you do not have access to it."
    return Failure(404, message, "model_not_found")


def rate_limited(retry_after: str = "0.05") -> Failure:
    """429 that passes."""
    headers = {"Retry-After": retry_after} if retry_after else {}
    return Failure(429, "Rate limit reached.", "rate_limit_exceeded", "tokens", headers)


def rate_limited_until(**resets: str) -> Failure:
    """429 without Retry-After: requests="1s" and tokens="6m0s" tell when a limit is full again."""
    headers = {f"x-ratelimit-reset-{name}": text for name, text in resets.items()}
    headers |= {f"x-ratelimit-remaining-{name}": "0" for name in resets}
    return Failure(429, "Rate limit reached.", "rate_limit_exceeded", "tokens", headers)


def too_large(limit: int, requested: int) -> Failure:
    """429 of a call that alone is over the tokens per minute."""
    message = (
        "Request too large for gpt-5-mini in organization org-1 on tokens per min (TPM): "
        f"Limit {limit}, Requested {requested}. The input or output tokens must be reduced."
    )
    return Failure(429, message, "rate_limit_exceeded", "tokens", {})


def out_of_quota() -> Failure:
    """429 that does not pass."""
    message = "You exceeded your current quota, please check your plan and billing details."
    return Failure(429, message, "insufficient_quota", "insufficient_quota")


def too_long() -> Failure:
    """400 because of the context."""
    message = "This model's maximum context length is 272000 tokens. Please reduce the length."
    return Failure(400, message, "context_length_exceeded")


def filtered_prompt() -> Failure:
    """400 of Azure OpenAI's content filter."""
    return Failure(400, "The prompt triggered the content management policy.", "content_filter")


def server_error(status: int = 500) -> Failure:
    """5xx."""
    return Failure(status, "The server had an error.", None, "server_error")


def cut(pieces: int) -> Step:
    """The connection closes after so many pieces."""
    return lambda reply: replace(reply, cut_after=pieces)


def stopped(finish_reason: str, pieces: int) -> Step:
    """The model stops after so many pieces: "length" or "content_filter"."""
    return lambda reply: replace(reply, stop_after=pieces, finish_reason=finish_reason)


def cut_short(pieces: int) -> Step:
    """The model says that it is done in the middle of its JSON."""
    return lambda reply: replace(reply, stop_after=pieces)


def refused(words: str = "I cannot help with that.") -> Step:
    """The model refuses."""
    return lambda _: Reply(refusal=words)


def says(content: str) -> Step:
    """The model says this, whatever was asked."""
    return lambda _: Reply(content=content)


def calls_with(arguments: str) -> Step:
    """The model calls the tool with these arguments."""
    return lambda reply: replace(reply, tool_arguments=arguments)


def calls_tool(name: str, arguments: Mapping[str, Any]) -> Step:
    """The model calls this tool."""
    return lambda reply: replace(reply, tool_name=name, tool_arguments=json.dumps(arguments))


def slow(seconds: float) -> Step:
    """Each piece comes this late."""
    return lambda reply: replace(reply, piece_delay=seconds)


def late(seconds: float) -> Step:
    """The answer begins this late."""
    return lambda reply: replace(reply, first_delay=seconds)


def without_usage() -> Step:
    """A server that sends no usage."""
    return lambda reply: replace(reply, usage=False)


def stray_line(line: str) -> Step:
    """A line in the stream that is not what it should be."""
    return lambda reply: replace(reply, stray=line)
