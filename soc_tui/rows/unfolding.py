"""A dynamic value (JSON text) as a tree that can be opened branch by branch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

MOST_BRANCHES = 500
"""Children of one branch that are made; more are said to be there."""


class _Properties(list[tuple[str, Any]]):
    """An object as it is written: of two properties with one name, none hides the other."""


class _Number(str):
    """A number with a fraction as it is written: 1e400 and 9007199254740993.0 are no others."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Branch:
    """One node. What is below it is made when it is asked for: a cell may hold a million nodes.

    Attributes:
        label: Property name, or `[0]` in an array; empty for the root.
        value: Text of a leaf; of a branch, what it holds (`3 properties`).
        content: What a branch holds; None for a leaf.
    """

    label: str
    value: str
    content: list[Any] | None = None

    @property
    def branches(self) -> tuple[Branch, ...]:
        """Nodes below; empty for a leaf."""
        if self.content is None:
            return ()
        first = self.content[:MOST_BRANCHES]
        if not isinstance(self.content, _Properties):
            first = [(f"[{place}]", value) for place, value in enumerate(first)]
        below = tuple(_branch(label, value) for label, value in first)
        more = len(self.content) - len(first)
        return (*below, Branch("…", f"{more:,} more")) if more else below


def unfold(text: str) -> Branch:
    """The tree of a dynamic cell; a text that is not a JSON object or array is one leaf."""
    try:
        value = json.loads(
            text,
            object_pairs_hook=_Properties,
            parse_float=_Number,
            parse_constant=_Number,
        )
    except (ValueError, RecursionError):
        return Branch("", text)
    return _branch("", value)


def _branch(label: str, value: Any) -> Branch:
    if isinstance(value, list):
        return Branch(label, _held(value), value or None)
    if not isinstance(value, str):
        return Branch(label, json.dumps(value))
    # Logs nest JSON in JSON strings (AuditLogs, OfficeActivity): it opens as well.
    if value[:1] in {"[", "{"} and (inner := unfold(value)).content is not None:
        return Branch(label, inner.value, inner.content)
    return Branch(label, value)


def _held(value: list[Any]) -> str:
    if isinstance(value, _Properties):
        one, many, none = "property", "properties", "{}"
    else:
        one, many, none = "item", "items", "[]"
    return f"{len(value):,} {one if len(value) == 1 else many}" if value else none
