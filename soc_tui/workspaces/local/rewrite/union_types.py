"""Unions in which one name has several types: Kusto makes a column of each, `a_long`, `a_string`.

Source: https://learn.microsoft.com/kusto/query/union-operator, kind outer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from soc_tui.kql.columns.schema import Type
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.tree import NAMES, Node
from soc_tui.kql.text.literals import identifier

Span = tuple[int, int]
Types = Mapping[str, Type]


@dataclass(frozen=True, slots=True)
class Branch:
    """What a union takes rows from.

    Attributes:
        query: Its own text, with the lets that it may read.
        known: Types of its columns, None for those that are not known.
    """

    query: str
    known: Types


def types_of(branches: Sequence[Branch], look: Callable[[str], Types] | None) -> list[Types]:
    """The types of each branch; looked at where a shared column is of a type that is not known."""
    found = [branch.known for branch in branches]
    if look is None:
        return found
    shared = [name for name in _names(found) if sum(name in one for one in found) > 1]
    if all(one[name] is not None for one in found for name in shared if name in one):
        return found
    return [dict(look(branch.query)) for branch in branches]


def _names(found: Iterable[Types]) -> list[str]:
    return list(dict.fromkeys(name for one in found for name in one))


def renames(found: Sequence[Types]) -> list[str]:
    """For each branch the operator that renames what has several types; "" for none."""
    kinds: dict[str, set[str]] = {}
    for one in found:
        for name, kind in one.items():
            if kind is not None:
                kinds.setdefault(name, set()).add(kind.value)
    split = {name for name, several in kinds.items() if len(several) > 1}
    made = []
    for one in found:
        pairs = [
            f"{identifier(f'{name}_{kind.value}')} = {identifier(name)}"
            for name, kind in one.items()
            if name in split and kind is not None
        ]
        made.append(f" | project-rename {', '.join(pairs)}" if pairs else "")
    return made


def renamed(operand: Node, rename: str) -> dict[Span, str]:
    """What to write for a branch with a rename behind it."""
    start, end = t.start(operand), t.end(operand)
    if not rename:
        return {}
    if t.kind(t.strip(operand)) in NAMES or t.text(operand)[:1] != "(":
        return {(start, start): "(", (end, end): f"{rename})"}
    return {(end - 1, end): f"{rename})"}
