"""Walks a query's tree once: finds what it refers to, and which columns there are at each place.

Names are resolved as Kusto does. What could be a table counts as one, and what is not understood
is reported too. Where the text does not tell what columns there are, any name passes.

Source: https://learn.microsoft.com/kusto/query/ under let, as, union, join, search, find, in,
partition, invoke, evaluate; and the grammar, whose every place of a table is handled here or in
kql/operators.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from soc_tui.kql.columns.schema import EMPTY, OPEN, Schema
from soc_tui.kql.reading.pipes import PipeWalk
from soc_tui.kql.reading.result import CheckedColumns, Function, Reading, UnknownColumn
from soc_tui.kql.reading.unfollowed import unfollowed_calls
from soc_tui.kql.references.bindings import (
    NO_FLOW,
    Binding,
    Body,
    Flow,
    FlowBounds,
    Scope,
    What,
    declared_name,
    known_values,
    parameter_bindings,
)
from soc_tui.kql.references.time_values import evaluate
from soc_tui.kql.references.types import NOWHERE, Reference, ReferenceKind
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.grammar import PATHS, called_name
from soc_tui.kql.syntax.operator_parts import nodes_below
from soc_tui.kql.syntax.tree import NAMES, Node
from soc_tui.kql.syntax.vocabulary import FUNCTIONS, OPTIONS


@dataclass(slots=True)
class Walker(PipeWalk):
    """Walks a whole query, statement by statement.

    `row` is what an expression may name where it stands, `scope` what the query's own names are.
    """

    _functions: int = 0
    _again: list[None] = field(default_factory=lambda: [None] * _MOST_AGAIN)

    def read(self, root: Node) -> Reading:
        """Walk a whole query.

        Raises:
            RecursionError: it is nested too deeply.
        """
        lets: dict[str, Node] = {}
        final = self._statements(root, lets)
        self._report_unfollowed(root)
        flows = FlowBounds()
        references = [
            replace(
                one,
                bounds=flows.of(flow),
                spot=None if one.spot == NOWHERE else one.spot,
                closed_off=one.start in self.closed_off,
            )
            for one, flow in self.references
        ]
        unknown = sorted(self.unknown, key=lambda one: (one.place.line, one.place.column))
        return Reading(
            tuple(sorted(references, key=lambda one: one.start)),
            CheckedColumns(tuple(unknown), frozenset(self.listed), self.open),
            tuple(self.found),
            lets,
            final,
            tuple(self.loose),
        )

    def _report_unfollowed(self, root: Node) -> None:
        """Report the calls of the query's functions that the grammar does not see as calls."""
        if not self.taking:
            return
        kql = str(root.start.getInputStream().strdata)
        for name, place, start in unfollowed_calls(kql, self.taking, self.followed):
            self.references.append((Reference(name, ReferenceKind.FUNCTION, place, start), NO_FLOW))

    def _statements(self, root: Node, lets: dict[str, Node]) -> Node | None:
        """All statements, each with the names that those before it bind; the last query."""
        final: Node | None = None
        scope: Scope = {}
        for statement in t.children(t.child(root, "Query") or root):
            query = t.child(statement, "QueryStatement")
            if query is None:
                node = t.descend(statement)
                scope = self._statement(node, scope)
                if t.kind(node) in _VALUES:
                    lets[declared_name(node)] = node.Expression
                elif t.kind(node) in _FUNCTIONS and node.Body.Expression is not None:
                    lets[declared_name(node)] = node.Body.Expression
                continue
            if final is not None:
                self.report(statement, "a second query", ReferenceKind.STATEMENT)
            final = statement
            self.table(query, scope)
        if final is None:
            self.report(root, "a text without a query", ReferenceKind.STATEMENT)
        return final

    def _statement(self, node: Node, scope: Scope) -> Scope:
        """Scope behind a let, set or declare statement."""
        declared = t.kind(node)
        if declared == "LetVariableDeclaration":
            return self._bound(node, self._value(node.Expression, scope), scope)
        if declared == "LetMaterializeDeclaration":
            binding = Binding(What.TABLE)
            binding.schema = self.table(node.Expression, scope, Flow(into=binding))
            return {**scope, declared_name(node): binding}
        if declared in _FUNCTIONS:
            return self._bound(node, self._function(node, scope), scope)
        if declared == "DeclareQueryParametersStatement":
            return {**scope, **parameter_bindings(node)}
        if declared == "SetStatement":
            if t.text(node.Name) not in OPTIONS:
                self.report(node.Name, t.text(node.Name), ReferenceKind.OPTION)
        else:
            self.value(node, OPEN, scope)
        return scope

    def _bound(self, node: Node, binding: Binding, scope: Scope) -> Scope:
        if binding.parameters:
            self.taking.add(declared_name(node))
        return {**scope, declared_name(node): binding}

    def _function(self, node: Node, scope: Scope) -> Binding:
        parameters = parameter_bindings(node.ParameterList)
        tabular = {name: bound.what is What.TABLE for name, bound in parameters.items()}
        for parameter in parameters.values():
            parameter.tables = []
        binding = Binding(What.FUNCTION, parameters=tabular, arguments=parameters)
        if any(tabular.values()):
            binding.body = Body(node, scope)
        self._functions += 1
        self._inside(node, {**scope, **parameters}, binding)
        self._functions -= 1
        inside = self._functions > 0
        self.found.append(Function(node, binding.schema, tabular, inside))
        return binding

    def _inside(self, node: Node, inner: Scope, binding: Binding) -> None:
        for statement in t.children(node.Body):
            if t.kind(statement) == "LetFunctionBodyStatement":
                inner = self._statement(t.descend(statement), inner)
        if node.Body.Expression is not None:
            binding.schema = self._value(node.Body.Expression, inner, binding).schema

    def body(self, node: Node, body: Body, tables: Mapping[str, Schema]) -> Schema | None:
        """Walk a function's text with the columns of the tables that a call hands to it.

        Returns:
            The columns that it gives; None where that is not told.
        """
        if all(schema.open for schema in tables.values()) or not self._again:
            return None
        self._again.pop()
        parameters = parameter_bindings(body.node.ParameterList)
        for name, schema in tables.items():
            if name in parameters:
                parameters[name].schema = schema
        again = Walker(self.catalog, self.known, _again=self._again)
        binding = Binding(What.FUNCTION)
        again._inside(body.node, {**body.scope, **parameters}, binding)
        for parameter in t.children(body.node.ParameterList):
            schema = tables.get(declared_name(parameter), OPEN)
            for declared in nodes_below(parameter, "TabularParameterRowSchemaColumnDeclaration"):
                column = t.name(t.descend(declared.Name))
                if not schema.has(column):
                    unknown = UnknownColumn(column, t.place(node), tuple(schema.names))
                    again.unknown.append(unknown)
        self.unknown += [one for one in again.unknown if one not in self.unknown]
        return binding.schema

    def _value(self, node: Node, scope: Scope, into: Binding | None = None) -> Binding:
        """Walk what stands behind `let name =` or in a function, and say what the name is then."""
        node = t.strip(node)
        if t.kind(node) in NAMES and (known := scope.get(t.name(node))) is not None:
            if into is not None:
                known.uses.append(Flow(into=into))
            if known.gives_rows:
                self.read_table(node, known.schema or OPEN, own=True)
            return known
        if self._is_table(node, scope):
            binding = into or Binding(What.TABLE)
            schema = self.table(node, scope, Flow(into=binding))
            binding.schema = schema if not self._gives_value(node, scope) else None
            return binding
        self.value(node, EMPTY, scope)
        is_text = t.kind(node) == "StringLiteralExpression"
        worth = evaluate(node, known_values(scope))
        return Binding(What.SCALAR, worth, text=node if is_text else None)

    def _is_table(self, node: Node, scope: Scope) -> bool:
        """Whether an expression that may be a table or a value is taken for a table."""
        what = t.kind(node)
        if what == "NamedFunctionCallExpression":
            called = called_name(node)
            known = scope.get(called)
            return called not in FUNCTIONS or (known is not None and known.gives_rows)
        if what == "FunctionCallOrPathPathExpression":
            return not self._is_property(node, scope)
        return what in NAMES or what in PATHS or self.is_source(what) or t.is_pipe(node)

    @staticmethod
    def _gives_value(node: Node, scope: Scope) -> bool:
        """Whether it calls a function of the query that gives a value, not rows."""
        is_call = t.kind(node) == "NamedFunctionCallExpression"
        known = scope.get(called_name(node)) if is_call else None
        return known is not None and known.schema is None

    def _is_property(self, node: Node, scope: Scope) -> bool:
        root = t.strip(node.children[0])
        if t.kind(root) in NAMES:
            known = scope.get(t.name(root))
            return known is not None and not known.gives_rows
        if t.kind(root) == "NamedFunctionCallExpression":
            return called_name(root) in FUNCTIONS
        return True


_MOST_AGAIN = 30
"""Most calls whose functions are walked again: each may call others."""

_VALUES = frozenset({"LetVariableDeclaration", "LetMaterializeDeclaration"})
_FUNCTIONS = frozenset({"LetFunctionDeclaration", "LetViewDeclaration"})
