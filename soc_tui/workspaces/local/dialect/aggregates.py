"""Aggregates, in SQL.

duckdb_kql 1.1.2 has none of these; its `make_list` gives a list of DuckDB, which is no dynamic.

Source: https://learn.microsoft.com/kusto/query/, the page of each aggregate: over no rows sums are
0, averages NaN, lists empty.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from duckdb_kql import ir
from duckdb_kql.translate.functions import AggregateSpec

from soc_tui.workspaces.local.dialect.values import dynamic_element, elements

_EL = dynamic_element("{0}")
_IS = "FILTER (WHERE {1})"


def _list(value: str, test: str) -> str:
    return f"to_json(coalesce(list({value}) FILTER (WHERE {test}), []))"


def _spec(
    name: str, sql: str, arities: tuple[int, ...], prefix: str | None = None
) -> AggregateSpec:
    return AggregateSpec(name, sql, arities, name_prefix=prefix)


def _flat(test: str) -> str:
    """Arrays are taken apart, as the documentation's multipolygons and charts of Plotly show."""
    return f"to_json(coalesce(flatten(list({elements('{0}')}) FILTER (WHERE {test})), []))"


_MOST_COMPARED = 4_000_000


def _set(test: str) -> str:
    """Arrays are taken apart; each value once, in the order of the rows where that is cheap."""
    flat = f"flatten(list({elements('{0}')}) FILTER (WHERE {test}))"
    placed = "lambda _v: struct_pack(p := list_position(_f.a, _v), v := _v)"
    in_order = (
        f"CASE WHEN len(_f.a) * len(_f.d) > {_MOST_COMPARED} THEN _f.d ELSE"
        f" list_transform(list_sort(list_transform(_f.d, {placed})), lambda _p: _p.v) END"
    )
    once = f"list_transform([{flat}], lambda _a: struct_pack(a := _a, d := list_distinct(_a)))"
    return f"to_json(coalesce(list_transform({once}, lambda _f: {in_order})[1], []))"


def _bag(test: str) -> str:
    """The keys of all bags; of each the first value."""
    bag = f"CAST(CASE WHEN {test} THEN {{0}} END AS MAP(VARCHAR, JSON))"
    entries = f"flatten(list(map_entries({bag})) FILTER (WHERE {test}))"
    keys = f"list_transform({entries}, lambda _k: _k.key)"
    first = f"list_filter({entries}, lambda _e, _i: _i = list_position({keys}, _e.key))"
    return f"coalesce(to_json(map_from_entries({first})), CAST('{{{{}}}}' AS JSON))"


_IS_BAG = "json_type(TRY_CAST(to_json({0}) AS JSON)) = 'OBJECT'"

# Sketches hold all values here: what is read from them is exact.
_DISTINCT = "to_json(coalesce(list(DISTINCT {{0}}) FILTER (WHERE {{0}} IS NOT NULL AND {}), []))"
_SKETCHES = "to_json(coalesce({}(flatten(list(CAST({{0}} AS JSON[])))), []))"
_THIRD = "FILTER (WHERE {2})"

# Of times and lengths of time as well; nothing but numbers has NaN.
_MEAN = (
    "coalesce(avg({{0}}){0}, CASE typeof(avg({{0}}){0}) WHEN 'DOUBLE'"
    " THEN cast_to_type('NaN', avg({{0}}){0}) END)"
)

