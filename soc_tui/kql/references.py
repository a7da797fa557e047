"""What a KQL text refers to: every table, however it is named, and all that reaches elsewhere.

Names are resolved as Kusto resolves them (https://learn.microsoft.com/kusto/query/ under let, as,
union, join, search, find, in). What could be a table counts as one; what is not understood is
reported too. So an empty answer means that nothing but the query's own values is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from soc_tui.kql import tree as t
from soc_tui.kql.pipeline import has_time_bound, main_table, row_cap
from soc_tui.kql.time_bounds import lower_bounds, pipe_operators
from soc_tui.kql.tree import NAMES, Node
from soc_tui.kql.vocabulary import FUNCTIONS, LOOKUP_PLUGINS, PLUGINS, REACHING_FUNCTIONS
from soc_tui.model.verdict import Place

__all__ = [
    "Reference",
    "ReferenceKind",
    "has_time_bound",
    "main_table",
    "references",
    "row_cap",
]


class ReferenceKind(StrEnum):
    """What a reference is."""

    TABLE = "table"
    WILDCARD = "wildcard"
    PATH = "path"
    REACHING = "reaching function"
    FUNCTION = "function"
    PLUGIN = "plugin"
    CONSTRUCT = "construct"
    STATEMENT = "statement"


@dataclass(frozen=True, slots=True)
class Reference:
    """One thing that a text refers to.

    Attributes:
        name: As written, without brackets and quotes.
        start: Offset of its first character in the text.
        maybe_column: True where KQL takes a column as well as a table: `in (name)`.
        bounded: True when the pipeline that reads the table bounds TimeGenerated or Timestamp.
    """

    name: str
    kind: ReferenceKind
    place: Place
    start: int
    maybe_column: bool = False
    bounded: bool = False


def references(kql: str) -> tuple[Reference, ...]:
    """Everything that `kql` refers to, in the order of the text.

    Raises:
        NotKqlError: it does not parse.
        RecursionError: it is nested too deeply.
    """
    return _references(kql)


@lru_cache(maxsize=16)
def _references(kql: str) -> tuple[Reference, ...]:
    walker = _Walker()
    walker.query(t.parse(kql))
    return tuple(sorted(walker.found, key=lambda reference: reference.start))


class _Bound(StrEnum):
    """What a let, as or parameter name stands for."""

    TABLE = "table"
    SCALAR = "scalar"
    FUNCTION = "function"


@dataclass(frozen=True, slots=True)
class _Binding:
    what: _Bound
    tabular_parameters: int = 0


_TABLE, _SCALAR = _Binding(_Bound.TABLE), _Binding(_Bound.SCALAR)
_Scope = Mapping[str, _Binding]

_CONSTRUCTS = {
    "AliasDatabaseStatement": "alias database",
    "ContextualDataTableExpression": "__contextual_datatable",
    "DeclarePatternStatement": "declare pattern",
    "EntityGroupExpression": "entity_group",
    "ExecuteAndCacheOperator": "__executeAndCache",
    "ExternalDataExpression": "externaldata",
    "LetEntityGroupDeclaration": "entity_group",
    "MacroExpandOperator": "macro-expand",
    "MaterializedViewCombineExpression": "materialized-view-combine",
    "RestrictAccessStatement": "restrict access",
    "ScopedFunctionCallExpression": "scoped function call",
}
_TABULAR_SOURCES = frozenset(
    {
        "DataTableExpression",
        "EvaluateOperator",
        "FindOperator",
        "PrintOperator",
        "RangeExpression",
        "SearchOperator",
        "ToTableExpression",
        "UnionOperator",
    }
)


@dataclass(slots=True)
class _Walker:
    found: list[Reference] = field(default_factory=list)
    bounded: bool = False

    def query(self, root: Node) -> None:
        """All statements, each with the names that those before it bind."""
        queries = 0
        scope: _Scope = {}
        for statement in t.children(t.child(root, "Query") or root):
            node = t.descend(statement)
            inner = t.children(statement)
            if inner and t.kind(inner[0]) == "QueryStatement":
                queries += 1
                if queries > 1:
                    self._report(statement, "second query", ReferenceKind.STATEMENT)
                self._table(inner[0], scope)
            else:
                scope = self._statement(node, scope)
        if not queries:
            self._report(root, "no query", ReferenceKind.STATEMENT)

    # -- statements --------------------------------------------------------------------------

    def _statement(self, node: Node, scope: _Scope) -> _Scope:
        """Scope behind a let, set or declare statement."""
        declared = t.kind(node)
        if declared == "LetVariableDeclaration":
            return {**scope, _declared(node): self._value(node.Expression, scope)}
        if declared == "LetMaterializeDeclaration":
            self._table(node.Expression, scope)
            return {**scope, _declared(node): _TABLE}
        if declared in {"LetFunctionDeclaration", "LetViewDeclaration"}:
            return {**scope, _declared(node): self._function(node, scope)}
        if declared == "DeclareQueryParametersStatement":
            return {**scope, **_parameters(node)}
        if declared not in {"SetStatement"}:
            self._walk(node, scope)
        return scope

    def _function(self, node: Node, scope: _Scope) -> _Binding:
        parameters = _parameters(node.ParameterList) if node.ParameterList else {}
        inner: _Scope = {**scope, **parameters}
        for statement in t.children(node.Body):
            if t.kind(statement) == "LetFunctionBodyStatement":
                inner = self._statement(t.descend(statement), inner)
        if node.Body.Expression is not None:
            self._value(node.Body.Expression, inner)
        tabular = sum(binding is _TABLE for binding in parameters.values())
        return _Binding(_Bound.FUNCTION, tabular)

    def _value(self, node: Node, scope: _Scope) -> _Binding:
        """Walk what stands behind `let name =`, and say what the name is then."""
        node = t.strip(node)
        what = t.kind(node)
        if what in NAMES:
            if t.name(node) in scope:
                return scope[t.name(node)]
            self._table(node, scope)
            return _TABLE
        if what == "NamedFunctionCallExpression":
            self._walk(node, scope)
            known = scope.get(t.text(node.Name))
            return _TABLE if known and known.what is _Bound.FUNCTION else _SCALAR
        if t.is_pipe(node) or what in _TABULAR_SOURCES:
            self._table(node, scope)
            return _TABLE
        if what == "FunctionCallOrPathPathExpression" and not self._is_property(node, scope):
            self._table(node, scope)
            return _TABLE
        self._walk(node, scope)
        return _SCALAR

    def _is_property(self, node: Node, scope: _Scope) -> bool:
        root = t.strip(node.children[0])
        if t.kind(root) in NAMES:
            known = scope.get(t.name(root))
            return known is not None and known.what is _Bound.SCALAR
        if t.kind(root) == "NamedFunctionCallExpression":
            return t.text(root.Name) in FUNCTIONS
        return True

    # -- tables ------------------------------------------------------------------------------

    def _table(self, node: Node, scope: _Scope) -> None:
        """Walk a node that stands where a table is read."""
        node = t.strip(node)
        what = t.kind(node)
        if what in NAMES:
            self._named_table(node, scope)
        elif what == "NameReferenceWithDataScope":
            self._table(node.children[0], scope)
        elif t.is_pipe(node):
            self._pipe(node, scope)
        elif what == "WildcardedName":
            self._report(node, t.text(node), ReferenceKind.WILDCARD)
        elif what == "NamedFunctionCallExpression":
            self._call(node, scope, table=True)
        elif what in _PATHS:
            self._path(node, scope)
        elif what == "SearchOperator":
            self._search(node, scope, piped=False)
        else:
            self._walk(node, scope)

    def _named_table(self, node: Node, scope: _Scope, maybe_column: bool = False) -> None:
        known = scope.get(t.name(node))
        if known is None or (known.what is _Bound.SCALAR and not maybe_column):
            self._report(node, t.name(node), ReferenceKind.TABLE, maybe_column)

    def _table_or_scalar(self, node: Node, scope: _Scope) -> None:
        """Walk a node that stands where KQL takes a table as well as a value."""
        node = t.strip(node)
        if t.kind(node) in NAMES:
            self._named_table(node, scope, maybe_column=True)
        elif t.is_pipe(node):
            self._pipe(node, scope)
        else:
            self._walk(node, scope)

    def _pipe(self, node: Node, scope: _Scope) -> None:
        before = self.bounded
        operators = pipe_operators(node)
        self.bounded = before or bool(lower_bounds(operators))
        self._table(node.Expression, scope)
        self.bounded = False
        inner = dict(scope)
        for operator in operators:
            if t.kind(operator) == "SearchOperator":
                self._search(operator, inner, piped=True)
            else:
                self._walk(operator, inner)
            if t.kind(operator) == "AsOperator":
                inner[t.name(t.descend(operator.Name))] = _TABLE
        self.bounded = before

    def _path(self, node: Node, scope: _Scope) -> None:
        """`database("x").T`, `T.U`, `f().g()`: never a plain table."""
        count = len(self.found)
        self._walk_children(node, scope)
        if not any(found.kind is ReferenceKind.REACHING for found in self.found[count:]):
            self._report(node, t.text(node), ReferenceKind.PATH)

    # -- everything else ---------------------------------------------------------------------

    def _walk(self, node: Node, scope: _Scope) -> None:
        """Walk a node that stands where a value or an operator is."""
        node = t.descend(node)
        what = t.kind(node)
        if what in _CONSTRUCTS:
            self._report(node, _CONSTRUCTS[what], ReferenceKind.CONSTRUCT)
        elif what in _HANDLERS:
            _HANDLERS[what](self, node, scope)
        elif t.is_pipe(node):
            self._pipe(node, scope)
        else:
            self._walk_children(node, scope)

    def _walk_children(self, node: Node, scope: _Scope) -> None:
        for below in t.children(node):
            self._walk(below, scope)

    def _walk_scalar_call(self, node: Node, scope: _Scope) -> None:
        self._call(node, scope, table=False)

    def _call(self, node: Node, scope: _Scope, *, table: bool) -> None:
        called = t.text(node.Name)
        arguments = [below for below in t.children(node) if below is not node.Name]
        known = scope.get(called)
        tabular = 0
        if called.lower() in REACHING_FUNCTIONS and called not in FUNCTIONS:
            self._report(node.Name, called, ReferenceKind.REACHING)
        elif known is not None and known.what is not _Bound.SCALAR:
            tabular = known.tabular_parameters
        elif table or called not in FUNCTIONS:
            self._report(node.Name, called, ReferenceKind.FUNCTION)
        for index, argument in enumerate(arguments):
            if index < tabular:
                self._table(argument, scope)
            else:
                self._walk(argument, scope)

    def _joined(self, node: Node, scope: _Scope) -> None:
        for below in t.children(node):
            if below is node.Table:
                self._table(below, scope)
            else:
                self._walk(below, scope)

    def _union(self, node: Node, scope: _Scope) -> None:
        for below in t.children(node):
            if t.kind(below) == "UnionOperatorExpression":
                self._table(below, scope)

    def _find(self, node: Node, scope: _Scope) -> None:
        clause = node.ParameterWhereClause
        sources = clause.InClause if clause is not None else None
        if sources is None:
            self._report(node, "*", ReferenceKind.WILDCARD)
        for below in t.children(node):
            if below is not clause:
                self._walk(below, scope)
        for source in t.children(sources) if sources is not None else ():
            self._source(source, scope)

    def _search(self, node: Node, scope: _Scope, *, piped: bool) -> None:
        sources = t.child(node, "SearchOperatorInClause")
        if sources is None and not piped:
            self._report(node, "*", ReferenceKind.WILDCARD)
        for below in t.children(node):
            if below is not sources:
                self._walk(below, scope)
        for source in t.children(sources) if sources is not None else ():
            self._source(source, scope)

    def _walk_search(self, node: Node, scope: _Scope) -> None:
        self._search(node, scope, piped=False)

    def _source(self, node: Node, scope: _Scope) -> None:
        entity = t.descend(node)
        if t.kind(entity) == "FindOperatorSourceEntityExpression":
            self._table(entity.Entity, scope)
        else:
            self._table(entity, scope)

    def _list(self, node: Node, scope: _Scope) -> None:
        elements = t.children(node)
        if len(elements) == 1:
            self._table_or_scalar(elements[0], scope)
            return
        for element in elements:
            self._walk(element, scope)

    def _evaluate(self, node: Node, scope: _Scope) -> None:
        call = t.descend(node.PlugInCall)
        called = t.text(call.Name) if t.kind(call) == "NamedFunctionCallExpression" else ""
        if called not in PLUGINS:
            self._report(call, called or t.text(call), ReferenceKind.PLUGIN)
        for index, argument in enumerate(t.children(call)[1:]):
            if index == 0 and called in LOOKUP_PLUGINS:
                self._table(argument, scope)
            else:
                self._walk(argument, scope)

    def _table_below(self, node: Node, scope: _Scope) -> None:
        for below in t.children(node):
            self._table(below, scope)

    def _graph_table(self, node: Node, scope: _Scope) -> None:
        self._table(node.Table, scope)

    def _nothing(self, node: Node, scope: _Scope) -> None:
        """Names and types in here are neither tables nor functions."""

    def _report(
        self, node: Node, name: str, what: ReferenceKind, maybe_column: bool = False
    ) -> None:
        place = t.place(node)
        self.found.append(
            Reference(name, what, place, t.start(node), maybe_column, bounded=self.bounded)
        )


_PATHS = frozenset(
    {
        "AtSignName",
        "DotCompositeFunctionCallExpression",
        "EntityPathOrElementExpression",
        "FunctionCallOrPathPathExpression",
        "WildcardedPathExpression",
    }
)
_HANDLERS: Mapping[str, Callable[[_Walker, Node, _Scope], None]] = {
    "DataTableExpression": _Walker._nothing,
    "EvaluateOperator": _Walker._evaluate,
    "FindOperator": _Walker._find,
    "JoinOperator": _Walker._joined,
    "ListEqualityExpression": _Walker._list,
    "LookupOperator": _Walker._joined,
    "MakeGraphTableAndKey": _Walker._graph_table,
    "NamedFunctionCallExpression": _Walker._walk_scalar_call,
    "PartitionOperatorFullExpressionBody": _Walker._table_below,
    "RelaxedQueryOperatorParameter": _Walker._nothing,
    "SearchOperator": _Walker._walk_search,
    "StrictQueryOperatorParameter": _Walker._nothing,
    "ToScalarExpression": _Walker._table_below,
    "ToTableExpression": _Walker._table_below,
    "UnionOperator": _Walker._union,
}


def _declared(node: Node) -> str:
    return t.name(t.descend(node.Name))


def _parameters(node: Node) -> dict[str, _Binding]:
    found = {}
    for parameter in t.children(node):
        declared = t.name(t.descend(parameter.Name))
        found[declared] = _TABLE if t.kind(parameter) == "TabularParameter" else _SCALAR
    return found
