"""JSON schemas as OpenAI's strict mode requires them."""

from __future__ import annotations

from typing import Any

# Not part of the strict subset, or words that only cost tokens.
_LEFT_OUT = frozenset({"title", "default"})


def strict_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """A pydantic JSON schema made strict: each object closed, each of its properties required.

    `$defs` are written where they are used (no recursion in ours), titles and defaults left out.
    Source: https://platform.openai.com/docs/guides/structured-outputs#supported-schemas
    """
    strict = _strict(schema, schema.get("$defs", {}))
    strict.pop("$defs", None)
    return strict


def _strict(node: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in node:
        name = node["$ref"].rsplit("/", 1)[-1]
        return _strict(definitions[name], definitions) | _described(node)
    strict = {key: value for key, value in node.items() if key not in _LEFT_OUT}
    if "properties" in node:
        strict["properties"] = {
            name: _strict(child, definitions) for name, child in node["properties"].items()
        }
        strict["required"] = list(node["properties"])
        strict["additionalProperties"] = False
        strict.pop("description", None)
    if "items" in node:
        strict["items"] = _strict(node["items"], definitions)
    return strict


def _described(node: dict[str, Any]) -> dict[str, Any]:
    return {"description": node["description"]} if "description" in node else {}
