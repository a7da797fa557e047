"""Adapts requests to what a server supports, learned from its rejections. Pure.

A request is written as OpenAI takes it: strict tool or JSON schema, streamed. `adapt` turns it into
the next best form for a server that lacks some of that: JSON mode, then plain text with the schema
in words. `lesson` reads a rejection for what is lacking.

Rejections as met in the wild: Ollama "... does not support tools", llama.cpp 500 "tools param
requires --jinja flag" and "Unsupported param: tools", LM Studio "'response_format.type' must be
'json_schema' or 'text'", Mistral 422 "Extra inputs are not permitted" with the parameter in `loc`,
Azure "Unrecognized request argument supplied: stream_options", OpenRouter 404 "No endpoints found
that support tool use", OpenAI itself "Function tools with reasoning_effort are not supported for
gpt-6-luna in /v1/chat/completions" (all from GPT-5.6 on, which then plan in JSON and reason).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from soc_tui.analysts.packing.token_count import compact_json

Request = Mapping[str, Any]


class Feature(StrEnum):
    """What a server may lack. The value says what is done without it."""

    STREAM_OPTIONS = "It reports no usage in streams: tokens are counted locally."
    PARALLEL = "It does not support parallel_tool_calls, which is omitted."
    MAX_COMPLETION = "It requires max_tokens instead of max_completion_tokens."
    STRICT = "It does not enforce strict schemas: answers are checked locally."
    TOOL_CHOICE = "It does not support tool_choice: the prompt asks for the tool call."
    TOOLS = "It does not support tools: the plan is requested as JSON."
    SCHEMA = "It does not support JSON schemas: the schema goes into the prompt, in JSON mode."
    JSON_MODE = "It has no JSON mode: the prompt asks for JSON, which is checked locally."
    SYSTEM = "It does not support system messages: the rules precede the request."
    STREAM = "It does not stream: all findings arrive at once."


BARE = frozenset(Feature) - {Feature.SYSTEM}
"""All that a request can do without, for a server that does not say what it rejects."""

REJECTIONS = frozenset({400, 404, 405, 415, 422, 500, 501})
"""HTTP statuses by which servers say that they do not take a parameter."""

_NO = re.compile(
    r"support|unrecogni[sz]ed|unknown|unexpected|not permitted|not allowed|not enabled|invalid"
    r"|extra (?:inputs|fields)|must be|requires|only|not (?:available|implemented)|disabled"
)
# In this order: the more exact name first.
_NAMES: tuple[tuple[Feature, re.Pattern[str]], ...] = (
    (Feature.STREAM_OPTIONS, re.compile(r"stream_options|include_usage")),
    (Feature.MAX_COMPLETION, re.compile(r"max_completion_tokens")),
    (Feature.PARALLEL, re.compile(r"parallel[_ ]tool[_ ]calls?")),
    (Feature.STRICT, re.compile(r"\bstrict\b|invalid schema")),
    (Feature.TOOL_CHOICE, re.compile(r"tool[_ ]choice")),
    (Feature.TOOLS, re.compile(r"\btools?\b|function[_ ]call")),
    (Feature.SCHEMA, re.compile(r"response_format|json[_ ]?schema|structured[_ ]outputs?")),
    (Feature.JSON_MODE, re.compile(r"response_format|json[_ ]?(?:object|mode)")),
    (Feature.SYSTEM, re.compile(r"\bsystem\b.{0,20}(?:role|message|prompt)|role.{0,12}\bsystem\b")),
    (Feature.STREAM, re.compile(r"\bstream(?:ing|ed)?\b")),
)
# What is given up next when a server still objects to the same thing.
_WEAKER = {Feature.STRICT: (Feature.TOOLS, Feature.SCHEMA), Feature.TOOL_CHOICE: (Feature.TOOLS,)}
_THOUGHTS = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)
_WORDS = (
    "\n\nAnswer with one JSON object and nothing else: no other text, no code fence. It must fit "
    "this JSON schema:\n"
)


def lesson(words: str, request: Request, lacks: frozenset[Feature]) -> Feature | None:
    """What a rejection of `request` says is lacking, of what the request uses; or None.

    Args:
        words: The server's words, its parameter name among them.
        request: As it was sent.
        lacks: What is known to be lacking.
    """
    words = words.lower()
    if not _NO.search(words):
        return None
    used = _used(request)
    for feature, name in _NAMES:
        if not name.search(words):
            continue
        for option in (feature, *_WEAKER.get(feature, ())):
            if option in used and option not in lacks:
                return option
    return None


def ignored(request: Request, content: str, called: bool) -> Feature | None:
    """What a server ignored in `request`, seen by an answer in mere words; or None.

    JSON that is broken, or cut off, is no sign of that.

    Args:
        content: The text of the answer.
        called: A tool was called.
    """
    said = _THOUGHTS.sub("", content, count=1).strip()
    if called or not said or "{" in said:
        return None
    used = _used(request)
    options = (Feature.TOOLS, Feature.SCHEMA, Feature.JSON_MODE)
    return next((feature for feature in options if feature in used), None)


def adapt(request: Request, lacks: frozenset[Feature]) -> dict[str, Any]:
    """`request` in the best form for a server that lacks these features."""
    adapted = dict(request)
    if "tools" in adapted:
        adapted = _with_tools(adapted, lacks)
    if "response_format" in adapted:
        adapted = _with_format(adapted, lacks)
    if Feature.MAX_COMPLETION in lacks and "max_completion_tokens" in adapted:
        adapted["max_tokens"] = adapted.pop("max_completion_tokens")
    if Feature.STREAM in lacks:
        adapted.pop("stream", None)
    if Feature.STREAM_OPTIONS in lacks or "stream" not in adapted:
        adapted.pop("stream_options", None)
    if Feature.SYSTEM in lacks:
        adapted["messages"] = _without_system(adapted["messages"])
    return adapted


def call_in(request: Request, content: str) -> tuple[str, str] | None:
    """The tool call (name, arguments as JSON) that `content` is in place of one, or None."""
    text = json_object(content)
    names = [tool["function"]["name"] for tool in request.get("tools", ())]
    if text is None or not names:
        return None
    value = json.loads(text)
    if isinstance(value.get("call"), dict):
        value = value["call"]
    arguments = value.get("arguments")
    if value.get("tool") in names and isinstance(arguments, dict):
        return value["tool"], json.dumps(arguments, ensure_ascii=False)
    return (names[0], text) if len(names) == 1 else None


def json_object(text: str) -> str | None:
    """The first JSON object in a text: alone, in a code fence, behind prose or thoughts."""
    text = _THOUGHTS.sub("", text, count=1)
    decoder = json.JSONDecoder()
    position = text.find("{")
    for _ in range(_MOST_BRACES):
        if position < 0:
            return None
        try:
            _, end = decoder.raw_decode(text, position)
        except (json.JSONDecodeError, RecursionError):
            position = text.find("{", position + 1)
        else:
            return text[position:end]
    return None


_MOST_BRACES = 200  # places where an object is looked for: each may cost a scan of the text


def _used(request: Request) -> set[Feature]:
    used = {
        feature
        for feature, name in (
            (Feature.STREAM, "stream"),
            (Feature.STREAM_OPTIONS, "stream_options"),
            (Feature.MAX_COMPLETION, "max_completion_tokens"),
            (Feature.PARALLEL, "parallel_tool_calls"),
            (Feature.TOOLS, "tools"),
            (Feature.TOOL_CHOICE, "tool_choice"),
        )
        if name in request
    }
    kind = request.get("response_format", {}).get("type")
    if kind == "json_schema":
        used.add(Feature.SCHEMA)
    elif kind == "json_object":
        used.add(Feature.JSON_MODE)
    strict = [tool["function"].get("strict") for tool in request.get("tools", ())]
    strict.append(request.get("response_format", {}).get("json_schema", {}).get("strict"))
    if any(strict):
        used.add(Feature.STRICT)
    if any(message["role"] == "system" for message in request["messages"]):
        used.add(Feature.SYSTEM)
    return used


def _with_tools(request: dict[str, Any], lacks: frozenset[Feature]) -> dict[str, Any]:
    if Feature.TOOLS in lacks:
        return _tools_as_format(request)
    if Feature.STRICT in lacks:
        request["tools"] = [
            {**tool, "function": _without(tool["function"], "strict")} for tool in request["tools"]
        ]
    if Feature.TOOL_CHOICE in lacks:
        request.pop("tool_choice", None)
    if Feature.PARALLEL in lacks:
        request.pop("parallel_tool_calls", None)
    return request


def _tools_as_format(request: dict[str, Any]) -> dict[str, Any]:
    """The call of a tool as the answer itself: its arguments or, of several tools, its name too."""
    functions = [tool["function"] for tool in request.pop("tools")]
    request.pop("tool_choice", None)
    request.pop("parallel_tool_calls", None)
    names = [function["name"] for function in functions]
    if len(functions) == 1:
        schema, what = functions[0]["parameters"], f"the arguments of {names[0]}"
    else:
        schema = _call_schema(functions)
        what = '{"call": {"tool": its name, "arguments": those of that tool}}'
    listed = "\n".join(f"- {one['name']}: {one.get('description', '')}" for one in functions)
    words = (
        f"\n\nTools cannot be called here. To call one, answer with {what}, as one JSON object. "
        f"The tools:\n{listed}"
    )
    request["messages"] = _instructed(_without_calls(request["messages"]), words)
    wanted = {
        "name": names[0] if len(names) == 1 else "call",
        "strict": all(function.get("strict") for function in functions),
        "schema": schema,
    }
    request["response_format"] = {"type": "json_schema", "json_schema": wanted}
    return request


def _call_schema(functions: Sequence[Request]) -> dict[str, Any]:
    """Each tool's name with its own arguments, so that a grammar cannot mix them.

    Strict mode takes no anyOf at the root: hence one property around it.
    """
    calls = [
        _closed(
            tool={"type": "string", "const": function["name"]}, arguments=function["parameters"]
        )
        for function in functions
    ]
    return _closed(call={"anyOf": calls})


def _closed(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _with_format(request: dict[str, Any], lacks: frozenset[Feature]) -> dict[str, Any]:
    wanted = request["response_format"].get("json_schema")
    if wanted is None:
        return request
    if Feature.SCHEMA not in lacks:
        if Feature.STRICT in lacks:
            plain = {**wanted, "strict": False}
            request["response_format"] = {"type": "json_schema", "json_schema": plain}
        return request
    words = _WORDS + compact_json(wanted["schema"])
    request["messages"] = _instructed(request["messages"], words)
    if Feature.JSON_MODE in lacks:
        del request["response_format"]
    else:
        request["response_format"] = {"type": "json_object"}
    return request


def _instructed(messages: Sequence[Request], words: str) -> list[Request]:
    """The messages with words added to the first system message (the rules)."""
    added = list(messages)
    for index, message in enumerate(added):
        if message["role"] == "system":
            added[index] = {**message, "content": f"{message['content']}{words}"}
            return added
    return [{"role": "system", "content": words.strip()}, *added]


def _without_calls(messages: Sequence[Request]) -> list[Request]:
    """Tool calls as what the assistant said, and their results as what the user said."""
    plain: list[Request] = []
    for message in messages:
        if message["role"] == "tool":
            plain.append({"role": "user", "content": message["content"]})
        elif message.get("tool_calls"):
            calls = (call["function"]["arguments"] for call in message["tool_calls"])
            content = "\n".join([*filter(None, [message.get("content")]), *calls])
            plain.append({"role": "assistant", "content": content})
        else:
            plain.append(message)
    return plain


def _without_system(messages: Sequence[Request]) -> list[Request]:
    """The rules at the head of the first user message."""
    rules = [str(message["content"]) for message in messages if message["role"] == "system"]
    rest = [message for message in messages if message["role"] != "system"]
    for index, message in enumerate(rest):
        if message["role"] == "user":
            content = "\n\n".join([*rules, str(message["content"])])
            return [*rest[:index], {**message, "content": content}, *rest[index + 1 :]]
    return [{"role": "user", "content": "\n\n".join(rules)}, *rest]


def _without(mapping: Request, key: str) -> dict[str, Any]:
    return {name: value for name, value in mapping.items() if name != key}
