"""KQL's parse tree to our operators, where duckdb_kql 1.1.2 has none or reads it otherwise."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from duckdb_kql import KqlUnsupportedError, ir, lower

from soc_tui.workspaces.local.dialect.functions.series import SEVERAL
from soc_tui.workspaces.local.dialect.rows_in_order import (
    Applied,
    InOrder,
    Limited,
    Partitioned,
    Sampled,
    reads_rows,
)
from soc_tui.workspaces.local.dialect.scalars import as_type
from soc_tui.workspaces.local.dialect.series import MakeSeries

Lowered = ir.Operator | list[ir.Operator] | None
_KV = "__kv"


@dataclass(frozen=True)
class Several(ir.NamedExpr):
    """`(a, b) = f(…)`: an expression with several names."""

    names: tuple[str, ...] = ()


def operator(node: Any, otherwise: Callable[[Any], Lowered]) -> Lowered:
    """An operator behind a pipe."""
    inner = node
    while lower._cls(inner) in {"PipedOperator", "AfterPipeOperator"} and lower._rule_children(inner):
        inner = lower._rule_children(inner)[0]
    inner = lower._collapse(inner)
    write = _OPERATORS.get(lower._cls(inner))
    made = write(inner) if write is not None else otherwise(inner)
    return [_whole(one) for one in made] if isinstance(made, list) else _whole(made)


def _whole(made: Any) -> Any:
    """Functions of several columns taken apart, and window functions put in order."""
    if isinstance(made, ir.Extend | ir.Project):
        made = dataclasses.replace(made, expressions=tuple(_apart(made.expressions)))
    if isinstance(made, ir.Where | ir.Extend | ir.Project) and reads_rows(made):
        return InOrder(made)
    return made


def _apart(expressions: Sequence[ir.NamedExpr]) -> list[ir.NamedExpr]:
    made: list[ir.NamedExpr] = []
    for one in expressions:
        names = one.names if isinstance(one, Several) else ()
        call = one.expr
        name = call.name.lower() if isinstance(call, ir.FunctionCall) else ""
        ends = SEVERAL.get(name)
        if ends is None and not names:
            made.append(one)
            continue
        if ends is None:
            made.extend(_item(call, at, given) for at, given in enumerate(names))
            continue
        first = call.args[0] if isinstance(call, ir.FunctionCall) and call.args else None
        series = first.name if isinstance(first, ir.ColumnRef) else ""
        base = one.name or f"{name}_{series}".rstrip("_")
        listed = names or tuple(f"{base}_{end}" for end in ends)
        made.extend(_item(call, at, given, ends[at]) for at, given in enumerate(listed))
    return made


_ARRAYS = frozenset(
    {"ad_flag", "ad_score", "baseline", "line_fit", "periods", "residual", "scores", "seasonal", "trend"}
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


def call(node: Any, otherwise: Callable[[Any], ir.Expr]) -> ir.Expr:
    """A call: of a user function with arguments by name, or of one that has another name."""
    kids = lower._rule_children(node)
    name = kids[0].getText() if kids else ""
    declared = lower._LET_FUNCTIONS_STATE.get().get(name)
    if declared is not None and any(map(_argument_name, kids[1:])):
        return lower._inline_let_function(node, declared, _in_place(node, declared, kids[1:]))
    made = otherwise(node)
    if declared is None and isinstance(made, ir.FunctionCall):
        return _renamed(made)
    return made


def _renamed(made: ir.FunctionCall) -> ir.FunctionCall:
    """`replace(regex, new, text)` is the old name of `replace_regex(text, regex, new)`."""
    if made.name.lower() == "replace" and len(made.args) == 3:
        pattern, new, text = made.args
        return ir.FunctionCall("replace_regex", (text, pattern, new))
    if made.name.lower() == "ingestion_time" and not made.args:
        return ir.FunctionCall("column_or_now", made.args)
    return made


def _argument_name(node: Any) -> str:
    inner = lower._collapse(node)
    kids = lower._rule_children(inner)
    if len(kids) == 2 and lower._cls(kids[0]) == "NamedExpressionNameClause":
        return str((lower._find_names(kids[0]) or [""])[0])
    return ""


def _in_place(node: Any, declared: Any, arguments: Sequence[Any]) -> tuple[ir.Expr, ...]:
    """The arguments in the order of the parameters, defaults where none is given."""
    names = [name for name, _ in declared.parameters]
    given: dict[str, ir.Expr] = {}
    for at, argument in enumerate(arguments):
        name = _argument_name(argument) or (names[at] if at < len(names) else "")
        if name not in names or name in given:
            raise KqlUnsupportedError(
                f"let function:{declared.name}",
                span=lower._span(node),
                hint=f"it has no parameter {name!r}" if name not in names else f"{name!r} is given twice",
            )
        given[name] = lower._lower_expr(argument)
    placed = [given.get(name, default) for name, default in declared.parameters]
    if any(one is None for one in placed):
        missing = ", ".join(name for name, default in declared.parameters if default is None and name not in given)
        raise KqlUnsupportedError(
            f"let function:{declared.name}", span=lower._span(node), hint=f"{missing} is not given"
        )
    return tuple(one for one in placed if one is not None)


def parameters(declaration: Any) -> frozenset[str]:
    """The parameters of a function that a let declares; they shadow what stands before it."""
    found = [
        lower._find_names(below)[:1]
        for kind in ("ScalarParameter", "TabularParameter")
        for parameter in lower._find_all(declaration, kind)
        for below in lower._rule_children(parameter)
        if lower._cls(below) == "ParameterName"
    ]
    return frozenset(name for names in found for name in names)


def substituted(operator_: ir.Operator, known: Any) -> ir.Operator:
    """An operator with the values that lets give its names."""
    changed = {
        one.name: _substituted(getattr(operator_, one.name), known)
        for one in dataclasses.fields(operator_)  # type: ignore[arg-type]
    }
    return dataclasses.replace(operator_, **changed)  # type: ignore[type-var]


def _substituted(value: Any, known: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_substituted(one, known) for one in value)
    if isinstance(value, ir.Operator):
        return lower._substitute_operator(value, known)
    return lower._substitute(value, known) if isinstance(value, ir.Node) else value


# -- operators -----------------------------------------------------------------------------------


def _serialize(node: Any) -> Lowered:
    expressions = tuple(lower._lower_named(one) for one in node.namedExpression())
    return ir.Extend(expressions) if expressions else []


def _take(node: Any) -> Lowered:
    count = lower._lower_expr(lower._rule_children(node)[-1])
    if isinstance(count, ir.Literal) and isinstance(count.value, int):
        return ir.Take(int(count.value))
    return Limited(count)


def _top(node: Any) -> Lowered:
    kids = [one for one in lower._rule_children(node) if "Parameter" not in lower._cls(one)]
    if len(kids) != 2:
        raise lower._unsupported(node, "top")
    count, key = lower._lower_expr(kids[0]), lower._lower_sort_key(kids[1])
    if isinstance(count, ir.Literal) and isinstance(count.value, int):
        return ir.Top(int(count.value), (key,))
    return Limited(count, (key,))


def _sub_query(node: Any) -> list[ir.Operator]:
    """The operators of a query in brackets that goes on with the rows around it."""
    inner = node
    while lower._cls(inner) != "PipeSubExpression":
        below = [one for one in lower._rule_children(inner)]
        if len(below) != 1:
            raise lower._unsupported(node)
        inner = below[0]
    nodes = lower._rule_children(inner)
    return list(lower._lower_operators(nodes))


def _mv_apply(node: Any) -> Lowered:
    expanded = [
        one
        for one in lower._rule_children(node)
        if lower._cls(one) != "ContextualSubExpression" and lower._cls(one) != "MvapplyOperatorIdClause"
    ]
    expand = lower._lower_mv_expand(node, expanded)
    operators = tuple(expand) if isinstance(expand, list) else (expand,)
    last = operators[-1]
    gone = [one.name or one.column for one in last.targets] if isinstance(last, ir.MvExpand) else []
    gone += [last.item_index] if isinstance(last, ir.MvExpand) and last.item_index else []
    return Applied(operators, tuple(_sub_query(node.OnExpression)), tuple(gone))


def _partition(node: Any) -> Lowered:
    if node.SubExpressionBody is None or node.InClause is not None:
        raise lower._unsupported(node, "partition")
    by = lower._lower_expr(node.ByExpression)
    return Partitioned(by, tuple(_sub_query(node.SubExpressionBody.SubExpression)))


def _make_series(node: Any) -> Lowered:
    aggregates, defaults = [], []
    for one in node.makeSeriesOperatorAggregation():
        kids = lower._rule_children(one)
        aggregates.append(lower._lower_named(kids[0]))
        value: ir.Expr = ir.Literal(0, "long")
        for below in kids[1:]:
            value = lower._lower_expr(lower._rule_children(below)[-1])
        defaults.append(value)
    axis = lower._lower_named(node.OnClause.Expression)
    start = stop = None
    closed = node.InRangeClause is not None
    clause = node.InRangeClause or node.FromToStepClause
    if clause.FromExpression is not None:
        start = lower._lower_expr(clause.FromExpression)
    if clause.ToExpression is not None:
        stop = lower._lower_expr(clause.ToExpression)
    step = lower._lower_expr(clause.StepExpression)
    by = tuple(
        lower._lower_named(one)
        for one in (lower._rule_children(node.ByClause) if node.ByClause is not None else ())
    )
    always = "kind=nonempty" in node.getText().replace(" ", "")
    return MakeSeries(
        tuple(aggregates), tuple(defaults), axis, start, stop, step, by, closed, always
    )


def _parse_kv(node: Any) -> Lowered:
    """The pairs as a bag, made in Python, and a column of each key."""
    options: dict[str, str] = {}
    if node.WithClause is not None:
        for below in lower._rule_children(node.WithClause):
            name, _, value = below.getText().partition("=")
            options[name.strip().lower()] = lower._string_value(value) if value[:1] in "\"'@hH" else value
    columns = [
        (lower._find_names(below)[0], below.getText().rpartition(":")[2])
        for below in lower._rule_children(node.Keys)
    ]
    text = lower._lower_expr(lower._rule_children(node)[0])
    asked = json.dumps({**options, "__keys": [name for name, _ in columns]})
    bag = ir.FunctionCall("parse_kv", (text, ir.Literal(asked, "string")))
    kept = ir.Extend((ir.NamedExpr(bag, _KV),))
    read = tuple(
        ir.NamedExpr(as_type(ir.PathAccess(ir.ColumnRef(_KV), (ir.PathStep(name=name),)), kind), name)
        for name, kind in columns
    )
    return [kept, ir.Extend(read), ir.ProjectAway((_KV,))]


def _sample(node: Any) -> Lowered:
    return Sampled(lower._lower_expr(node.Expression))


def _sample_distinct(node: Any) -> Lowered:
    return Sampled(lower._lower_expr(node.Expression), lower._lower_named(node.OfExpression))


def _top_hitters(node: Any) -> Lowered:
    by = getattr(node, "ByClause", None)
    kids = lower._rule_children(node)
    value = lower._lower_expr(lower._rule_children(by)[0]) if by is not None else None
    return Sampled(lower._lower_expr(kids[0]), lower._lower_named(kids[1]), value, hitters=True)


_OPERATORS: dict[str, Callable[[Any], Lowered]] = {
    "MakeSeriesOperator": _make_series,
    "MvapplyOperator": _mv_apply,
    "ParseKvOperator": _parse_kv,
    "PartitionOperator": _partition,
    "SampleDistinctOperator": _sample_distinct,
    "SampleOperator": _sample,
    "SerializeOperator": _serialize,
    "TakeOperator": _take,
    "TopHittersOperator": _top_hitters,
    "TopOperator": _top,
}

