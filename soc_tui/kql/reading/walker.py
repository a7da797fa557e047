"""Walks a query's tree once: finds what it refers to, and which columns there are at each place.

Names are resolved as Kusto does. What could be a table counts as one, and what is not understood
is reported too. Where the text does not tell what columns there are, any name passes.

Source: https://learn.microsoft.com/kusto/query/ under let, as, union, join, search, find, in,
partition, invoke, evaluate; and the grammar, whose every place of a table is handled here or in
kql/operators.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from soc_tui.kql.columns.schema import EMPTY, OPEN, Schema, of_table
from soc_tui.kql.operators.entry import Inflow, Operator
from soc_tui.kql.operators.refused import refuse_operator
from soc_tui.kql.reading.result import (
    Call,
    CheckedColumns,
    Found,
    Function,
    Reading,
    Step,
    TableRead,
    UnknownColumn,
)
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
)
from soc_tui.kql.references.time_bounds import predicate_bounds
from soc_tui.kql.references.time_values import evaluate
from soc_tui.kql.references.types import NOWHERE, Reference, ReferenceKind, Spot
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.grammar import (
    CONSTRUCTS,
    NO_OPERATORS,
    PATHS,
    argument_value,
    called_name,
    named_table,
    passed,
    table_named_by,
    text_value,
    workspace_table,
)
from soc_tui.kql.syntax.operator_parts import sub_operators
from soc_tui.kql.syntax.tree import NAMES, Node
from soc_tui.kql.syntax.vocabulary import FUNCTIONS, OPTIONS, REACHING_FUNCTIONS, is_parameter
from soc_tui.model.catalog import Catalog
from soc_tui.model.verdict import Place


@dataclass(slots=True)
class Walker:
    """Walks a tree.

    `row` is what an expression may name where it stands, `scope` what the query's own names are.

    Attributes:
        known: All operators by the grammar's rule.
    """

    catalog: Catalog
    known: Mapping[str, Operator]
    references: list[tuple[Reference, Flow]] = field(default_factory=list)
    unknown: list[UnknownColumn] = field(default_factory=list)
    listed: set[Place] = field(default_factory=set)
    open: bool = False
    found: list[Found] = field(default_factory=list)
    _done: set[int] = field(default_factory=set)
    _functions: int = 0

    def read(self, root: Node) -> Reading:
        """Walk a whole query.

        Raises:
            RecursionError: it is nested too deeply.
        """
        lets: dict[str, Node] = {}
        final = self._statements(root, lets)
        flows = FlowBounds()
        references = [
            replace(one, bounds=flows.of(flow), spot=None if one.spot == NOWHERE else one.spot)
            for one, flow in self.references
        ]
        unknown = sorted(self.unknown, key=lambda one: (one.place.line, one.place.column))
        return Reading(
            tuple(sorted(references, key=lambda one: one.start)),
            CheckedColumns(tuple(unknown), frozenset(self.listed), self.open),
            tuple(self.found),
            lets,
            final,
        )

    # -- statements --------------------------------------------------------------------------

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
                elif t.kind(node) in _FUNCTIONS:
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
            return {**scope, declared_name(node): self._value(node.Expression, scope)}
        if declared == "LetMaterializeDeclaration":
            binding = Binding(What.TABLE)
            binding.schema = self.table(node.Expression, scope, Flow(into=binding))
            return {**scope, declared_name(node): binding}
        if declared in _FUNCTIONS:
            return {**scope, declared_name(node): self._function(node, scope)}
        if declared == "DeclareQueryParametersStatement":
            return {**scope, **parameter_bindings(node)}
        if declared == "SetStatement":
            if t.text(node.Name) not in OPTIONS:
                self.report(node.Name, t.text(node.Name), ReferenceKind.OPTION)
        else:
            self.value(node, OPEN, scope)
        return scope

    def _function(self, node: Node, scope: Scope) -> Binding:
        parameters = parameter_bindings(node.ParameterList)
        tabular = {name: bound.what is What.TABLE for name, bound in parameters.items()}
        for parameter in parameters.values():
            parameter.tables = []
        binding = Binding(What.FUNCTION, parameters=tabular, arguments=parameters)
        inner: Scope = {**scope, **parameters}
        self._functions += 1
        for statement in t.children(node.Body):
            if t.kind(statement) == "LetFunctionBodyStatement":
                inner = self._statement(t.descend(statement), inner)
        if node.Body.Expression is not None:
            binding.schema = self._value(node.Body.Expression, inner, binding).schema
        self._functions -= 1
        inside = self._functions > 0
        self.found.append(Function(node, binding.schema, tabular, inside))
        return binding

    def _value(self, node: Node, scope: Scope, into: Binding | None = None) -> Binding:
        """Walk what stands behind `let name =` or in a function, and say what the name is then."""
        node = t.strip(node)
        if t.kind(node) in NAMES and (known := scope.get(t.name(node))) is not None:
            if into is not None:
                known.uses.append(Flow(into=into))
            if known.gives_rows:
                self._read_table(node, known.schema or OPEN, own=True)
            return known
        if self._is_table(node, scope):
            binding = into or Binding(What.TABLE)
            schema = self.table(node, scope, Flow(into=binding))
            binding.schema = schema if not self._gives_value(node, scope) else None
            return binding
        self.value(node, EMPTY, scope)
        return Binding(What.SCALAR, evaluate(node, known_values(scope)))

    def _is_table(self, node: Node, scope: Scope) -> bool:
        """Whether an expression that may be a table or a value is taken for a table."""
        what = t.kind(node)
        if what == "NamedFunctionCallExpression":
            called = called_name(node)
            known = scope.get(called)
            return called not in FUNCTIONS or (known is not None and known.gives_rows)
        if what == "FunctionCallOrPathPathExpression":
            return not self._is_property(node, scope)
        return what in NAMES or what in PATHS or self._is_source(what) or t.is_pipe(node)

    @staticmethod
    def _gives_value(node: Node, scope: Scope) -> bool:
        """Whether it calls a function of the query that gives a value, not rows."""
        is_call = t.kind(node) == "NamedFunctionCallExpression"
        known = scope.get(called_name(node)) if is_call else None
        return known is not None and known.schema is None

    def _is_source(self, rule: str) -> bool:
        entry = self.known.get(rule)
        return entry is not None and entry.source

    def _is_property(self, node: Node, scope: Scope) -> bool:
        root = t.strip(node.children[0])
        if t.kind(root) in NAMES:
            known = scope.get(t.name(root))
            return known is not None and not known.gives_rows
        if t.kind(root) == "NamedFunctionCallExpression":
            return called_name(root) in FUNCTIONS
        return True

    # -- tables ------------------------------------------------------------------------------

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
        """Walk a node that stands where a table is read; its columns.

        Args:
            row: What it may name where it is a value after all.
            brackets: True where the table's name is one of several, or an argument.
            spot: Where a filter on it can be written, when that is not right behind its name.
            maybe_column: True where a column or a value can stand as well.
        """
        self._done.add(id(node))
        node = t.strip(node)
        own_spot = spot if spot is not None else Spot(t.start(node), t.end(node), brackets)
        if t.kind(node) == "NameReferenceWithDataScope":
            node = t.strip(node.children[0])
        self._done.add(id(node))
        what = t.kind(node)
        if what in NAMES:
            return self._named_table(node, scope, flow, own_spot, row if maybe_column else None)
        if t.is_pipe(node):
            return self._pipe(node, scope, flow)
        if what == "NamedFunctionCallExpression":
            return self._called_table(node, row, scope, flow, own_spot, maybe_column=maybe_column)
        if what in PATHS and not (maybe_column and workspace_table(node) == (None, None)):
            return self._path(node, row, scope, flow, own_spot)
        if self._is_source(what):
            found = self.known[what].read(self, node, EMPTY, scope, Inflow(flow, head=True))
            self._rest(node, scope)
            return self._read_table(node, found)
        if what == "WildcardedName":
            self.report(node, t.text(node), ReferenceKind.WILDCARD)
        self.value(node, row, scope)
        return OPEN

    def _called_table(
        self,
        node: Node,
        row: Schema,
        scope: Scope,
        flow: Flow,
        spot: Spot,
        *,
        maybe_column: bool,
    ) -> Schema:
        """`table("T")`, `table(parameter)`, or the call of a function."""
        if "table" not in scope:
            if (literal := named_table(node)) is not None:
                name = text_value(literal)
                if (
                    known := scope.get(name)
                ) is not None:  # in case that it finds the query's names
                    known.uses.append(flow)
                self.report(literal, name, ReferenceKind.TABLE, flow, spot=spot)
                return self._read_table(node, self._catalog_table(name))
            known = scope.get(table_named_by(node))
            if known is not None and known.tables is not None:
                known.tables.append((flow, spot))
                return OPEN
        return self.call(node, row, scope, flow, table=not maybe_column) or OPEN

    def _named_table(
        self, node: Node, scope: Scope, flow: Flow, spot: Spot, row: Schema | None
    ) -> Schema:
        """A name that is a table's.

        Args:
            row: The columns, where the name may be one of them; None where it may not.
        """
        name, maybe_column = t.name(node), row is not None
        if row is not None and name in row.names:
            self.listed.add(t.place(node))
        known = scope.get(name)
        if known is not None and known.gives_rows:
            known.uses.append(flow)
            self._named_tables(node, known, {})
        elif known is None or known.what is What.COLUMN or not maybe_column:
            self.report(node, name, ReferenceKind.TABLE, flow, spot=spot, maybe_column=maybe_column)
        if known is None:
            return self._read_table(node, self._catalog_table(name))
        return self._read_table(node, known.schema or OPEN, own=True)

    def _catalog_table(self, name: str) -> Schema:
        table = self.catalog.table(name)
        return OPEN if table is None else of_table(table)

    def _read_table(self, node: Node, schema: Schema, *, own: bool = False) -> Schema:
        self.found.append(TableRead(node, schema, own))
        return schema

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

    def _path(self, node: Node, row: Schema, scope: Scope, flow: Flow, spot: Spot) -> Schema:
        """`workspace("x").T`, `database("x").T`, `T.U`, `f().g()`: never a plain table."""
        workspace, named = workspace_table(node)
        if workspace is not None and named is not None:
            self.report(workspace, text_value(workspace), ReferenceKind.WORKSPACE)
            self.report(named, t.name(named), ReferenceKind.TABLE, flow, spot=spot)
            return self._catalog_table(t.name(named))
        count = len(self.references)
        is_property = t.kind(node) == "FunctionCallOrPathPathExpression"
        (self._property if is_property else self._parts)(node, row, scope)
        if not any(one.kind is ReferenceKind.REACHING for one, _ in self.references[count:]):
            self.report(node, t.text(node), ReferenceKind.PATH)
        return OPEN

    # -- pipes -------------------------------------------------------------------------------

    def _pipe(self, node: Node, scope: Scope, flow: Flow) -> Schema:
        first, *piped = t.children(node)
        operators = [t.descend(one.Operator) for one in piped]
        flows = self._flows(operators, scope, flow)
        row = self.table(first, scope, flows[0])
        return self._operators(operators, row, scope, flows[1:], branch=False)

    def _flows(self, operators: Sequence[Node], scope: Scope, flow: Flow) -> list[Flow]:
        """What bounds the rows that flow into each operator of a pipe, and last out of it."""
        values = known_values(scope)
        flows = [flow]
        for operator in reversed(operators):
            entry = self.known.get(t.kind(operator))
            if entry is None or not entry.keeps_time(operator):
                flow = NO_FLOW
            elif (condition := entry.filters(operator)) is not None and (
                bounds := predicate_bounds(condition, values)
            ):
                flow = flow.bounded(bounds)
            flows.append(flow)
        return flows[::-1]

    def operators(
        self, operators: Sequence[Node], row: Schema, scope: Scope, *, branch: bool = False
    ) -> Schema:
        """Walk operators that run on rows with these columns; the columns behind the last.

        Args:
            branch: True in `fork` and `facet`, where no name that `as` gives is known.
        """
        flows = self._flows(operators, scope, NO_FLOW)[1:]
        if branch:
            flows = [NO_FLOW] * len(operators)
        return self._operators(operators, row, scope, flows, branch=branch)

    def _operators(
        self,
        operators: Sequence[Node],
        row: Schema,
        scope: Scope,
        flows: Sequence[Flow],
        *,
        branch: bool,
    ) -> Schema:
        inner = dict(scope)
        for operator, flow in zip(operators, flows, strict=True):
            row = self._operator(operator, row, inner, Inflow(flow, branch))
            self.open = self.open or row.open
            if t.kind(operator) == "AsOperator" and not branch:
                inner[declared_name(operator)] = Binding(What.TABLE, schema=row)
        return row

    def _operator(self, node: Node, row: Schema, scope: Scope, inflow: Inflow) -> Schema:
        self._done.add(id(node))
        entry = self.known.get(t.kind(node))
        read = entry.read if entry is not None else refuse_operator
        behind = read(self, node, row, scope, inflow)
        self._rest(node, scope)
        self.found.append(Step(node, row, behind))
        return behind

    def _rest(self, node: Node, scope: Scope) -> None:
        """Walk all below that was not walked yet, so that nothing is passed over."""
        for below in t.children(node):
            if id(below) in self._done:
                continue
            if self._is_begun(below):
                self._rest(below, scope)
            else:
                self.value(below, OPEN, scope)

    def _is_begun(self, node: Node) -> bool:
        """Whether something below was walked already."""
        return any(id(below) in self._done or self._is_begun(below) for below in t.children(node))

    # -- expressions -------------------------------------------------------------------------

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
        elif t.is_pipe(node) or self._is_source(what):
            self.table(node, scope)
        elif what in self.known or (what.endswith("Operator") and what not in NO_OPERATORS):
            self._operator(node, OPEN, scope, Inflow(head=True))
        else:
            self._parts(node, row, scope)

    def _parts(self, node: Node, row: Schema, scope: Scope) -> None:
        for below in t.children(node):
            self.value(below, row, scope)

    def name(self, node: Node, row: Schema, scope: Scope) -> None:
        """Note a name that is neither a column nor a name of the query."""
        if row.open:
            return
        name = t.name(node)
        if not (row.has(name) or name in scope or name.startswith("$")):
            self.unknown.append(UnknownColumn(name, t.place(node), tuple(row.names)))

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
            parameters = known.parameters
            self._named_tables(node, known, passed(node, given, parameters))
        elif table or called not in FUNCTIONS:
            self.report(node.Name, called, ReferenceKind.FUNCTION)
        arguments = [below for below in t.children(node) if below is not node.Name]
        for index, argument in enumerate(arguments, given):
            is_table, value = argument_value(argument, index, parameters)
            if is_table:
                self.table(value, scope, brackets=True)
            else:
                self.value(value, row, scope)
        own = known.parameters if known is not None else None
        self.found.append(Call(node, row, own, given))
        return known.schema if known is not None else None

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

    # -- what is found -----------------------------------------------------------------------

    def done(self, node: Node) -> None:
        """Say that nothing of a node is left to walk."""
        self._done.update(map(id, t.children(node)))
        self._done.add(id(node))

    def report(
        self,
        node: Node,
        name: str,
        kind: ReferenceKind,
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
        found = Reference(name, kind, place, t.start(node), maybe_column, spot=spot)
        self.references.append((found, flow))


_VALUES = frozenset({"LetVariableDeclaration", "LetMaterializeDeclaration"})
_FUNCTIONS = frozenset({"LetFunctionDeclaration", "LetViewDeclaration"})
_HANDLERS: Mapping[str, Callable[[Walker, Node, Schema, Scope], object]] = {
    "DynamicLiteralExpression": Walker._nothing,
    "FunctionCallOrPathPathExpression": Walker._property,
    "ListEqualityExpression": Walker._list,
    "NamedExpression": Walker._named,
    "NamedFunctionCallExpression": Walker.call,
    "PipeSubExpression": Walker._subquery,
    "RelaxedQueryOperatorParameter": Walker._parameter,
    "StrictQueryOperatorParameter": Walker._nothing,
    "ToScalarExpression": Walker._table_below,
}
"""Expressions of which not each part is a value."""
