"""What the names of a query stand for, and which time bounds reach the tables behind them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from soc_tui.kql import tree as t
from soc_tui.kql.time_bounds import Bound
from soc_tui.kql.time_values import CONSTANT, Value
from soc_tui.kql.tree import Node


class What(StrEnum):
    """What a let, as or parameter name stands for."""

    TABLE = "table"
    SCALAR = "scalar"
    FUNCTION = "function"


@dataclass(slots=True)
class Binding:
    """A name of the query.

    Attributes:
        value: What a scalar is worth, as far as it can be read.
        parameters: Of a function: its parameters' names, and which are tables.
        uses: Where a table or function is read: what bounds its rows there.
    """

    what: What
    value: Value = CONSTANT
    parameters: Mapping[str, bool] = field(default_factory=dict)
    uses: list[Flow] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Flow:
    """What bounds the time of rows that are read at one place.

    Attributes:
        bounds: Those of the pipes around it.
        into: The name whose rows they become with their time kept, so that bounds at its uses
            hold for them; None when they flow into no name.
    """

    bounds: tuple[Bound, ...] = ()
    into: Binding | None = None


Scope = Mapping[str, Binding]


def flow_bounds(flow: Flow, depth: int = 12) -> tuple[Bound, ...] | None:
    """All bounds that hold for rows, those at each use included; None when a use sets none."""
    if flow.bounds or flow.into is None:
        return flow.bounds or None
    found: list[Bound] = []
    for use in flow.into.uses:
        below = flow_bounds(use, depth - 1) if depth else None
        if below is None:
            return None
        found.extend(below)
    return tuple(found)


def known_values(scope: Scope) -> Callable[[str], Value]:
    """The values of the scope's scalar names."""

    def value(name: str) -> Value:
        binding = scope.get(name)
        return binding.value if binding is not None and binding.what is What.SCALAR else None

    return value


def declared_name(node: Node) -> str:
    """The name that a let, as or parameter node gives."""
    return t.name(t.descend(node.Name))


def parameter_bindings(node: Node | None) -> dict[str, Binding]:
    """A name for each parameter in a list of them."""
    found = {}
    for parameter in t.children(node) if node is not None else ():
        tabular = t.kind(parameter) == "TabularParameter"
        found[declared_name(parameter)] = Binding(What.TABLE if tabular else What.SCALAR)
    return found
