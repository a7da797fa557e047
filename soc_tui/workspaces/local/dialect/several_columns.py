"""Expressions that give several columns: `(a, b) = f(…)`, and functions that do by themselves."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from duckdb_kql import ir, lower

from soc_tui.workspaces.local.dialect.functions.series import SEVERAL


@dataclass(frozen=True)
class Several(ir.NamedExpr):
    """`(a, b) = f(…)`: an expression with several names."""

    names: tuple[str, ...] = ()


def apart(expressions: Sequence[ir.NamedExpr]) -> list[ir.NamedExpr]:
    """Each column by itself."""
    made: list[ir.NamedExpr] = []
    for one in expressions:
        names = one.names if isinstance(one, Several) else ()
        call = one.expr
        name = call.name.lower() if isinstance(call, ir.FunctionCall) else ""
        ends = SEVERAL.get(name)
        if isinstance(call, ir.FunctionCall) and name in _SORTING and not names:
            names = _sorted_names(call, one.name)
        if ends is None and not names:
            made.append(one)
            continue
        if ends is None:
            made.extend(_item(call, at, given) for at, given in enumerate(names))
            continue
        first = call.args[0] if isinstance(call, ir.FunctionCall) and call.args else None
        series = first.name if isinstance(first, ir.ColumnRef) else ""
        base = f"{name}_{series}".rstrip("_")
        given = names or ((one.name,) if one.name else ())
        listed = given or tuple(f"{base}_{end}" for end in ends)
        made.extend(_item(call, at, given, ends[at]) for at, given in enumerate(listed))
    return made


_SORTING = frozenset({"array_sort_asc", "array_sort_desc"})


def _sorted_names(call: ir.FunctionCall, given: str | None) -> tuple[str, ...]:
    """The columns of several arrays that are sorted together; of one there is one."""
    arrays = [one for one in call.args if not (isinstance(one, ir.Literal) and one.kind == "bool")]
    if len(arrays) < 2:
        return ()
    if given:
        return (given,)
    return tuple(f"{getattr(one, 'name', f'array{at}')}_sorted" for at, one in enumerate(arrays))


_ARRAYS = frozenset(
    {
        "ad_flag",
        "ad_score",
        "baseline",
        "line_fit",
        "periods",
        "residual",
        "scores",
        "seasonal",
        "trend",
    }
)


def _item(call: ir.Expr, at: int, name: str, end: str = "") -> ir.NamedExpr:
    step = ir.PathStep(index=ir.Literal(at, "long"))
    item: ir.Expr = ir.PathAccess(call, (step,))
    if end and end not in _ARRAYS:
        item = ir.FunctionCall("tolong" if end.endswith("_idx") else "toreal", (item,))
    return ir.NamedExpr(item, name)


def named(node: Any, otherwise: Callable[[Any], ir.NamedExpr]) -> ir.NamedExpr:
    """`a = …`, or `(a, b) = …`."""
    inner = lower._collapse(node)
    kids = lower._rule_children(inner)
    if len(kids) == 2 and lower._cls(kids[0]) == "NamedExpressionNameClause":
        names = lower._find_names(kids[0])
        if len(names) > 1 or kids[0].getText().startswith("("):
            return Several(lower._lower_expr(kids[1]), names[0], tuple(names))
    return otherwise(node)


def several_printed(query: ir.Query) -> ir.Query:
    """`print f(a)` where f gives several columns."""
    source = query.source
    if not isinstance(source, ir.PrintSource):
        return query
    expressions = tuple(apart(source.expressions))
    return dataclasses.replace(query, source=dataclasses.replace(source, expressions=expressions))
