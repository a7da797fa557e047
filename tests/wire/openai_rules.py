"""What OpenAI rejects in a request and in a strict JSON schema, as far as it is documented.

Source: https://platform.openai.com/docs/guides/structured-outputs#supported-schemas
"""

from __future__ import annotations

from typing import Any

_MAX_DEPTH = 10
_MAX_PROPERTIES = 5_000
_MAX_ENUM_VALUES = 1_000
_KNOWN = {
    "type", "properties", "required", "additionalProperties", "items", "enum", "const", "anyOf",
    "description", "$ref", "$defs", "pattern", "format", "multipleOf", "maximum", "minimum",
    "exclusiveMaximum", "exclusiveMinimum", "minItems", "maxItems", "title",
}  # fmt: skip


_PARAMETERS = {
    "model", "messages", "tools", "tool_choice", "parallel_tool_calls", "response_format",
    "max_completion_tokens", "stream", "stream_options", "reasoning_effort", "seed", "user",
}  # fmt: skip


def request_problem(body: dict[str, Any]) -> str:
    """Why the service would answer 400; empty when it would not."""
    unknown = set(body) - _PARAMETERS
    if unknown:
        return f"Unrecognized request argument supplied: {', '.join(sorted(unknown))}"
    if not isinstance(body.get("model"), str) or not body.get("messages"):
        return "you must provide a model and messages"
    if body.get("max_completion_tokens", 1) < 1:
        return "max_completion_tokens is below the minimum of 1"
    if "stream_options" in body and not body.get("stream"):
        return "The 'stream_options' parameter is only allowed when 'stream' is enabled."
    return (
        _conversation_problem(body["messages"])
        or _tools_problem(body)
        or _response_format_problem(body.get("response_format"))
    )


def _conversation_problem(messages: list[dict[str, Any]]) -> str:
    open_calls: set[str] = set()
    for message in messages:
        role = message.get("role")
        if role not in {"system", "developer", "user", "assistant", "tool"}:
            return f"Invalid value: {role!r}."
        if role == "tool":
            if message.get("tool_call_id") not in open_calls:
                return "messages with role 'tool' must be a response to a message with 'tool_calls'"
            open_calls.discard(message["tool_call_id"])
            continue
        if open_calls:
            return "An assistant message with 'tool_calls' must be followed by tool messages"
        open_calls = {call["id"] for call in message.get("tool_calls", ())}
        if not isinstance(message.get("content"), str) and not open_calls:
            return "Invalid value for 'content': expected a string, got null."
    return "tool messages are missing" if open_calls else ""


def _tools_problem(body: dict[str, Any]) -> str:
    tools = body.get("tools")
    if not tools:
        extra = {"tool_choice", "parallel_tool_calls"} & set(body)
        return f"{sorted(extra)} is only allowed when 'tools' are specified." if extra else ""
    for tool in tools:
        function = tool["function"]
        if function.get("strict"):
            problem = strict_problem(function["parameters"])
            if problem:
                return f"Invalid schema for function '{function['name']}': {problem}"
    choice = body.get("tool_choice", "auto")
    if isinstance(choice, dict):
        names = {tool["function"]["name"] for tool in tools}
        if choice.get("function", {}).get("name") not in names:
            return "Tool choice is not one of the tools."
    return ""


def _response_format_problem(response_format: dict[str, Any] | None) -> str:
    if response_format is None or response_format.get("type") != "json_schema":
        return ""
    wanted = response_format["json_schema"]
    problem = strict_problem(wanted["schema"]) if wanted.get("strict") else ""
    return f"Invalid schema for response_format '{wanted['name']}': {problem}" if problem else ""


def strict_problem(schema: dict[str, Any]) -> str:
    """Why the schema is not allowed in strict mode; empty when it is."""
    if schema.get("type") != "object":
        return "schema must be a JSON Schema of 'type: \"object\"'"
    totals = {"properties": 0, "enum": 0}
    problem = _node_problem(schema, (), 1, totals)
    if problem:
        return problem
    if totals["properties"] > _MAX_PROPERTIES:
        return "too many properties"
    return "too many enum values" if totals["enum"] > _MAX_ENUM_VALUES else ""


def _node_problem(
    node: dict[str, Any], path: tuple[str, ...], depth: int, totals: dict[str, int]
) -> str:
    where = f"In context={path}"
    unknown = set(node) - _KNOWN
    if unknown:
        return f"{where}, {sorted(unknown)} is not permitted"
    if "type" not in node and not {"$ref", "anyOf", "enum", "const"} & set(node):
        return f"{where}, schema must have a 'type' key"
    totals["enum"] += len(node.get("enum", ()))
    children = dict(node.get("$defs", {}))
    if node.get("type") == "object":
        if depth > _MAX_DEPTH:
            return f"{where}, nested too deep"
        properties = node.get("properties", {})
        totals["properties"] += len(properties)
        if node.get("additionalProperties") is not False:
            return f"{where}, 'additionalProperties' is required to be supplied and to be false"
        if set(node.get("required", ())) != set(properties):
            return f"{where}, 'required' must include every key in properties"
        children |= properties
    if node.get("type") == "array":
        if "items" not in node:
            return f"{where}, array schema missing items"
        children["items"] = node["items"]
    children |= {f"anyOf{i}": option for i, option in enumerate(node.get("anyOf", ()))}
    for name, child in children.items():
        problem = _node_problem(child, (*path, name), depth + 1, totals)
        if problem:
            return problem
    return ""
