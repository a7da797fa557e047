"""Resolves a query's names, and the time bounds that reach the tables behind them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from soc_tui.kql.columns.schema import Schema
from soc_tui.kql.references.time_bounds import Bound, predicate_bounds
from soc_tui.kql.references.time_values import CONSTANT, FUNCTION, Value
from soc_tui.kql.references.types import Spot
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.tree import Node


class What(StrEnum):
    """What a let, as or parameter name stands for."""

    TABLE = "table"
    SCALAR = "scalar"
    FUNCTION = "function"
    COLUMN = "column"
    """The column of `partition by`, in braces: a value there, but no name that hides a table."""


@dataclass(frozen=True, slots=True)
class Body:
    """A function's own text, to be read again with the columns of the tables it is called with.

    Attributes:
        node: Its declaration.
        scope: The names that are known there.
    """

    node: Node
    scope: Mapping[str, Binding]


@dataclass(slots=True)
class Binding:
    """A name of the query.

    Attributes:
        value: What a scalar is worth, as far as it can be read.
        schema: Columns of a table, or of what a function gives; None where it gives a value.
        parameters: Of a function: its parameters' names, and which are tables.
        uses: Where a table or function is read: what bounds its rows there.
        arguments: Of a function: what its parameters' names stand for in it.
        tables: Of a parameter: where the table is read that it names, as `table(name)`; None for
            all that is no parameter of a function.
        text: Of a scalar: the literal that it is, where it is one text and nothing else.
        body: Of a function that takes tables: what it does with them.
    """

    what: What
    value: Value = CONSTANT
    schema: Schema | None = None
    parameters: Mapping[str, bool] = field(default_factory=dict)
    uses: list[Flow] = field(default_factory=list)
    arguments: Mapping[str, Binding] = field(default_factory=dict)
    tables: list[tuple[Flow, Spot]] | None = None
    text: Node | None = None
    body: Body | None = None

    @property
    def gives_rows(self) -> bool:
        """Whether the name can stand where a table is read."""
        return self.what in {What.TABLE, What.FUNCTION}


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

    def bounded(self, bounds: list[Bound]) -> Flow:
        """With more bounds, which stand before the others."""
        return Flow((*bounds, *self.bounds)[:_MOST_BOUNDS], self.into)


NO_FLOW = Flow()
_MOST_BOUNDS = 50

Scope = Mapping[str, Binding]


@dataclass(slots=True)
class FlowBounds:
    """Tells which bounds hold for rows, those at each use of a name included."""

    _known: dict[int, tuple[Bound, ...] | None] = field(default_factory=dict)

    def of(self, flow: Flow) -> tuple[Bound, ...] | None:
        """All bounds; None when some use sets none."""
        if flow.bounds or flow.into is None:
            return flow.bounds or None
        name = id(flow.into)
        if name not in self._known:
            self._known[name] = None  # a name that flows into itself has no bound from there
            self._known[name] = self._of_uses(flow.into)
        return self._known[name]

    def _of_uses(self, binding: Binding) -> tuple[Bound, ...] | None:
        found: dict[Bound, None] = {}
        for use in binding.uses:
            bounds = self.of(use)
            if bounds is None:
                return None
            found.update(dict.fromkeys(bounds))
        return tuple(found)


def known_values(scope: Scope) -> Callable[[str], Value]:
    """The values of the scope's scalar names; FUNCTION for those of functions."""

    def value(name: str) -> Value:
        binding = scope.get(name)
        if binding is None or binding.what not in _WORTHS:
            return None
        return FUNCTION if binding.what is What.FUNCTION else binding.value

    return value


_WORTHS = frozenset({What.FUNCTION, What.SCALAR})


def declared_name(node: Node) -> str:
    """The name that a let, as or parameter node gives."""
    return t.name(t.descend(node.Name))


def parameter_bindings(node: Node | None) -> dict[str, Binding]:
    """A name for each parameter in a list of them."""
    found = {}
    for parameter in t.children(node) if node is not None else ():
        if t.kind(parameter) == "TabularParameter":
            schema = Schema(dict.fromkeys(_declared_columns(parameter)), open=True)
            found[declared_name(parameter)] = Binding(What.TABLE, schema=schema)
        else:
            found[declared_name(parameter)] = Binding(What.SCALAR)
    return found


def _declared_columns(parameter: Node) -> list[str]:
    """The columns x and y of a parameter `T: (x: long, y: string)`; none of `T: (*)`."""
    schema = t.child(parameter, "TabularParameterRowSchema")
    columns = t.children(schema) if schema is not None else []
    return [t.name(t.descend(one.Name)) for one in columns if t.kind(one).endswith("Declaration")]


def with_predicate(predicate: Node | None, scope: Scope, flow: Flow) -> Flow:
    """What bounds rows that a predicate lets flow on."""
    if predicate is None:
        return flow
    return Flow((*predicate_bounds(predicate, known_values(scope)), *flow.bounds), flow.into)
