"""Walks a query's tree and finds what it refers to, resolving names as Kusto does.

Source: https://learn.microsoft.com/kusto/query/ under let, as, union, join, search, find, in,
partition, invoke, evaluate; and the grammar, whose every place of a table is handled here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from soc_tui.kql.references.bindings import (
    NO_FLOW,
    Binding,
    Flow,
    FlowBounds,
    Scope,
    What,
    declared_name,
    known_values,
    parameter_bindings,
    pipe_flows,
)
from soc_tui.kql.references.references import Reference, ReferenceKind, Spot
from soc_tui.kql.references.resolver_operators import HANDLERS, NOWHERE, SOURCE_OPERATORS
from soc_tui.kql.references.time_values import evaluate
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.grammar import (
    CONSTRUCTS,
    PATHS,
    TABULAR_SOURCES,
    argument_value,
    called_name,
    named_table,
    passed,
    table_named_by,
    text_value,
    workspace_table,
)
from soc_tui.kql.syntax.tree import NAMES, Node
from soc_tui.kql.syntax.vocabulary import FUNCTIONS, OPERATOR_NODES, OPTIONS, REACHING_FUNCTIONS


def resolve(root: Node) -> Iterable[Reference]:
    """Everything that a parsed query refers to, in no order.

    Raises:
        RecursionError: it is nested too deeply.
    """
    walker = Walker()
    walker.query(root)
    flows = FlowBounds()
    for found, flow in walker.found:
        spot = None if found.spot == NOWHERE else found.spot
        yield replace(found, bounds=flows.of(flow), spot=spot)


@dataclass(slots=True)
class Walker:
    """Walks a tree; `scope` is what the query's own names stand for."""

    found: list[tuple[Reference, Flow]] = field(default_factory=list)

    def query(self, root: Node) -> None:
        """All statements, each with the names that those before it bind."""
        queries = 0
        scope: Scope = {}
        for statement in t.children(t.child(root, "Query") or root):
            query = t.child(statement, "QueryStatement")
            if query is None:
                scope = self._statement(t.descend(statement), scope)
                continue
            queries += 1
            if queries > 1:
                self.report(statement, "a second query", ReferenceKind.STATEMENT)
            self.table(query, scope, NO_FLOW)
        if not queries:
            self.report(root, "a text without a query", ReferenceKind.STATEMENT)

    # -- statements --------------------------------------------------------------------------

    def _statement(self, node: Node, scope: Scope) -> Scope:
        """Scope behind a let, set or declare statement."""
        declared = t.kind(node)
        if declared == "LetVariableDeclaration":
            return {**scope, declared_name(node): self._value(node.Expression, scope)}
        if declared == "LetMaterializeDeclaration":
            binding = Binding(What.TABLE)
            self.table(node.Expression, scope, Flow(into=binding))
            return {**scope, declared_name(node): binding}
        if declared in {"LetFunctionDeclaration", "LetViewDeclaration"}:
            return {**scope, declared_name(node): self._function(node, scope)}
        if declared == "DeclareQueryParametersStatement":
            return {**scope, **parameter_bindings(node)}
        if declared == "SetStatement":
            if t.text(node.Name) not in OPTIONS:
                self.report(node.Name, t.text(node.Name), ReferenceKind.OPTION)
        else:
            self.walk(node, scope)
        return scope

    def _function(self, node: Node, scope: Scope) -> Binding:
        parameters = parameter_bindings(node.ParameterList)
        tabular = {name: bound.what is What.TABLE for name, bound in parameters.items()}
        for parameter in parameters.values():
            parameter.tables = []
        binding = Binding(What.FUNCTION, parameters=tabular, arguments=parameters)
        inner: Scope = {**scope, **parameters}
        for statement in t.children(node.Body):
            if t.kind(statement) == "LetFunctionBodyStatement":
                inner = self._statement(t.descend(statement), inner)
        if node.Body.Expression is not None:
            self._value(node.Body.Expression, inner, binding)
        return binding

    def _value(self, node: Node, scope: Scope, into: Binding | None = None) -> Binding:
        """Walk what stands behind `let name =` or in a function, and say what the name is then."""
        node = t.strip(node)
        if t.kind(node) in NAMES and (known := scope.get(t.name(node))) is not None:
            if into is not None:
                known.uses.append(Flow(into=into))
            return known
        if self._is_table(node, scope):
            binding = into or Binding(What.TABLE)
            self.table(node, scope, Flow(into=binding))
            return binding
        self.walk(node, scope)
        return Binding(What.SCALAR, evaluate(node, known_values(scope)))

    def _is_table(self, node: Node, scope: Scope) -> bool:
        """Whether an expression that may be a table or a value is taken for a table."""
        what = t.kind(node)
        if what == "NamedFunctionCallExpression":
            called = called_name(node)
            known = scope.get(called)
            return called not in FUNCTIONS or (known is not None and known.what is not What.SCALAR)
        if what == "FunctionCallOrPathPathExpression":
            return not self._is_property(node, scope)
        return what in NAMES or what in PATHS or what in TABULAR_SOURCES or t.is_pipe(node)

    def _is_property(self, node: Node, scope: Scope) -> bool:
        root = t.strip(node.children[0])
        if t.kind(root) in NAMES:
            known = scope.get(t.name(root))
            return known is not None and known.what is What.SCALAR
        if t.kind(root) == "NamedFunctionCallExpression":
            return called_name(root) in FUNCTIONS
        return True

    # -- tables ------------------------------------------------------------------------------

    def table(
        self,
        node: Node,
        scope: Scope,
        flow: Flow,
        *,
        brackets: bool = False,
        spot: Spot | None = None,
        maybe_column: bool = False,
    ) -> None:
        """Walk a node that stands where a table is read.

        Args:
            brackets: True where the table's name is one of several, or an argument.
            spot: Where a filter on it can be written, when that is not right behind its name.
            maybe_column: True where a column or a value can stand as well.
        """
        node = t.strip(node)
        own_spot = spot if spot is not None else Spot(t.start(node), t.end(node), brackets)
        if t.kind(node) == "NameReferenceWithDataScope":
            node = t.strip(node.children[0])
        what = t.kind(node)
        if what in NAMES:
            self._named_table(node, scope, flow, own_spot, maybe_column)
        elif t.is_pipe(node):
            self._pipe(node, scope, flow)
        elif what == "WildcardedName":
            self.report(node, t.text(node), ReferenceKind.WILDCARD)
        elif (literal := named_table(node)) is not None and "table" not in scope:
            name = text_value(literal)
            if (known := scope.get(name)) is not None:  # in case that it finds the query's names
                known.uses.append(flow)
            self.report(literal, name, ReferenceKind.TABLE, flow, spot=own_spot)
        elif (read := self._tables_of(node, scope)) is not None:
            read.append((flow, own_spot))
        elif what == "NamedFunctionCallExpression":
            self.call(node, scope, flow, table=not maybe_column)
        elif what in PATHS and not (maybe_column and workspace_table(node) == (None, None)):
            self._path(node, scope, flow, own_spot)
        elif what in SOURCE_OPERATORS:
            SOURCE_OPERATORS[what](self, node, scope, flow, head=True)
        else:
            self.walk(node, scope)

    def _named_table(
        self, node: Node, scope: Scope, flow: Flow, spot: Spot, maybe_column: bool
    ) -> None:
        known = scope.get(t.name(node))
        if known is not None and known.what is not What.SCALAR:
            known.uses.append(flow)
            self._named_tables(node, known, {})
        elif known is None or not maybe_column:
            self.report(
                node, t.name(node), ReferenceKind.TABLE, flow, spot=spot, maybe_column=maybe_column
            )

    def _tables_of(self, node: Node, scope: Scope) -> list[tuple[Flow, Spot]] | None:
        """Where the tables are noted that a parameter names, for `table(parameter)`."""
        known = scope.get(table_named_by(node))
        return known.tables if known is not None and "table" not in scope else None

    def _named_tables(self, node: Node, known: Binding, values: Mapping[str, Node]) -> None:
        """Report the tables that a function reads by the names that it is called with."""
        for name, parameter in known.arguments.items():
            value = t.strip(values[name]) if name in values else node
            is_text = t.kind(value) == "StringLiteralExpression"
            for flow, spot in parameter.tables or ():
                if is_text:
                    self.report(value, text_value(value), ReferenceKind.TABLE, flow, spot=spot)
                else:
                    self.report(value, "table", ReferenceKind.REACHING)

    def _pipe(self, node: Node, scope: Scope, flow: Flow) -> None:
        operators = [t.descend(piped.Operator) for piped in t.children(node)[1:]]
        flows = pipe_flows(operators, scope, flow)
        self.table(node.Expression, scope, flows[0])
        self.operators(operators, scope, flows[1:])

    def operators(self, operators: list[Node], scope: Scope, flows: list[Flow]) -> None:
        """Walk the operators of a pipe, each with what bounds the rows that flow into it."""
        inner = dict(scope)
        for operator, flow in zip(operators, flows, strict=True):
            what = t.kind(operator)
            if what in SOURCE_OPERATORS:
                SOURCE_OPERATORS[what](self, operator, inner, flow, head=False)
            else:
                self.walk(operator, inner)
            if what == "AsOperator":
                inner[declared_name(operator)] = Binding(What.TABLE)

    def _path(self, node: Node, scope: Scope, flow: Flow, spot: Spot) -> None:
        """`workspace("x").T`, `database("x").T`, `T.U`, `f().g()`: never a plain table."""
        workspace, named = workspace_table(node)
        if workspace is not None and named is not None:
            self.report(workspace, text_value(workspace), ReferenceKind.WORKSPACE)
            self.report(named, t.name(named), ReferenceKind.TABLE, flow, spot=spot)
            return
        count = len(self.found)
        self._walk_children(node, scope)
        if not any(found.kind is ReferenceKind.REACHING for found, _ in self.found[count:]):
            self.report(node, t.text(node), ReferenceKind.PATH)

    # -- everything else ---------------------------------------------------------------------

    def walk(self, node: Node, scope: Scope) -> None:
        """Walk a node that stands where a value or an operator is."""
        node = t.descend(node)
        what = t.kind(node)
        if what in CONSTRUCTS:
            self.report(node, CONSTRUCTS[what], ReferenceKind.CONSTRUCT)
        elif what in HANDLERS:
            HANDLERS[what](self, node, scope)
        elif what in SOURCE_OPERATORS:
            SOURCE_OPERATORS[what](self, node, scope, NO_FLOW, head=True)
        elif t.is_pipe(node):
            self._pipe(node, scope, NO_FLOW)
        else:
            if what.endswith("Operator") and what not in OPERATOR_NODES:
                self.report(node, node.start.text, ReferenceKind.OPERATOR, first_only=True)
            self._walk_children(node, scope)

    def _walk_children(self, node: Node, scope: Scope) -> None:
        for below in t.children(node):
            self.walk(below, scope)

    def call(self, node: Node, scope: Scope, flow: Flow, *, table: bool, given: int = 0) -> None:
        """Walk a call.

        Args:
            table: True where a table is read: then a built-in function is refused too.
            given: How many of the first parameters are not among the arguments.
        """
        called = called_name(node)
        arguments = [below for below in t.children(node) if below is not node.Name]
        known = scope.get(called)
        parameters: Mapping[str, bool] = {}
        if called.lower() in REACHING_FUNCTIONS and called not in FUNCTIONS:
            self.report(node.Name, called, ReferenceKind.REACHING)
        elif known is not None and known.what is not What.SCALAR:
            known.uses.append(flow)
            parameters = known.parameters
            self._named_tables(node, known, passed(node, given, parameters))
        elif table or called not in FUNCTIONS:
            self.report(node.Name, called, ReferenceKind.FUNCTION)
        for index, argument in enumerate(arguments, given):
            tabular, value = argument_value(argument, index, parameters)
            if tabular:
                self.table(value, scope, NO_FLOW, brackets=True)
            else:
                self.walk(value, scope)

    def report(
        self,
        node: Node,
        name: str,
        what: ReferenceKind,
        flow: Flow = NO_FLOW,
        *,
        spot: Spot | None = None,
        maybe_column: bool = False,
        first_only: bool = False,
    ) -> None:
        """Note a reference.

        Args:
            first_only: True where only the node's first word is its place.
        """
        place = t.place(node)
        if first_only:
            place = replace(place, length=len(node.start.text))
        found = Reference(name, what, place, t.start(node), maybe_column, spot=spot)
        self.found.append((found, flow))
