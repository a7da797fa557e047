"""Which tables, functions and parameters each operator of a query names, for the resolver.

Source: https://learn.microsoft.com/kusto/query/, the page of each operator.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from soc_tui.kql.references.bindings import NO_FLOW, Flow, Scope, pipe_flows, with_predicate
from soc_tui.kql.references.references import ReferenceKind, Spot
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.grammar import argument_value
from soc_tui.kql.syntax.tree import Node
from soc_tui.kql.syntax.vocabulary import (
    FUNCTIONS,
    LOOKUP_PLUGINS,
    PLUGINS,
    REACHING_FUNCTIONS,
    is_parameter,
)

if TYPE_CHECKING:
    from soc_tui.kql.references.resolver import Walker

NOWHERE = Spot(0, 0)
"""For a table that cannot be filtered in the text as it is."""


def _union(walker: Walker, node: Node, scope: Scope, flow: Flow, *, head: bool) -> None:
    spot = Spot(t.start(node), t.end(node)) if head else None
    for below in t.children(node):
        if t.kind(below) == "UnionOperatorExpression":
            walker.table(below, scope, flow, brackets=True, spot=spot)
        else:
            walker.walk(below, scope)


def _search(walker: Walker, node: Node, scope: Scope, flow: Flow, *, head: bool) -> None:
    sources = t.child(node, "SearchOperatorInClause")
    if sources is None and head:
        walker.report(node, "*", ReferenceKind.WILDCARD)
    for below in t.children(node):
        if below is not sources:
            walker.walk(below, scope)
    if sources is not None:
        predicate = node.Expression or getattr(node.StarAndExpression, "Expression", None)
        flow = with_predicate(predicate, scope, flow)
        _sources(walker, sources, scope, flow, Spot(t.start(node), t.end(node)))


def _find(walker: Walker, node: Node, scope: Scope, flow: Flow, *, head: bool) -> None:
    clause = node.ParameterWhereClause
    sources = clause.InClause if clause is not None else None
    if sources is None:
        walker.report(node, "*", ReferenceKind.WILDCARD)
    for below in t.children(node):
        if below is not clause:
            walker.walk(below, scope)
    for parameter in clause.Parameters if clause is not None else ():
        walker.walk(parameter, scope)
    if sources is not None:
        _sources(walker, sources, scope, with_predicate(node.Expression, scope, flow), NOWHERE)


def _sources(walker: Walker, clause: Node, scope: Scope, flow: Flow, spot: Spot) -> None:
    for source in t.children(clause):
        entity = t.descend(source)
        if t.kind(entity) == "FindOperatorSourceEntityExpression":
            entity = entity.Entity
        walker.table(entity, scope, flow, spot=spot)


def _subpipe(walker: Walker, node: Node, scope: Scope) -> None:
    first = [t.descend(node.Expression)]
    rest = [t.descend(piped.Operator) for piped in node.PipedOperators]
    walker.operators(first + rest, scope, pipe_flows(first + rest, scope, NO_FLOW)[1:])


def _walk_call(walker: Walker, node: Node, scope: Scope) -> None:
    walker.call(node, scope, NO_FLOW, table=False)


def _invoke(walker: Walker, node: Node, scope: Scope) -> None:
    call = t.descend(node.FunctionCall)
    if t.kind(call) == "NamedFunctionCallExpression":
        walker.call(call, scope, NO_FLOW, table=False, given=1)
    else:
        walker.walk(call, scope)


def _joined(walker: Walker, node: Node, scope: Scope) -> None:
    for below in t.children(node):
        if below is node.Table:
            walker.table(below, scope, NO_FLOW, brackets=True)
        else:
            walker.walk(below, scope)


def _list(walker: Walker, node: Node, scope: Scope) -> None:
    """`in (…)`, `has_any (…)`: a table can stand there as well as columns and values."""
    for element in t.children(node):
        walker.table(element, scope, NO_FLOW, brackets=True, maybe_column=True)


def _evaluate(walker: Walker, node: Node, scope: Scope) -> None:
    for parameter in node.Parameters:
        walker.walk(parameter, scope)
    call = t.descend(node.PlugInCall)
    named = call.Name if t.kind(call) == "NamedFunctionCallExpression" else call
    called = t.name(t.descend(named))
    if called not in PLUGINS:
        walker.report(named, called, ReferenceKind.PLUGIN)
    for index, argument in enumerate(t.children(call)[1:]):
        if index == 0 and called in LOOKUP_PLUGINS:
            _, table = argument_value(argument, 0, {"table": True})
            walker.table(table, scope, NO_FLOW, brackets=True)
        else:
            walker.walk(argument, scope)


def _table_below(walker: Walker, node: Node, scope: Scope) -> None:
    for below in t.children(node):
        walker.table(below, scope, NO_FLOW)


def _graph_table(walker: Walker, node: Node, scope: Scope) -> None:
    walker.table(node.Table, scope, NO_FLOW, brackets=True)


def _parameter(walker: Walker, node: Node, scope: Scope) -> None:
    """The grammar takes any name here, Kusto does not."""
    name = t.text(node).partition("=")[0]
    if not is_parameter(name):
        walker.report(node, f"the parameter {name}", ReferenceKind.CONSTRUCT)


def _make_series(walker: Walker, node: Node, scope: Scope) -> None:
    for below in t.children(node):
        if t.kind(below) == "RelaxedQueryOperatorParameter":
            _series_parameter(walker, below)
        else:
            walker.walk(below, scope)


def _series_parameter(walker: Walker, node: Node) -> None:
    """The grammar takes `n = f(x)` for a parameter `n = f` and a value in brackets."""
    name, _, value = t.text(node).partition("=")
    if is_parameter(name):
        return
    if value.lower() in REACHING_FUNCTIONS:
        walker.report(node, value, ReferenceKind.REACHING)
    elif value not in FUNCTIONS:
        walker.report(node, value, ReferenceKind.FUNCTION)


def _declared(walker: Walker, node: Node, scope: Scope) -> None:
    """Names and types of columns, and literals: neither tables nor functions."""
    for parameter in node.Parameters:
        _parameter(walker, parameter, scope)


def _nothing(walker: Walker, node: Node, scope: Scope) -> None:
    """A parameter that the grammar knows by its name."""


SOURCE_OPERATORS: Mapping[str, Callable[..., None]] = {
    "FindOperator": _find,
    "SearchOperator": _search,
    "UnionOperator": _union,
}
"""Operators that read tables, at the head of a pipe or behind it."""

HANDLERS: Mapping[str, Callable[[Walker, Node, Scope], None]] = {
    "DataTableExpression": _declared,
    "EvaluateOperator": _evaluate,
    "InvokeOperator": _invoke,
    "JoinOperator": _joined,
    "ListEqualityExpression": _list,
    "LookupOperator": _joined,
    "MakeGraphTableAndKey": _graph_table,
    "MakeSeriesOperator": _make_series,
    "NamedFunctionCallExpression": _walk_call,
    "PartitionOperatorFullExpressionBody": _table_below,
    "PipeSubExpression": _subpipe,
    "RelaxedQueryOperatorParameter": _parameter,
    "StrictQueryOperatorParameter": _nothing,
    "ToScalarExpression": _table_below,
    "ToTableExpression": _table_below,
}
"""All else of which not each part is a value."""
