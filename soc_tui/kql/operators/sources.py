"""What a query can begin with in place of a table: print, range, and tables that it writes out."""

from __future__ import annotations

from soc_tui.kql.columns.made import with_made
from soc_tui.kql.columns.schema import EMPTY, Schema
from soc_tui.kql.operators.entry import (
    Completing,
    Inflow,
    Local,
    Operator,
    Rows,
    Walk,
    Written,
    never,
)
from soc_tui.kql.phrases.expressions import short, value
from soc_tui.kql.phrases.operands import columns_text, computed_text, is_or_are
from soc_tui.kql.references.bindings import Scope
from soc_tui.kql.references.types import ReferenceKind
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.operator_parts import declared_columns, expressions_of, nodes_below
from soc_tui.kql.syntax.tree import Node
from soc_tui.model.wording import number_of


def _read_print(walk: Walk, node: Node, row: Schema, scope: Scope, inflow: Inflow) -> Schema:
    found = EMPTY
    for number, expression in enumerate(expressions_of(node)):
        walk.value(expression, found, scope)
        found = with_made(found, EMPTY, expression, number, "print_")
    return found


def _read_range(walk: Walk, node: Node, row: Schema, scope: Scope, inflow: Inflow) -> Schema:
    named, *bounds = t.children(node)
    walk.values(bounds, EMPTY, scope)
    return EMPTY.plus([t.name(t.descend(named))])


def _read_datatable(walk: Walk, node: Node, row: Schema, scope: Scope, inflow: Inflow) -> Schema:
    # All but its parameters are names and types of columns, and literals.
    walk.values(node.Parameters, EMPTY, scope)
    walk.done(node)
    return EMPTY.plus(declared_columns(node))


def _read_external(walk: Walk, node: Node, row: Schema, scope: Scope, inflow: Inflow) -> Schema:
    walk.report(node, "externaldata", ReferenceKind.CONSTRUCT)
    walk.done(node)
    return EMPTY.plus(declared_columns(node))


def _read_to_table(walk: Walk, node: Node, row: Schema, scope: Scope, inflow: Inflow) -> Schema:
    return walk.table(t.children(node)[-1], scope)


def _print(node: Node) -> str:
    return f"Give one row: {computed_text(t.children(node))}."


def _range(node: Node) -> str:
    name, low, high, step = (value(child) for child in t.children(node)[:4])
    return f"Give one column, {name}, from {low} to {high} in steps of {step}."


def _datatable(node: Node) -> str:
    columns = [short(one) for one in nodes_below(node, "RowSchemaColumnDeclaration")]
    cells = len(t.children(node)) - 1
    count = cells // len(columns) if columns else 0
    rows = f"{number_of(count, 'row')} that {is_or_are(count)} written here"
    return f"Give {rows}, with {columns_text(columns)}."


def _to_table(node: Node) -> str:
    return f"Take the rows of ({short(t.children(node)[-1])})."


def _external(_: Node) -> str:
    return "Read a file from outside the workspace."


SOURCES = (
    Operator(
        rule="PrintOperator",
        words=("print",),
        read=_read_print,
        source=True,
        keeps_time=never,
        rows=Rows.PERHAPS_MORE,
        phrase=_print,
        completing=Completing(begins=4),
        local=Local.RUNS,
    ),
    Operator(
        rule="RangeExpression",
        words=("range",),
        read=_read_range,
        source=True,
        keeps_time=never,
        rows=Rows.PERHAPS_MORE,
        phrase=_range,
        completing=Completing(begins=5),
        local=Local.RUNS,
    ),
    Operator(
        rule="DataTableExpression",
        words=("datatable",),
        written=Written.CALL,
        read=_read_datatable,
        source=True,
        keeps_time=never,
        rows=Rows.PERHAPS_MORE,
        phrase=_datatable,
        completing=Completing(begins=6),
        local=Local.RUNS,
    ),
    Operator(
        rule="ToTableExpression",
        words=("totable",),
        written=Written.CALL,
        read=_read_to_table,
        source=True,
        keeps_time=never,
        rows=Rows.PERHAPS_MORE,
        phrase=_to_table,
        local=Local.NOT,
        why_not="A table is named by itself here.",
    ),
    Operator(
        rule="ExternalDataExpression",
        words=("externaldata",),
        refused="It reads data from outside the workspace.",
        read=_read_external,
        source=True,
        keeps_time=never,
        rows=Rows.PERHAPS_MORE,
        phrase=_external,
        completing=Completing(old=("externaldata",)),
        local=Local.NOT,
        why_not="Nothing outside the workspace is read.",
    ),
)
