"""Unions in which one name has several types: Kusto makes a column of each, `a_long`, `a_string`.

Source: https://learn.microsoft.com/kusto/query/union-operator, kind outer.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

from soc_tui.kql.columns.schema import Type
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.tree import NAMES, Node
from soc_tui.kql.text.literals import identifier
from soc_tui.model.errors import QueryError

Span = tuple[int, int]
Types = Mapping[str, Type]


@dataclass(frozen=True, slots=True)
class Branch:
    """What a union takes rows from.

    Attributes:
        query: Its own text, with the lets that it may read.
        known: Types of its columns, None for those that are not known; None where no column is.
    """

    query: str
    known: Types | None


def types_of(branches: Sequence[Branch], look: Callable[[str], Types] | None) -> list[Types]:
    """The types of each branch; looked at where a shared column is of a type that is not known.

    A branch that cannot be looked at has none: it is not there, or the whole query fails of it.
    """
    found = [
        branch.known if branch.known is not None else _looked_at(branch, look)
        for branch in branches
    ]
    shared = [name for name in _names(found) if sum(name in one for one in found) > 1]
    if all(one[name] is not None for one in found for name in shared if name in one):
        return found
    return [_looked_at(branch, look) or one for branch, one in zip(branches, found, strict=True)]


def _looked_at(branch: Branch, look: Callable[[str], Types] | None) -> Types:
    if look is None:
        return {}
    try:
        return dict(look(branch.query))
    except QueryError:
        return {}


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
            f"{identifier(_free(f'{name}_{kind.value}', kinds))} = {identifier(name)}"
            for name, kind in one.items()
            if name in split and kind is not None
        ]
        made.append(f" | project-rename {', '.join(pairs)}" if pairs else "")
    return made


def _free(name: str, taken: Container[str]) -> str:
    """The name, with a number where a branch has a column of that name itself."""
    several = (name, *(f"{name}{number}" for number in range(1, 1000)))
    return next((one for one in several if one not in taken), name)


def renamed(operand: Node, rename: str) -> dict[Span, str]:
    """What to write for a branch with a rename behind it."""
    start, end = t.start(operand), t.end(operand)
    if not rename:
        return {}
    if t.kind(t.strip(operand)) in NAMES or t.text(operand)[:1] != "(":
        return {(start, start): "(", (end, end): f"{rename})"}
    return {(end - 1, end): f"{rename})"}