AGGREGATES: Sequence[AggregateSpec] = (
    _spec("avg", _MEAN.format(""), (1,)),
    _spec("avgif", _MEAN.format(f" {_IS}"), (2,)),
    _spec("binary_all_and", "bit_and({0})", (1,)),
    _spec("binary_all_or", "bit_or({0})", (1,)),
    _spec("binary_all_xor", "bit_xor({0})", (1,)),
    _spec("count_distinct", "count(DISTINCT {0})", (1,)),
    _spec("count_distinctif", f"count(DISTINCT {{0}}) {_IS}", (2,)),
    _spec("covariance", "coalesce(covar_samp({0}, {1}), 0.0)", (2,)),
    _spec("covariancep", "coalesce(covar_pop({0}, {1}), 0.0)", (2,)),
    _spec("make_list", _flat("{0} IS NOT NULL"), (1, 2), "list"),
    _spec("make_list_if", _flat("{0} IS NOT NULL AND {1}"), (2, 3), "list"),
    _spec("make_list_with_nulls", f"to_json(coalesce(list({_EL}), []))", (1,), "list"),
    _spec("make_set", _set("{0} IS NOT NULL"), (1, 2), "set"),
    _spec("make_bag", _bag(_IS_BAG), (1, 2), "bag"),
    _spec("make_bag_if", _bag(f"{{1}} AND {_IS_BAG}"), (2, 3), "bag"),
    _spec("hll", _DISTINCT.format("TRUE"), (1, 2)),
    _spec("hll_if", _DISTINCT.format("{1}"), (2, 3)),
    _spec("hll_merge", _SKETCHES.format("list_distinct"), (1,)),
    _spec("tdigest", _list("{0}", "{0} IS NOT NULL"), (1,)),
    _spec("tdigest_merge", _SKETCHES.format(""), (1,)),
    _spec("merge_tdigests", _SKETCHES.format(""), (1,)),
    _spec("covarianceif", f"coalesce(covar_samp({{0}}, {{1}}) {_THIRD}, 0.0)", (3,)),
    _spec("covariancepif", f"coalesce(covar_pop({{0}}, {{1}}) {_THIRD}, 0.0)", (3,)),
    _spec("stdevpif", f"coalesce(stddev_pop({{0}}) {_IS}, 0.0)", (2,)),
    _spec("variancepif", f"coalesce(var_pop({{0}}) {_IS}, 0.0)", (2,)),
    _spec("maxif", f"max({{0}}) {_IS}", (2,)),
    _spec("minif", f"min({{0}}) {_IS}", (2,)),
    _spec("stdevp", "coalesce(stddev_pop({0}), 0.0)", (1,)),
    _spec("take_anyif", f"any_value({{0}}) {_IS}", (2,)),
    _spec("anyif", f"any_value({{0}}) {_IS}", (2,)),
    _spec("variancep", "coalesce(var_pop({0}), 0.0)", (1,)),
)


def several(op: ir.Summarize, columns: Sequence[str] | None) -> ir.Summarize:
    """Aggregates of several columns, one by one.

    They are `percentiles(x, 5, 95)`, `take_any(a, b)` and `take_any(*)`.
    """
    made = tuple(one for aggregate in op.aggregates for one in _apart(aggregate, op, columns))
    return op if made == op.aggregates else dataclasses.replace(op, aggregates=made)


def _apart(
    named: ir.NamedExpr, op: ir.Summarize, columns: Sequence[str] | None
) -> Iterator[ir.NamedExpr]:
    call = named.expr
    name = call.name.lower() if isinstance(call, ir.FunctionCall) else ""
    given: tuple[str, ...] = getattr(named, "names", ())
    if isinstance(call, ir.FunctionCall) and name == "percentiles" and len(call.args) > 1:
        value, *shares = call.args
        base = value.name if isinstance(value, ir.ColumnRef) else ""
        for at, share in enumerate(shares):
            number = getattr(share, "value", at)
            column = (
                given[at] if at < len(given) else f"percentile_{base}_{number}".replace("__", "_")
            )
            yield ir.NamedExpr(ir.FunctionCall("percentile", (value, share)), column)
        return
    if isinstance(call, ir.FunctionCall) and name in {"take_any", "any"} and call.args:
        keys = {one.expr.name for one in op.by if isinstance(one.expr, ir.ColumnRef)}
        if any(isinstance(one, ir.Wildcard) for one in call.args) and columns is not None:
            for column in columns:
                if column not in keys:
                    yield ir.NamedExpr(ir.FunctionCall("take_any", (ir.ColumnRef(column),)), None)
            return
        if len(call.args) > 1:
            for at, one in enumerate(call.args):
                column_ = given[at] if at < len(given) else getattr(one, "name", None)
                yield ir.NamedExpr(ir.FunctionCall("take_any", (one,)), column_)
            return
    if isinstance(call, ir.FunctionCall) and name in {"arg_max", "arg_min"} and columns is not None:
        call = _all_named(call, op, columns)
        if len(call.args) == 1:  # the star stood for no further column
            call = ir.FunctionCall(name.removeprefix("arg_"), call.args)
            named = dataclasses.replace(
                named, name=named.name or getattr(call.args[0], "name", None)
            )
        yield dataclasses.replace(named, expr=call)
        return
    if isinstance(call, ir.FunctionCall) and name.startswith("covariance") and not named.name:
        both = [getattr(one, "name", "") for one in call.args[:2]]
        yield ir.NamedExpr(call, "_".join([name, *both]))
        return
    yield named


def _all_named(call: ir.FunctionCall, op: ir.Summarize, columns: Sequence[str]) -> ir.FunctionCall:
    """`arg_max(a, *)` with each column in place of the star: keys that are computed stay in it."""
    there = {
        one.name
        for one in (*call.args[:1], *(key.expr for key in op.by))
        if isinstance(one, ir.ColumnRef)
    }
    every = [
        ir.ColumnRef(name) for name in columns if name not in there and not name.startswith("__arg")
    ]
    arguments: list[ir.Expr] = []
    for one in call.args:
        arguments += every if isinstance(one, ir.Wildcard) else [one]
    return dataclasses.replace(call, args=tuple(arguments))
