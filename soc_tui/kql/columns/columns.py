"""Checks every column that a query names against the tables it can come from.

Where the text does not tell what columns there are (behind `bag_unpack`, in the parameters of a
function), any name passes: then only the workspace knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from soc_tui.kql.columns.column_operators import OPERATORS
from soc_tui.kql.columns.column_sources import SOURCES
from soc_tui.kql.columns.schema import EMPTY, OPEN, Schema, of_table
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.grammar import (
    PATHS,
    argument_value,
    named_table,
    text_value,
    workspace_table,
)
from soc_tui.kql.syntax.tree import NAMES, Node
from soc_tui.model.catalog import Catalog
from soc_tui.model.verdict import Place


@dataclass(frozen=True, slots=True)
class UnknownColumn:
    """A name that is no column where it stands.

    Attributes:
        known: The columns that there are.
    """

    name: str
    place: Place
    known: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CheckedColumns:
    """What the check found.

    Attributes:
        listed: Places of names in lists, as in `in (name)`, that are surely columns: a table can
            stand there too.
        open: True when some names could not be checked.
    """

    unknown: tuple[UnknownColumn, ...] = ()
    listed: frozenset[Place] = frozenset()
    open: bool = False


@dataclass(frozen=True, slots=True)
class Named:
    """What a name of the query stands for.

    Attributes:
        schema: Of a table, or of what a function gives; None for a scalar.
        parameters: Of a function: its parameters' names, and which are tables.
    """

    schema: Schema | None = None
    parameters: Mapping[str, bool] = field(default_factory=dict)


Scope = Mapping[str, Named]
SCALAR = Named()


def check_columns(kql: str, catalog: Catalog) -> CheckedColumns:
    """Every name that is no column where it stands.

    Raises:
        NotKqlError, TooComplexError: the text cannot be read.
        RecursionError: it is nested too deeply.
    """
    checker = Checker(catalog)
    checker.query(t.parse(kql))
    unknown = sorted(checker.unknown, key=lambda found: (found.place.line, found.place.column))
    return CheckedColumns(tuple(unknown), frozenset(checker.listed), checker.open)


@dataclass(slots=True)
class Checker:
    """Walks a tree. `row` is what a scalar expression may name; `scope` the query's own names."""

    catalog: Catalog
    unknown: list[UnknownColumn] = field(default_factory=list)
    listed: set[Place] = field(default_factory=set)
    open: bool = False

    def query(self, root: Node) -> None:
        """All statements, in order."""
        scope: Scope = {}
        for statement in t.children(t.child(root, "Query") or root):
            query = t.child(statement, "QueryStatement")
            if query is not None:
                self.table(query, scope)
            else:
                scope = self._statement(t.descend(statement), scope)

    # -- names -------------------------------------------------------------------------------

    def _statement(self, node: Node, scope: Scope) -> Scope:
        declared = t.kind(node)
        if declared in {"LetVariableDeclaration", "LetMaterializeDeclaration"}:
            return {**scope, _name(node.Name): self._value(node.Expression, scope)}
        if declared in {"LetFunctionDeclaration", "LetViewDeclaration"}:
            return {**scope, _name(node.Name): self.function(node, scope)}
        if declared == "DeclareQueryParametersStatement":
            names = (_name(parameter.Name) for parameter in t.children(node))
            return {**scope, **dict.fromkeys(names, SCALAR)}
        return scope

    def function(self, node: Node, scope: Scope) -> Named:
        """Check the body of a function that the query declares."""
        parameters: dict[str, Named] = {}
        for parameter in t.children(node.ParameterList) if node.ParameterList else ():
            tabular = t.kind(parameter) == "TabularParameter"
            parameters[_name(parameter.Name)] = Named(OPEN) if tabular else SCALAR
        inner: Scope = {**scope, **parameters}
        for statement in t.children(node.Body):
            if t.kind(statement) == "LetFunctionBodyStatement":
                inner = self._statement(t.descend(statement), inner)
        body = node.Body.Expression
        result = self._value(body, inner).schema if body is not None else None
        tables = {name: bound.schema is not None for name, bound in parameters.items()}
        return Named(result, tables)

    def _value(self, node: Node, scope: Scope) -> Named:
        node = t.strip(node)
        if self._is_table(node, scope):
            return Named(self.table(node, scope))
        self.scalar(node, EMPTY, scope)
        return SCALAR

    def _is_table(self, node: Node, scope: Scope) -> bool:
        what = t.kind(node)
        if what in NAMES or what == "NamedFunctionCallExpression":
            named = t.name(node if what in NAMES else t.descend(node.Name))
            if named in scope:
                return scope[named].schema is not None
            return what in NAMES or named_table(node) is not None
        return what in SOURCES or what in _PATH_SOURCES or t.is_pipe(node)

    # -- tables ------------------------------------------------------------------------------

    def table(self, node: Node, scope: Scope) -> Schema:
        """Check what is below a node that stands for a table; its columns."""
        node = t.strip(node)
        if t.kind(node) == "NameReferenceWithDataScope":
            node = t.strip(node.children[0])
        what = t.kind(node)
        if what in NAMES:
            return self._named(t.name(node), scope)
        if what == "PipeExpression":
            first, *piped = t.children(node)
            row = self.table(first, scope)
            return self.operators([t.descend(one.Operator) for one in piped], row, scope)
        if what in SOURCES:
            return SOURCES[what](self, node, EMPTY, scope)
        if what == "NamedFunctionCallExpression":
            return self._called(node, scope)
        _, named = workspace_table(node) if what in PATHS else (None, None)
        if named is not None:
            return self._named(t.name(named), {})
        self.scalar(node, EMPTY, scope)
        return OPEN

    def _called(self, node: Node, scope: Scope) -> Schema:
        literal = named_table(node)
        if literal is not None:
            return self._named(text_value(literal), {})
        return self.call(node, EMPTY, scope) or OPEN

    def _named(self, name: str, scope: Scope) -> Schema:
        if name in scope:
            return scope[name].schema or OPEN
        table = self.catalog.table(name)
        return OPEN if table is None else of_table(table)

    def operators(self, operators: Iterable[Node], row: Schema, scope: Scope) -> Schema:
        """Check the operators of a pipe; the columns behind the last."""
        inner = dict(scope)
        for operator in operators:
            row = self.operator(operator, row, inner)
            self.open = self.open or row.open
            if t.kind(operator) == "AsOperator":
                inner[_name(operator.Name)] = Named(row)
        return row

    def operator(self, node: Node, row: Schema, scope: Scope) -> Schema:
        """Check one operator of a pipe; the columns behind it."""
        what = t.kind(node)
        return OPERATORS[what](self, node, row, scope) if what in OPERATORS else OPEN

    # -- scalars -----------------------------------------------------------------------------

    def scalars(self, nodes: Iterable[Node], row: Schema, scope: Scope) -> None:
        """Check each of the expressions."""
        for node in nodes:
            self.scalar(node, row, scope)

    def scalar(self, node: Node, row: Schema, scope: Scope) -> None:
        """Check the names in an expression."""
        node = t.descend(node)
        what = t.kind(node)
        if what in NAMES:
            self.name(node, row, scope)
        elif what == "NamedFunctionCallExpression":
            self.call(node, row, scope)
        elif what == "FunctionCallOrPathPathExpression":
            self._path(node, row, scope)
        elif what == "NamedExpression":
            self.scalar(node.Expression, row, scope)
        elif what == "ListEqualityExpression":
            for element in t.children(node):
                self._table_or_scalar(element, row, scope)
        elif what == "ToScalarExpression":
            self.table(t.children(node)[-1], scope)
        elif t.is_pipe(node) or what in SOURCES:
            self.table(node, scope)
        elif what not in _NO_NAMES:
            self.scalars(t.children(node), row, scope)

    def name(self, node: Node, row: Schema, scope: Scope) -> None:
        """Report a name that is neither a column nor a name of the query."""
        name = t.name(node)
        if not (row.has(name) or name in scope or name.startswith("$")):
            self.unknown.append(UnknownColumn(name, t.place(node), tuple(row.names)))

    def _table_or_scalar(self, node: Node, row: Schema, scope: Scope) -> None:
        """A name that is no column is left to those who judge tables."""
        inner = t.strip(node)
        if t.kind(inner) not in NAMES:
            self.scalar(inner, row, scope)
        elif t.name(inner) in row.names:
            self.listed.add(t.place(inner))

    def _path(self, node: Node, row: Schema, scope: Scope) -> None:
        root, *steps = t.children(node)
        self.scalar(root, row, scope)
        for step in steps:
            inner = t.descend(step)
            if t.kind(inner) != "FunctionCallOrPathPathOperation":
                self.scalars(t.children(inner), row, scope)

    def call(self, node: Node, row: Schema, scope: Scope, given: int = 0) -> Schema | None:
        """Check the arguments of a call; the columns that it gives, None when it gives a value.

        Args:
            given: How many of the first parameters are not among the arguments.
        """
        called, *arguments = t.children(node)
        known = scope.get(t.name(t.descend(called)), SCALAR)
        for index, argument in enumerate(arguments, given):
            is_table, value = argument_value(argument, index, known.parameters)
            if is_table:
                self.table(value, scope)
            else:
                self.scalar(value, row, scope)
        return known.schema


def _name(node: Node) -> str:
    return t.name(t.descend(node))


_PATH_SOURCES = PATHS - {"FunctionCallOrPathPathExpression"}
_NO_NAMES = frozenset(
    {"DynamicLiteralExpression", "RelaxedQueryOperatorParameter", "StrictQueryOperatorParameter"}
)
