"""Operators that read values out of texts, arrays and property bags."""

from __future__ import annotations

import re
from collections.abc import Iterator

from soc_tui.kql.columns.made import with_made
from soc_tui.kql.columns.result_names import made_columns, path_name
from soc_tui.kql.columns.schema import Schema
from soc_tui.kql.operators.entry import Completing, Inflow, Local, Operator, Rows, Walk
from soc_tui.kql.operators.subqueries import read_subquery
from soc_tui.kql.phrases.expressions import listed, named, short, value
from soc_tui.kql.phrases.operands import plain
from soc_tui.kql.references.bindings import Scope
from soc_tui.kql.references.time_bounds import keeps_time_names
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.operator_parts import declared_columns, nodes_below, parameter_value
from soc_tui.kql.syntax.tree import NAMES, Node
from soc_tui.model.catalog import KqlType


def _read_expand(walk: Walk, node: Node, row: Schema, scope: Scope, inflow: Inflow) -> Schema:
    for number, below in enumerate(node.Expressions, 1):
        expression = below.Expression
        walk.value(expression, row, scope)
        row = with_made(row, row, expression, number)
        made = made_columns(expression, number).names
        row = row.typed({name: _element(below) for name in made if name in row.names})
        inner = t.strip(expression)
        if t.kind(inner) == "FunctionCallOrPathPathExpression" and (name := path_name(inner)):
            row = row.plus((), (name.rpartition("_")[2],))
    index = parameter_value(node, "with_itemindex")
    return row.typed({index: KqlType.LONG}) if index else row


def _element(expanded: Node) -> KqlType | None:
    """The type of what is in the rows afterwards: `to typeof(string)`, else still any."""
    if expanded.ToClause is None:
        return KqlType.DYNAMIC
    found = re.search(r"typeof\((\w+)\)", t.text(expanded.ToClause))
    return KqlType.named(found[1]) if found else None


def _read_apply(walk: Walk, node: Node, row: Schema, scope: Scope, inflow: Inflow) -> Schema:
    expanded = _read_expand(walk, node, row, scope, inflow)
    result = read_subquery(walk, node.OnExpression, expanded, scope)
    # A column that is expanded goes from the source: it is there as far as the subquery keeps it.
    columns = [t.strip(below.Expression) for below in node.Expressions]
    gone = {t.name(column) for column in columns if t.kind(column) in NAMES}
    kept = {name: kind for name, kind in row.names.items() if name not in gone}
    return Schema({**kept, **result.names}, row.also | result.also, row.open or result.open)


def _read_parse(walk: Walk, node: Node, row: Schema, scope: Scope, inflow: Inflow) -> Schema:
    walk.value(node.Expression, row, scope)
    columns = nodes_below(node.Pattern, "ParseOperatorNameAndOptionalType")
    names = [t.name(t.descend(column.Name)) for column in columns]
    # A column without a type is its name alone in the tree.
    for part in (node.Pattern, *nodes_below(node.Pattern, "ParseOperatorPatternSegment")):
        plain_parts = (t.descend(below) for below in t.children(part))
        names += [t.name(column) for column in plain_parts if t.kind(column) in NAMES]
    return row.plus(names)


def _read_parse_kv(walk: Walk, node: Node, row: Schema, scope: Scope, inflow: Inflow) -> Schema:
    walk.value(t.children(node)[0], row, scope)
    return row.plus(declared_columns(node))


def _expand(node: Node) -> str:
    columns = [_expanded(child) for child in plain(node) if not t.kind(child).endswith("Clause")]
    return f"Make one row per element of {listed(columns)}."


def _apply(node: Node) -> str:
    columns = [_expanded(child) for child in t.children(node)[:-1]]
    return f"Take the elements of {listed(columns)}, row by row, and do this with them:"


def _expanded(node: Node) -> str:
    inner = t.descend(node)
    first = t.children(inner)[0] if t.kind(inner).endswith("OperatorExpression") else inner
    name, expression = named(first)
    return f"{value(expression)} (as {name})" if name else value(expression)


def _applied(node: Node) -> Iterator[Node]:
    yield t.children(node)[-1]


def _parse(node: Node) -> str:
    return f"{_parsed(node)}; columns stay empty where the text does not match."


def _parse_where(node: Node) -> str:
    return f"{_parsed(node)}; rows that do not match are dropped."


def _parsed(node: Node) -> str:
    source = value(plain(node)[0])
    made = [short(one) for one in nodes_below(node, "ParseOperatorNameAndOptionalType")]
    _, _, pattern = short(node).partition(" with ")
    if not made:
        names = (value(one) for one in nodes_below(node, "IdentifierName"))
        made = [name for name in names if name != source]
    return f"Extract {listed(made)} from the text of {source}, which looks like {pattern}"


def _parse_kv(node: Node) -> str:
    source = value(plain(node)[0])
    return f"Extract names and values from {source}, each into a column of its name."


READING_TEXT = (
    Operator(
        rule="ParseOperator",
        words=("parse",),
        read=_read_parse,
        keeps_time=keeps_time_names,
        rows=Rows.NO_MORE,
        row_by_row=True,
        phrase=_parse,
        completing=Completing(ranks=(13,), behind=("with",)),
        local=Local.REWRITTEN,
    ),
    Operator(
        rule="ParseWhereOperator",
        words=("parse-where",),
        read=_read_parse,
        keeps_time=keeps_time_names,
        rows=Rows.NO_MORE,
        row_by_row=True,
        phrase=_parse_where,
        local=Local.REWRITTEN,
    ),
    Operator(
        rule="ParseKvOperator",
        words=("parse-kv",),
        read=_read_parse_kv,
        keeps_time=keeps_time_names,
        rows=Rows.NO_MORE,
        phrase=_parse_kv,
        local=Local.RUNS,
    ),
    Operator(
        rule="MvexpandOperator",
        words=("mv-expand", "mvexpand"),
        read=_read_expand,
        keeps_time=keeps_time_names,
        rows=Rows.PERHAPS_MORE,
        row_by_row=True,
        phrase=_expand,
        completing=Completing(ranks=(12,), old=("mvexpand",), behind=("to", "limit")),
        local=Local.REWRITTEN,
    ),
    Operator(
        rule="MvapplyOperator",
        words=("mv-apply", "mvapply"),
        read=_read_apply,
        keeps_time=keeps_time_names,
        rows=Rows.PERHAPS_MORE,
        row_by_row=True,
        phrase=_apply,
        inner=_applied,
        completing=Completing(old=("mvapply",)),
        local=Local.PARTLY,
        why_not="It runs only where its query neither joins nor unites tables.",
    ),
)
