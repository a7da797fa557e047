"""Where our operators and functions go into duckdb_kql.

It has no door for them, so its own tables and a few of its functions are replaced, once, before
the first query is translated. Written for version 1.1.2 (`pyproject.toml` keeps to 1.1); the tests
of this room fail when a seam has moved. What a later version has by itself, goes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from types import ModuleType
from typing import Any

from duckdb_kql import ir, lower, schema, translate
from duckdb_kql.translate import regexfrag
from duckdb_kql.translate.functions import AGGREGATE_FUNCTIONS, SCALAR_FUNCTIONS, FunctionSpec

from soc_tui.workspaces.local.dialect import (
    aggregates,
    arrays_behind_in,
    calls,
    lowering,
    scalars,
    several_columns,
    values,
)
from soc_tui.workspaces.local.dialect.functions.registry import PYTHON, writer
from soc_tui.workspaces.local.dialect.local_operator import LocalOperator
from soc_tui.workspaces.local.dialect.rows_in_order import InOrder, reads_rows

_DATES = (
    "%a, %d %b %y %H:%M:%S GMT",
    "%a, %d %b %y %H:%M:%S",
    "%a, %d %b %y %H:%M GMT",
    "%d %b %y %H:%M:%S",
    "%d %b %y",
    "%a, %d %b %Y %H:%M:%S",
    "%d %b %Y %H:%M:%S",
    "%A, %d-%b-%y %H:%M:%S GMT",
    "%A, %d-%b-%y %H:%M:%S",
    "%a %b %d %H:%M:%S %Y",
    "%m/%d/%y",
    "%m/%d/%y %H:%M:%S",
    "%m/%d/%y %I:%M:%S %p",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %I:%M %p",
    "%Y-%m-%d %I:%M:%S %p",
    "%Y-%m-%d %I:%M %p",
)
"""Dates of RFC 822, 850 and 1123, of the US, with AM or PM; two digits of a year before four, which
would take them too."""


_SAME_OPERATORS = {
    "notcontains": "!contains",
    "notcontains_cs": "!contains_cs",
    "nothas": "!has",
    "nothas_cs": "!has_cs",
    "notstartswith": "!startswith",
    "notendswith": "!endswith",
}


def install() -> None:
    """Put our parts in; a second time does nothing."""
    if getattr(translate, "_soc_tui", False):
        return
    translate._soc_tui = True  # type: ignore[attr-defined]
    _functions()
    _operators()
    _texts()


def _put(module: ModuleType, name: str, ours: Callable[..., object]) -> None:
    """Ours in place of a function that must be there."""
    if not callable(getattr(module, name)):
        raise TypeError(f"{module.__name__}.{name}")
    setattr(module, name, ours)


def _functions() -> None:
    for name, (template, arities) in scalars.TEMPLATES.items():
        SCALAR_FUNCTIONS[name] = FunctionSpec(name, "template", template, arities)
    for name in {*PYTHON, *scalars.SPECIAL, *translate._SPECIAL_FORMS}:
        known = SCALAR_FUNCTIONS.get(name)
        SCALAR_FUNCTIONS[name] = known or FunctionSpec(name, "template", "")
    translate._SPECIAL_FORMS.update({name: writer(name) for name in PYTHON})
    translate._SPECIAL_FORMS.update(scalars.SPECIAL)
    for aggregate in aggregates.AGGREGATES:
        AGGREGATE_FUNCTIONS[aggregate.name] = aggregate
    dates = SCALAR_FUNCTIONS["todatetime"]
    more = ", ".join(f"'{one}'" for one in _DATES)
    form = "^[A-Za-z]+, ?[0-9]{{1,2}}[ -][A-Za-z]{{3}}[ -][0-9]{{2}} "
    of_the_us = "^[0-9]{{1,2}}/[0-9]{{1,2}}/[0-9]{{2}}( |$)"
    two_digits = f"regexp_matches(CAST({{0}} AS VARCHAR), '{form}|{of_the_us}')"
    whole = (
        f"CASE WHEN {two_digits} THEN try_strptime(CAST({{0}} AS VARCHAR), [{more}])"
        f" ELSE {dates.template.replace('[', f'[{more}, ', 1)} END"
    )
    SCALAR_FUNCTIONS["todatetime"] = dataclasses.replace(dates, template=whole)


def _operators() -> None:
    lower_operator, lower_named = lower._lower_operator, lower._lower_named
    lower_call, declare = lower._lower_function_call, lower._declare_let_function
    substitute, whole = lower._substitute_operator, lower._lower
    render, columns_of = translate.render_operator, schema._operator_columns_unchecked

    def lowered(node: Any) -> Any:
        return lowering.operator(node, lower_operator)

    def named(node: Any) -> ir.NamedExpr:
        return several_columns.named(node, lower_named)

    def call(node: Any) -> ir.Expr:
        return calls.call(node, lower_call)

    def declared(node: Any, known: Any) -> None:
        names = calls.parameters(node)
        declare(node, {name: value for name, value in known.items() if name not in names})

    def substituted(operator: ir.Operator, known: Any) -> ir.Operator:
        ours = isinstance(operator, LocalOperator | ir.Parse | ir.MvExpand | ir.Top)
        return calls.substituted(operator, known) if ours else substitute(operator, known)

    def rendered(operator: ir.Operator, source: str, columns: Any = None) -> str:
        if columns is not None:
            operator = lowering.with_columns(operator, columns)
        if isinstance(operator, LocalOperator):
            return operator.sql(source, columns)
        plain = isinstance(operator, ir.Where | ir.Extend | ir.Project)
        if plain and columns is not None and reads_rows(operator):
            return InOrder(operator).sql(source, columns)
        sql = render(operator, source, columns)
        if isinstance(operator, ir.MvExpand) and any(one.to_type for one in operator.targets):
            return values.never_null(sql)
        return sql

    def columns(operator: ir.Operator, known: Any, tables: Any) -> list[str]:
        if isinstance(operator, LocalOperator):
            return operator.columns(known, tables)
        if isinstance(operator, ir.Summarize):
            operator = aggregates.several(operator, known)
        return columns_of(operator, known, tables)

    def query(*arguments: Any, **named_: Any) -> ir.Query:
        return arrays_behind_in.arrays_taken_apart(
            several_columns.several_printed(whole(*arguments, **named_))
        )

    parts = lower._datetime_parts_to_iso
    _put(lower, "_datetime_parts_to_iso", lambda text: parts(values.datetime_literal(text)))
    _put(lower, "_lower", query)
    promote = translate._promote_fuzzy_source

    def promoted(fuzzy: ir.Query, tables: Any) -> ir.Query:
        return promote(lowering.without_missing_source(fuzzy, tables), tables)

    _put(translate, "_promote_fuzzy_source", promoted)
    lower._BINARY_TEXT_OPS |= _SAME_OPERATORS.keys()
    _put(lower, "_lower_operator", lowered)
    _put(lower, "_lower_named", named)
    _put(lower, "_lower_function_call", call)
    _put(lower, "_declare_let_function", declared)
    _put(lower, "_substitute_operator", substituted)
    _put(translate, "render_operator", rendered)
    _put(schema, "_operator_columns_unchecked", columns)


def _texts() -> None:
    for name in ("render_join", "render_lookup", "render_union"):
        _put(translate, name, _filled(getattr(translate, name)))
    summarize, expression = translate.render_summarize, translate.render_expr
    in_list, between = translate.render_in_list, translate.render_between
    has_list = translate.render_has_list
    whole_path, named_groups = translate.render_path, regexfrag.to_re2_named_groups

    def summarized(op: ir.Summarize, source: str, columns: Any = None) -> str:
        return values.never_null(summarize(aggregates.several(op, columns), source, columns))

    def expressed(node: ir.Expr) -> str:
        if isinstance(node, ir.BinaryOp) and node.op in _SAME_OPERATORS:
            node = dataclasses.replace(node, op=_SAME_OPERATORS[node.op])
        if isinstance(node, ir.BinaryOp) and node.op in {"==", "!=", "<>"}:
            return values.equal(node, node.op != "==") or expression(node)
        if isinstance(node, ir.BinaryOp) and (span := values.part_of_span(node)):
            return span
        if isinstance(node, ir.FunctionCall):
            node = values.of_one_type(node)
            return values.of_arrays(node, expression(node))
        return expression(node)

    def listed(node: ir.InList) -> str:
        return values.in_numbers(node) or values.in_array(node) or in_list(node)

    def terms(node: ir.HasList) -> str:
        return values.has_of_array(node) or has_list(node)

    def path(node: ir.PathAccess) -> str:
        plain = [translate._static_path((one,)) for one in node.steps]
        if None not in plain:
            return whole_path(node)
        sql = translate.render_expr(node.base)
        for one, known in zip(node.steps, plain, strict=True):
            if known is not None:
                sql = f"json_extract({sql}, {translate.quote_string(known)})"
            elif one.index is not None:
                sql = values.step_of(sql, translate.render_expr(one.index))
        return sql

    def regex(pattern: str) -> str:
        return values.re2_classes(values.re2_escapes(named_groups(pattern)))

    def ranged(node: ir.Between) -> str:
        return between(values.until(node))

    lift, aggregate = translate._lift_aggregates, translate.render_aggregate

    def lifted(expr: ir.Expr, *, depth: int = 0) -> tuple[ir.Expr, int]:
        if isinstance(expr, ir.PathAccess):
            base, found = translate._lift_aggregates(expr.base, depth=depth)
            return dataclasses.replace(expr, base=base), found
        if isinstance(expr, ir.InList):
            value, found = translate._lift_aggregates(expr.value, depth=depth)
            return dataclasses.replace(expr, value=value), found
        return lift(expr, depth=depth)

    def aggregated(named: ir.NamedExpr) -> str:
        expr, found = named.expr, 0
        if isinstance(expr, ir.PathAccess | ir.InList | ir.Between):
            expr, found = lifted(expr)
        return translate.render_expr(expr) if found else aggregate(named)

    is_span = translate._is_timespan_expr

    def spans(node: ir.Expr) -> bool:
        return is_span(node) or values.is_span(node)

    _put(translate, "_is_timespan_expr", spans)
    _put(translate, "_lift_aggregates", lifted)
    _put(translate, "render_aggregate", aggregated)
    _put(translate, "render_path", path)
    _put(translate, "to_re2_named_groups", regex)
    _put(translate, "render_in_list", listed)
    _put(translate, "render_has_list", terms)
    _put(translate, "render_range", scalars.ranged(translate.render_range))
    _put(translate, "render_between", ranged)
    _put(translate, "render_summarize", summarized)
    _put(translate, "render_expr", expressed)
    _put(translate, "_unwrap_json_scalar", values.text_of_dynamic)


def _filled(render: Callable[..., str]) -> Callable[..., str]:
    def filled(*arguments: Any) -> str:
        return values.never_null(render(*arguments))

    return filled
