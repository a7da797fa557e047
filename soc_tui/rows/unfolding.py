"""A dynamic value (JSON text) as a tree that can be opened branch by branch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

MOST_BRANCHES = 500
"""Children of one branch that are made; more are said to be there."""
_DEEPEST = 12


@dataclass(frozen=True, slots=True)
class Branch:
    """One node.

    Attributes:
        label: Property name, or `[0]` in an array; empty for the root.
        value: Text of a leaf; of a branch, what it holds (`3 properties`).
        branches: Nodes below; empty for a leaf.
    """

    label: str
    value: str
    branches: tuple[Branch, ...] = ()


def unfold(text: str) -> Branch:
    """The tree of a dynamic cell; a text that is not a JSON object or array is one leaf."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return Branch("", text)
    return _branch("", value, _DEEPEST)


def _branch(label: str, value: Any, depth: int) -> Branch:
    if depth and isinstance(value, dict) and value:
        named = [(str(name), below) for name, below in value.items()]
        return _of(label, named, "property", "properties", depth)
    if depth and isinstance(value, list) and value:
        named = [(f"[{place}]", below) for place, below in enumerate(value)]
        return _of(label, named, "item", "items", depth)
    if isinstance(value, str):
        # Logs nest JSON in JSON strings (AuditLogs, OfficeActivity): it opens as well.
        if depth and value[:1] in "[{" and value[:1]:
            inner = unfold(value)
            if inner.branches:
                return Branch(label, inner.value, inner.branches)
        return Branch(label, value)
    return Branch(label, json.dumps(value, ensure_ascii=False))


def _of(label: str, named: list[tuple[str, Any]], one: str, many: str, depth: int) -> Branch:
    below = [_branch(name, value, depth - 1) for name, value in named[:MOST_BRANCHES]]
    if len(named) > MOST_BRANCHES:
        below.append(Branch("…", f"{len(named) - MOST_BRANCHES:,} more"))
    return Branch(label, f"{len(named):,} {one if len(named) == 1 else many}", tuple(below))
