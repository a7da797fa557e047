"""What OpenAI rejects in a strict JSON schema, as far as it is documented.

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
