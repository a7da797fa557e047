"""What names tables, and which columns come of them: join, union, search, find, print and the like.

Source: https://learn.microsoft.com/kusto/query/, the page of each operator.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from soc_tui.kql.columns.column_nodes import (
    declared_columns,
    expressions_of,
    nodes_below,
    parameter_value,
    with_made,
)
from soc_tui.kql.columns.schema import EMPTY, OPEN, Schema, joined, united
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.tree import NAMES, Node
from soc_tui.model.catalog import KqlType

if TYPE_CHECKING:
    from soc_tui.kql.columns.columns import Checker, Scope

Handler = Callable[["Checker", Node, Schema, "Scope"], Schema]
"""Checks what an operator names; the columns behind it from those before it."""


def check_join(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    """The columns of a join or lookup."""
    right = checker.table(node.Table, scope)
    keys = _keys(checker, node, row, right, scope)
    kind = parameter_value(node, "kind")
    if t.kind(node) == "LookupOperator":
        return joined(row, right, keys)
    if kind in {"leftsemi", "leftanti", "leftantisemi", "anti"}:
        return row
    if kind in {"rightsemi", "rightanti", "rightantisemi"}:
        return right
    return joined(row, right)


def _keys(checker: Checker, node: Node, left: Schema, right: Schema, scope: Scope) -> list[str]:
    """Check what stands behind `on`; the right side's columns there."""
    keys = []
    clause = node.OnClause
    for expression in expressions_of(clause) if clause is not None else ():
        named = t.strip(expression)
        if t.kind(named) in NAMES:
            checker.name(named, left, scope)
            checker.name(named, right, scope)
            keys.append(t.name(named))
            continue
        for path in nodes_below(named, "FunctionCallOrPathPathExpression"):
            root, *steps = t.children(path)
            side, step = t.text(root), t.descend(steps[0]) if steps else root
            if side in {"$left", "$right"} and t.kind(step) == "FunctionCallOrPathPathOperation":
                column = t.descend(step.Name)
                checker.name(column, left if side == "$left" else right, {})
                keys.extend([t.name(column)] if side == "$right" else [])
    return keys


def check_union(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    """The columns of a union."""
    schemas = [row] if row is not EMPTY else []
    for below in t.children(node):
        if t.kind(below) == "UnionOperatorExpression":
            schemas.append(checker.table(below, scope))
    found = united(schemas, inner=parameter_value(node, "kind") == "inner")
    source = parameter_value(node, "withsource") or parameter_value(node, "with_source")
    return found.typed({source: KqlType.STRING}) if source else found


def check_search(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    """The columns of a search."""
    clause = t.child(node, "SearchOperatorInClause")
    found = _sources(checker, clause, scope) if clause is not None else (row or OPEN)
    if clause is None and row is EMPTY:
        found = OPEN
    checker.scalars((one for one in t.children(node) if one is not clause), found, scope)
    return found.typed({"$table": KqlType.STRING})


def check_find(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    """The columns of a find."""
    clause = node.ParameterWhereClause
    sources = clause.InClause if clause is not None else None
    found = _sources(checker, sources, scope) if sources is not None else OPEN
    checker.scalar(node.Expression, found, scope)
    source = parameter_value(clause, "withsource") if clause is not None else ""
    named = {source or "source_": KqlType.STRING, "pack_": KqlType.DYNAMIC}
    if node.ProjectClause is None:
        return found.typed(named)
    columns = [
        t.descend(below.Name)
        for kind in ("FindOperatorColumnExpression", "FindOperatorProjectExpression")
        for below in nodes_below(node.ProjectClause, kind)
        if getattr(below, "Name", None) is not None
    ]
    plain = [t.descend(below) for below in t.children(node.ProjectClause)]
    columns += [column for column in plain if t.kind(column) in NAMES]
    for column in columns:
        checker.name(column, found, scope)
    return Schema({**named, **{t.name(column): None for column in columns}})


def _sources(checker: Checker, clause: Node, scope: Scope) -> Schema:
    schemas = []
    for source in t.children(clause):
        entity = t.descend(source)
        if t.kind(entity) == "FindOperatorSourceEntityExpression":
            entity = entity.Entity
        schemas.append(checker.table(entity, scope))
    return united(schemas)


def check_evaluate(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    """The columns that a plugin gives."""
    call = t.descend(node.PlugInCall)
    called, *arguments = t.children(call) or [call]
    plugin = t.name(t.descend(called))
    lookup = EMPTY
    if plugin in {"ipv4_lookup", "ipv6_lookup"} and arguments:
        lookup = checker.table(arguments[0], scope)
        checker.scalars(arguments[1:2], row, scope)
        checker.scalars(arguments[2:], joined(row, lookup), scope)
    elif row is not EMPTY:
        checker.scalars(arguments, row, scope)
    if node.SchemaClause is not None:
        return row.plus(declared_columns(node.SchemaClause))
    if plugin == "narrow":
        return Schema(dict.fromkeys(("Row", "Column", "Value")))
    if lookup is not EMPTY:
        return joined(row, lookup)
    return row.opened()


def _print(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    found = EMPTY
    for number, expression in enumerate(expressions_of(node)):
        checker.scalar(expression, found, scope)
        found = with_made(found, EMPTY, expression, number, "print_")
    return found


def _range(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    named, *bounds = t.children(node)
    checker.scalars(bounds, EMPTY, scope)
    return EMPTY.plus([t.name(t.descend(named))])


def _declared(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    return EMPTY.plus(declared_columns(node))


def _to_table(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    return checker.table(t.children(node)[-1], scope)


SOURCES: Mapping[str, Handler] = {
    "DataTableExpression": _declared,
    "EvaluateOperator": check_evaluate,
    "ExternalDataExpression": _declared,
    "FindOperator": check_find,
    "PrintOperator": _print,
    "RangeExpression": _range,
    "SearchOperator": check_search,
    "ToTableExpression": _to_table,
    "UnionOperator": check_union,
}
"""What starts a pipe, besides a name and a call."""
