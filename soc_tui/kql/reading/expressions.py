"""Walks expressions: values, the calls of functions, and the queries that stand in them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from soc_tui.kql.columns.schema import EMPTY, OPEN, Schema
from soc_tui.kql.operators.entry import Inflow
from soc_tui.kql.reading.notes import Notes
from soc_tui.kql.reading.result import Call
from soc_tui.kql.references.bindings import NO_FLOW, Binding, Body, Flow, Scope
from soc_tui.kql.references.types import ReferenceKind, Spot
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.grammar import (
    CONSTRUCTS,
    NO_OPERATORS,
    argument_value,
    called_name,
    passed,
    text_value,
)
from soc_tui.kql.syntax.operator_parts import sub_operators
from soc_tui.kql.syntax.tree import NAMES, Node
from soc_tui.kql.syntax.vocabulary import FUNCTIONS, REACHING_FUNCTIONS, is_parameter


@dataclass(slots=True)
class ExpressionWalk(Notes, ABC):
    """Walks expressions; how tables and operators are walked, those say that build on it."""

    @abstractmethod
    def table(
        self,
        node: Node,
        scope: Scope,
        flow: Flow = NO_FLOW,
        *,
        row: Schema = EMPTY,
        brackets: bool = False,
        spot: Spot | None = None,
        maybe_column: bool = False,
    ) -> Schema:
        """Walk a node that stands where a table is read; its columns."""

    @abstractmethod
    def operator(self, node: Node, row: Schema, scope: Scope, inflow: Inflow) -> Schema:
        """Walk one operator; the columns behind it."""

    @abstractmethod
    def operators(
        self, operators: Sequence[Node], row: Schema, scope: Scope, *, branch: bool = False
    ) -> Schema:
        """Walk operators that run on rows with these columns; the columns behind the last."""

    @abstractmethod
    def body(self, node: Node, body: Body, tables: Mapping[str, Schema]) -> Schema | None:
        """Walk a function's text with the columns of the tables that a call hands to it.

        Returns:
            The columns that it gives; None where that is not told.
        """

    def values(self, nodes: Iterable[Node], row: Schema, scope: Scope) -> None:
        """Walk expressions."""
        for node in nodes:
            self.value(node, row, scope)

    def value(self, node: Node, row: Schema, scope: Scope) -> None:
        """Walk a node that stands where a value is."""
        self._done.add(id(node))
        node = t.descend(node)
        what = t.kind(node)
        if what in NAMES:
            self.name(node, row, scope)
        elif what in _HANDLERS:
            _HANDLERS[what](self, node, row, scope)
        elif what in CONSTRUCTS:
            self.report(node, CONSTRUCTS[what], ReferenceKind.CONSTRUCT)
        elif t.is_pipe(node) or self.is_source(what):
            self.table(node, scope)
        elif what in self.known or (what.endswith("Operator") and what not in NO_OPERATORS):
            self.operator(node, OPEN, scope, Inflow(head=True))
        else:
            self._parts(node, row, scope)

    def is_source(self, rule: str) -> bool:
        """Whether a pipe can begin with the operator of that rule of the grammar."""
        entry = self.known.get(rule)
        return entry is not None and entry.source

    def rest(self, node: Node, scope: Scope) -> None:
        """Walk all below that was not walked yet, so that nothing is passed over."""
        for below in t.children(node):
            if id(below) in self._done:
                continue
            if self._is_begun(below):
                self.rest(below, scope)
            else:
                self.value(below, OPEN, scope)

    def _parts(self, node: Node, row: Schema, scope: Scope) -> None:
        for below in t.children(node):
            self.value(below, row, scope)

    def call(
        self,
        node: Node,
        row: Schema,
        scope: Scope,
        flow: Flow = NO_FLOW,
        *,
        table: bool = False,
        given: int = 0,
    ) -> Schema | None:
        """Walk a call; its columns, None when it gives a value.

        Args:
            table: True where a table is read: then a built-in function is refused too.
            given: How many of the first parameters are not among the arguments.
        """
        self._done.add(id(node))
        called = called_name(node)
        known = scope.get(called)
        parameters: Mapping[str, bool] = {}
        if called.lower() in REACHING_FUNCTIONS and called not in FUNCTIONS:
            self.report(node.Name, called, ReferenceKind.REACHING)
        elif known is not None and known.gives_rows:
            known.uses.append(flow)
            self.followed.add(t.start(node.Name))
            parameters = known.parameters
            self.named_tables(node, known, passed(node, given, parameters))
        elif table or called not in FUNCTIONS:
            self.report(node.Name, called, ReferenceKind.FUNCTION)
        arguments = [below for below in t.children(node) if below is not node.Name]
        tables = dict.fromkeys(list(parameters)[:given], row)
        for index, argument in enumerate(arguments, given):
            is_table, value = argument_value(argument, index, parameters)
            if is_table:
                handed = self.table(value, scope, brackets=True)
                if parameter := _parameter_name(argument, index, parameters):
                    tables[parameter] = handed
            else:
                self.value(value, row, scope)
        own = known.parameters if known is not None else None
        self.found.append(Call(node, row, own, given))
        if known is None:
            return None
        again = self.body(node, known.body, tables) if known.body is not None else None
        return again if again is not None else known.schema

    def named_tables(self, node: Node, known: Binding, values: Mapping[str, Node]) -> None:
        """Report the tables that a function reads by the names that it is called with."""
        for name, parameter in known.arguments.items():
            value = t.strip(values[name]) if name in values else node
            is_text = t.kind(value) == "StringLiteralExpression"
            for flow, spot in parameter.tables or ():
                if is_text:
                    self.report(value, text_value(value), ReferenceKind.TABLE, flow, spot=spot)
                else:
                    self.report(value, "table", ReferenceKind.REACHING)

    def _property(self, node: Node, row: Schema, scope: Scope) -> None:
        """`a.b[c]`: the names behind a dot are keys, not columns."""
        root, *steps = t.children(node)
        self.value(root, row, scope)
        for step in steps:
            inner = t.descend(step)
            is_key = t.kind(inner) == "FunctionCallOrPathPathOperation"
            self._parts(inner, OPEN if is_key else row, scope)

    def _named(self, node: Node, row: Schema, scope: Scope) -> None:
        """`name = expression`."""
        for below in t.children(node):
            self.value(below, row if below is node.Expression else OPEN, scope)

    def _list(self, node: Node, row: Schema, scope: Scope) -> None:
        """`in (…)`, `has_any (…)`: a table can stand there as well as columns and values."""
        for element in t.children(node):
            self.table(element, scope, row=row, brackets=True, maybe_column=True)

    def _table_below(self, node: Node, row: Schema, scope: Scope) -> None:
        *before, table = t.children(node)
        self.values(before, OPEN, scope)
        call = t.strip(table)
        called = called_name(call) if t.kind(call) == "NamedFunctionCallExpression" else ""
        if called in FUNCTIONS and called not in scope:  # toscalar(rand()) is a value already
            self.value(table, row, scope)
            return
        self.table(table, scope)

    def _parameter(self, node: Node, row: Schema, scope: Scope) -> None:
        """The grammar takes any name here, Kusto does not."""
        name = t.text(node).partition("=")[0]
        if not is_parameter(name):
            self.report(node, f"the parameter {name}", ReferenceKind.CONSTRUCT)

    def _subquery(self, node: Node, row: Schema, scope: Scope) -> None:
        self.operators(sub_operators(node), row, scope)

    def _nothing(self, node: Node, row: Schema, scope: Scope) -> None:
        """Neither a name nor a call: literals, and parameters that the grammar knows by name."""


def _parameter_name(argument: Node, index: int, parameters: Mapping[str, bool]) -> str:
    """The parameter that an argument is for; "" where it is none's."""
    named = t.child(t.descend(argument), "NamedExpressionNameClause")
    if named is not None:
        return t.name(t.descend(named.Name or named))
    return next(iter(list(parameters)[index : index + 1]), "")


_HANDLERS: Mapping[str, Callable[[ExpressionWalk, Node, Schema, Scope], object]] = {
    "DynamicLiteralExpression": ExpressionWalk._nothing,
    "FunctionCallOrPathPathExpression": ExpressionWalk._property,
    "ListEqualityExpression": ExpressionWalk._list,
    "NamedExpression": ExpressionWalk._named,
    "NamedFunctionCallExpression": ExpressionWalk.call,
    "PipeSubExpression": ExpressionWalk._subquery,
    "RelaxedQueryOperatorParameter": ExpressionWalk._parameter,
    "StrictQueryOperatorParameter": ExpressionWalk._nothing,
    "ToScalarExpression": ExpressionWalk._table_below,
}
"""Expressions of which not each part is a value."""
