"""Servers that speak less than OpenAI does: what they reject, in whose words, and what they ignore.

Words as seen at Ollama, llama.cpp, LM Studio, vLLM, Mistral, Azure and OpenRouter (issue trackers).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Body = Mapping[str, Any]


def _format(kind: str) -> Callable[[Body], bool]:
    return lambda body: body.get("response_format", {}).get("type") == kind


def _strict(body: Body) -> bool:
    wanted = [tool["function"] for tool in body.get("tools", ())]
    wanted.append(body.get("response_format", {}).get("json_schema", {}))
    return any(one.get("strict") for one in wanted)


USES: dict[str, Callable[[Body], bool]] = {
    "tools": lambda body: "tools" in body,
    "tool_choice": lambda body: "tool_choice" in body,
    "parallel_tool_calls": lambda body: "parallel_tool_calls" in body,
    "strict": _strict,
    "json_schema": _format("json_schema"),
    "json_object": _format("json_object"),
    "stream": lambda body: bool(body.get("stream")),
    "stream_options": lambda body: "stream_options" in body,
    "max_completion_tokens": lambda body: "max_completion_tokens" in body,
    "system": lambda body: any(message["role"] == "system" for message in body["messages"]),
}
"""Whether a request uses a feature, by the feature's name."""

_RESPONSE_FORMAT = "'response_format.type' must be 'text'"
_OPENAI_WORDS = {
    "tools": "registry.ollama.ai/library/gemma:2b does not support tools",
    "tool_choice": '"auto" tool choice requires --enable-auto-tool-choice',
    "strict": "Invalid schema for function: 'strict' is not permitted.",
    "json_schema": "This model does not support response format `json_schema`.",
    "json_object": _RESPONSE_FORMAT,
    "system": "System role not supported",
}


def in_openais_words(feature: str) -> tuple[int, Any]:
    """{"error": {"message", "param", "code"}}."""
    message = _OPENAI_WORDS.get(feature, f"Unrecognized request argument supplied: {feature}")
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": None}
    return 400, {"error": error}


def in_llama_cpps_words(feature: str) -> tuple[int, Any]:
    """HTTP 500 for what is a wrong request."""
    words = f"Unsupported param: {feature}"
    return 500, {"error": {"code": 500, "message": words, "type": "server_error"}}


def in_a_bare_text(feature: str) -> tuple[int, Any]:
    """LM Studio: the error is a text."""
    return 400, {"error": _OPENAI_WORDS.get(feature, f"'{feature}' must be left out")}


def in_pydantics_words(feature: str) -> tuple[int, Any]:
    """FastAPI: the place of the parameter, and the whole request quoted back."""
    place = "response_format" if feature.startswith("json_") else feature
    quoted = {"tools": [], "stream": True, "tool_choice": "x", "max_completion_tokens": 1}
    item = {
        "type": "extra_forbidden",
        "loc": ["body", place],
        "msg": "Extra inputs are not permitted",
    }
    return 422, {"detail": [item | {"input": quoted}]}


def without_a_word(_: str) -> tuple[int, Any]:
    """A proxy that keeps the reason for itself."""
    return 400, {"message": "Bad Request"}


@dataclass(frozen=True)
class Dialect:
    """What a server does not do.

    Attributes:
        rejects: Features that it answers with an error.
        ignores: Features that it takes and does nothing about.
        words: Status and body of the error for one feature.
        wraps: Puts JSON into prose and a code fence, as models do when nothing holds them.
    """

    rejects: frozenset[str] = frozenset()
    ignores: frozenset[str] = frozenset()
    words: Callable[[str], tuple[int, Any]] = in_openais_words
    wraps: bool = False

    def rejection(self, body: Body) -> tuple[int, bytes] | None:
        """Status and body for a request that uses what is rejected; None for others."""
        for feature, used in USES.items():
            if feature in self.rejects and used(body):
                status, content = self.words(feature)
                return status, json.dumps(content).encode()
        return None

    def understood(self, body: dict[str, Any]) -> dict[str, Any]:
        """The request as it is for a server that does not know what it ignores."""
        left = dict(body)
        if "tools" in self.ignores:
            left = {name: value for name, value in left.items() if "tool" not in name}
        if "stream" in self.ignores:
            left.pop("stream", None)
            left.pop("stream_options", None)
        kind = left.get("response_format", {}).get("type")
        if kind in self.ignores:
            del left["response_format"]
        return left

    def said(self, content: str) -> str:
        """The content as the model writes it."""
        if not self.wraps:
            return content
        return (
            f"<think>{{ maybe }}</think>Sure, here it is:\n```json\n{content}\n```\nHope it helps!"
        )
