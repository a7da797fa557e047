"""Operators on the answer as a whole: what it is called, drawn as, or described by."""

from __future__ import annotations

from soc_tui.kql.columns.schema import Schema
from soc_tui.kql.operators.entry import (
    Completing,
    Handler,
    Inflow,
    Local,
    Operator,
    Rows,
    Walk,
    Written,
    always,
    any_names,
    never,
    unexplained,
)
from soc_tui.kql.phrases.expressions import short
from soc_tui.kql.references.bindings import Scope
from soc_tui.kql.references.time_bounds import keeps_time_names
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.tree import Node


def _fixed_columns(*names: str) -> Handler:
    def read(walk: Walk, node: Node, row: Schema, scope: Scope, inflow: Inflow) -> Schema:
        walk.values(t.children(node), row, scope)
        return Schema(dict.fromkeys(names))

    return read


def _as(node: Node) -> str:
    return f"Name these rows {t.name(t.descend(node.Name))}, for use below."


def _render(node: Node) -> str:
    words = short(node).split(" ")
    return f"Draw the result as {words[1] if len(words) > 1 else 'a chart'}; rows do not change."


def _get_schema(_: Node) -> str:
    return "Return the columns and their types instead of the rows."


def _consume(_: Node) -> str:
    return "Read all rows and return none."


_CHARTS = (
    "timechart",
    "barchart",
    "columnchart",
    "piechart",
    "linechart",
    "areachart",
    "table",
)

ANSWERS = (
    Operator(
        rule="AsOperator",
        words=("as",),
        read=any_names,
        keeps_time=never,
        rows=Rows.NO_MORE,
        phrase=_as,
        local=Local.PARTLY,
        why_not="It names rows only where they are a whole statement so far.",
    ),
    Operator(
        rule="RenderOperator",
        words=("render",),
        read=any_names,
        keeps_time=keeps_time_names,
        rows=Rows.DRAWN,
        phrase=_render,
        completing=Completing(ranks=(18,), arguments=_CHARTS),
        local=Local.RUNS,
    ),
    Operator(
        rule="GetSchemaOperator",
        words=("getschema",),
        read=_fixed_columns("ColumnName", "ColumnOrdinal", "DataType", "ColumnType"),
        keeps_time=never,
        rows=Rows.PERHAPS_MORE,
        few=always,
        phrase=_get_schema,
        local=Local.RUNS,
    ),
    Operator(
        rule="ConsumeOperator",
        words=("consume",),
        read=any_names,
        keeps_time=never,
        rows=Rows.PERHAPS_MORE,
        few=always,
        phrase=_consume,
        local=Local.NOT,
        why_not="There is no answer to show.",
    ),
    Operator(
        rule="AssertSchemaOperator",
        words=("assert-schema",),
        written=Written.INTERNAL,
        read=any_names,
        keeps_time=keeps_time_names,
        rows=Rows.NO_MORE,
        phrase=unexplained,
        local=Local.NOT,
        why_not="It is undocumented.",
    ),
)
