"""KQL's parse tree to our operators, where duckdb_kql 1.1.2 has none or reads it otherwise."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb_kql
from duckdb_kql import KqlUnsupportedError, ir, lower, translate
from duckdb_kql.translate import naming

from soc_tui.model.time_columns import TIME_COLUMNS
from soc_tui.workspaces.local.dialect import scan, top_nested
from soc_tui.workspaces.local.dialect.functions.series import SEVERAL
from soc_tui.workspaces.local.dialect.rows_in_order import (
    Applied,
    InOrder,
    Limited,
    Partitioned,
    Reordered,
    Sampled,
    reads_rows,
)
from soc_tui.workspaces.local.dialect.scalars import as_type
from soc_tui.workspaces.local.dialect.series import MakeSeries

Lowered = ir.Operator | list[ir.Operator] | None
_KV = "__kv"
COMPUTED = "__arg"
"""Begins the name of a column that arg_max or arg_min takes a computed value from."""


@dataclass(frozen=True)
class Several(ir.NamedExpr):
    """`(a, b) = f(…)`: an expression with several names."""

    names: tuple[str, ...] = ()


def operator(node: Any, otherwise: Callable[[Any], Lowered]) -> Lowered:
    """An operator behind a pipe."""
    inner = node
    while lower._cls(inner) in {"PipedOperator", "AfterPipeOperator"} and lower._rule_children(
        inner
    ):
        inner = lower._rule_children(inner)[0]
    inner = lower._collapse(inner)
    write = _OPERATORS.get(lower._cls(inner))
    made = write(inner) if write is not None else otherwise(inner)
    if isinstance(made, ir.Parse):
        made = _plainly_named(made)
    if isinstance(made, ir.MvExpand):
        made = _expanded_by_name(made)
    if isinstance(made, ir.Summarize):
        made = _extremes_of_columns(made)
    return [_whole(one) for one in made] if isinstance(made, list) else _whole(made)


def _whole(made: Any) -> Any:
    """Functions of several columns taken apart, and window functions put in order."""
    if isinstance(made, ir.Extend | ir.Project):
        made = dataclasses.replace(made, expressions=tuple(_apart(made.expressions)))
    if isinstance(made, ir.Where | ir.Extend | ir.Project) and reads_rows(made):
        return InOrder(made)
    return made


_EXTREMES = {"arg_max": "max", "arg_min": "min"}


def _extremes_of_columns(made: ir.Summarize) -> list[ir.Operator]:
    """`arg_max(a + 1, f(b))`: what is computed is a column before."""
    extended: list[ir.NamedExpr] = []
    renames: dict[str, str] = {}
    aggregates: list[ir.NamedExpr] = []
    for one in made.aggregates:
        call = one.expr
        extreme = _EXTREMES.get(call.name.lower()) if isinstance(call, ir.FunctionCall) else None
        if extreme is None or not isinstance(call, ir.FunctionCall):
            aggregates.append(one)
            continue
        arguments: list[ir.Expr] = []
        for at, argument in enumerate(call.args):
            if isinstance(argument, ir.ColumnRef | ir.Wildcard):
                arguments.append(argument)
                continue
            name = f"{COMPUTED}{len(extended)}"
            extended.append(ir.NamedExpr(argument, name))
            arguments.append(ir.ColumnRef(name))
            if at:
                of = getattr(call.args[0], "name", "")
                renames[name] = _result_name(argument, f"{extreme}_{of}_arg{at}", renames)
        first = one.name or (None if arguments[0] in call.args[:1] else f"{extreme}_")
        call = dataclasses.replace(call, args=tuple(arguments))
        aggregates.append(dataclasses.replace(one, expr=call, name=first))
    if not extended:
        return [made]
    if renames and any(_has_star(one.expr) for one in aggregates):
        raise KqlUnsupportedError("aggregate:arg_max", hint="write the columns instead of *")
    summarize = dataclasses.replace(made, aggregates=tuple(aggregates))
    operators: list[ir.Operator] = [ir.Extend(tuple(extended)), summarize]
    return [*operators, ir.ProjectRename(tuple(renames.items()))] if renames else operators


def _has_star(node: ir.Expr) -> bool:
    return isinstance(node, ir.FunctionCall) and any(
        isinstance(one, ir.Wildcard) for one in node.args
    )


def _result_name(node: ir.Expr, otherwise: str, taken: dict[str, str]) -> str:
    name = naming.distinct_names((ir.NamedExpr(node, None),))[0]
    name = otherwise if name.startswith("Column") else name
    number = sum(one.rstrip("0123456789") == name for one in taken.values())
    return f"{name}{number or ''}"


def _expanded_by_name(made: Any) -> list[ir.Operator]:
    """`mv-expand a = b` as `extend a = b | mv-expand a`: b may be the name of a let."""
    given = [one for one in made.targets if one.name and one.name != one.column]
    if not given:
        return [made]
    extend = ir.Extend(tuple(ir.NamedExpr(ir.ColumnRef(one.column), one.name) for one in given))
    targets = tuple(
        ir.MvExpandTarget(one.name or one.column, None, one.to_type) for one in made.targets
    )
    return [extend, dataclasses.replace(made, targets=targets)]


def _plainly_named(made: ir.Parse) -> list[ir.Operator]:
    """A `parse` into columns whose names are no identifiers: the pattern's groups need such."""
    renames, segments = [], []
    for at, segment in enumerate(made.segments):
        name = segment.name
        if name and not name.isidentifier():
            renames.append((f"__parsed{at}", name))
            name = f"__parsed{at}"
        segments.append(dataclasses.replace(segment, name=name))
    parse: ir.Operator = dataclasses.replace(made, segments=tuple(segments))
    return [parse, ir.ProjectRename(tuple(renames))] if renames else [parse]


def without_missing_source(query: ir.Query, tables: Any) -> ir.Query:
    """`union isfuzzy=true (Missing | where …), B`: what stands before the union goes as well."""
    source = query.source
    fuzzy = [isinstance(one, ir.Union) and one.isfuzzy for one in query.operators]
    missing = isinstance(source, ir.TableRef) and tables is not None and source.name not in tables
    if missing and any(fuzzy):
        return dataclasses.replace(query, operators=query.operators[fuzzy.index(True) :])
    return query


def with_columns(operator_: ir.Operator, columns: Sequence[str]) -> ir.Operator:
    """An operator with what stands for its columns: `pack_all()`, and `ingestion_time()`, which is
    the time of the event here, as no other is kept."""
    made: ir.Operator = _with_columns(operator_, columns)
    return made


def _with_columns(node: Any, columns: Sequence[str]) -> Any:
    if isinstance(node, tuple):
        return tuple(_with_columns(one, columns) for one in node)
    if not dataclasses.is_dataclass(node) or isinstance(
        node, type | ir.Query | Applied | Partitioned
    ):
        return node
    if isinstance(node, ir.FunctionCall):
        name = node.name.lower()
        times = [one for one in TIME_COLUMNS if one in columns]
        if name == "ingestion_time" and times:
            return ir.ColumnRef(times[0])
        if name in {"column_ifexists", "columnifexists"} and len(node.args) == 2:
            sought, instead = node.args
            found = str(sought.value) if isinstance(sought, ir.Literal) else ""
            node = ir.ColumnRef(found) if found in columns else instead
        elif name == "pack_all":
            pairs = [(ir.Literal(one, "string"), ir.ColumnRef(one)) for one in columns]
            bag = ir.FunctionCall("bag_pack", tuple(one for pair in pairs for one in pair))
            return ir.FunctionCall("bag_without_empty", (bag,)) if node.args else bag
    new = {}
    for one in dataclasses.fields(node):
        before = getattr(node, one.name)
        if isinstance(before, ir.Node | tuple):
            after = _with_columns(before, columns)
            if after != before:
                new[one.name] = after
    return dataclasses.replace(node, **new) if new else node


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
        base = f"{name}_{series}".rstrip("_")
        given = names or ((one.name,) if one.name else ())
        listed = given or tuple(f"{base}_{end}" for end in ends)
        made.extend(_item(call, at, given, ends[at]) for at, given in enumerate(listed))
    return made


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


def call(node: Any, otherwise: Callable[[Any], ir.Expr]) -> ir.Expr:
    """A call: of a user function with arguments by name, or of one that has another name."""
    kids = lower._rule_children(node)
    if kids and lower._cls(node) == "CountExpression":
        raise KqlUnsupportedError(
            "aggregate:count",
            span=lower._span(node),
            hint="it counts rows: write count(), or countif(isnotempty(column))",
        )
    name = kids[0].getText() if kids else ""
    declared = lower._LET_FUNCTIONS_STATE.get().get(name)
    if declared is not None and any(map(_argument_name, kids[1:])):
        return lower._inline_let_function(node, declared, _in_place(node, declared, kids[1:]))
    if declared is None and any(map(_type_named, kids[1:])):
        arguments = tuple(
            ir.Literal(kind, "string") if (kind := _type_named(one)) else lower._lower_expr(one)
            for one in kids[1:]
        )
        return _renamed(ir.FunctionCall(name, arguments))
    made = otherwise(node)
    if declared is None and isinstance(made, ir.FunctionCall):
        return _renamed(made)
    return made


def _type_named(node: Any) -> str:
    """The type of a `typeof(long)`."""
    inner = lower._collapse(node)
    while lower._cls(inner) != "TypeLiteralExpression" and len(lower._rule_children(inner)) == 1:
        inner = lower._rule_children(inner)[0]
    is_type = lower._cls(inner) == "TypeLiteralExpression"
    return str(inner.getText())[len("typeof(") : -1].strip() if is_type else ""


def _renamed(made: ir.FunctionCall) -> ir.FunctionCall:
    """`replace(regex, new, text)` is the old name of `replace_regex(text, regex, new)`."""
    if made.name.lower() == "pack_dictionary":
        return ir.FunctionCall("bag_pack", made.args)
    if made.name.lower() == "replace" and len(made.args) == 3:
        pattern, new, text = made.args
        return ir.FunctionCall("replace_regex", (text, pattern, new))
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
                hint=f"it has no parameter {name!r}"
                if name not in names
                else f"{name!r} is given twice",
            )
        given[name] = lower._lower_expr(argument)
    placed = [given.get(name, default) for name, default in declared.parameters]
    if any(one is None for one in placed):
        missing = ", ".join(
            name for name, default in declared.parameters if default is None and name not in given
        )
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
    if isinstance(value, ir.Node):
        return lower._substitute(value, known)
    is_part = dataclasses.is_dataclass(value) and not isinstance(value, type)
    return substituted(value, known) if is_part else value


# -- arrays behind `in` ---------------------------------------------------------------------------

_ROWS_ONLY = (ir.Where, ir.Sort, ir.Take, ir.Top, Limited)
_MAKING_ARRAYS = frozenset(
    {"array_concat", "array_slice", "make_list", "make_list_if", "make_set", "make_set_if",
     "pack_array", "set_union", "split"}
)  # fmt: skip


def arrays_taken_apart(query: ir.Query) -> ir.Query:
    """`x in (T)` where T gives one array: x is sought in the array."""
    lets = {name: bound for name, bound in query.lets if isinstance(bound, ir.Query)}
    taken: ir.Query = _taken_apart(query, lets)
    return taken


def _taken_apart(node: Any, lets: dict[str, ir.Query]) -> Any:
    if isinstance(node, tuple | list):
        return type(node)(_taken_apart(one, lets) for one in node)
    if not dataclasses.is_dataclass(node) or isinstance(node, type):
        return node
    new = {}
    for one in dataclasses.fields(node):
        before = getattr(node, one.name)
        after = _taken_apart(before, lets) if isinstance(before, ir.Node | tuple | list) else before
        if after is not before and after != before:
            new[one.name] = after
    made: Any = dataclasses.replace(node, **new) if new else node
    if isinstance(made, ir.InList | ir.HasList) and made.subquery is not None:
        column = _array_column(made.subquery, lets)
        if column:
            target = ir.MvExpandTarget(column, None, "string")
            inner = dataclasses.replace(
                made.subquery, operators=[*made.subquery.operators, ir.MvExpand((target,))]
            )
            made = dataclasses.replace(made, subquery=inner)
    return made


def _array_column(query: ir.Query, lets: dict[str, ir.Query]) -> str:
    """The first column, where it is an array."""
    making = [one for one in query.operators if not isinstance(one, _ROWS_ONLY)]
    if not making:
        source = query.source
        bound = lets.get(source.name) if isinstance(source, ir.TableRef) else None
        return _array_column(bound, lets) if bound is not None else ""
    last = making[-1]
    if isinstance(last, ir.Summarize) and not last.by and last.aggregates:
        _, names = translate.summarize_names(last, None)
        first, name = last.aggregates[0], names[0][0]
    elif isinstance(last, ir.Project) and last.expressions:
        first, name = last.expressions[0], naming.project_names(last.expressions)[0]
    else:
        return ""
    call_ = first.expr
    is_array = isinstance(call_, ir.FunctionCall) and call_.name.lower() in _MAKING_ARRAYS
    return name if is_array else ""


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
        below = lower._rule_children(inner)
        if len(below) != 1:
            raise lower._unsupported(node)
        inner = below[0]
    nodes = lower._rule_children(inner)
    return list(lower._lower_operators(nodes))


def _mv_apply(node: Any) -> Lowered:
    expanded = [
        one
        for one in lower._rule_children(node)
        if lower._cls(one) != "ContextualSubExpression"
        and lower._cls(one) != "MvapplyOperatorIdClause"
    ]
    expand = lower._lower_mv_expand(node, expanded)
    operators = tuple(expand) if isinstance(expand, list) else _by_name(expand)
    last = operators[-1]
    gone = [one.name or one.column for one in last.targets] if isinstance(last, ir.MvExpand) else []
    gone += [last.item_index] if isinstance(last, ir.MvExpand) and last.item_index else []
    return Applied(operators, tuple(_sub_query(node.OnExpression)), tuple(gone))


def _by_name(expand: ir.Operator) -> tuple[ir.Operator, ...]:
    return tuple(_expanded_by_name(expand)) if isinstance(expand, ir.MvExpand) else (expand,)


def _partition(node: Any) -> Lowered:
    if node.SubExpressionBody is None or node.InClause is not None:
        raise lower._unsupported(node, "partition")
    by = lower._lower_expr(node.ByExpression)
    return Partitioned(by, tuple(_sub_query(node.SubExpressionBody.SubExpression)))


def _make_series(node: Any) -> Lowered:
    aggregates, defaults = [], []
    misread = _misread_name(node)
    for at, one in enumerate(node.makeSeriesOperatorAggregation()):
        kids = lower._rule_children(one)
        whole = at == 0 and misread is not None
        aggregates.append(_reread(misread, kids[0]) if whole else lower._lower_named(kids[0]))
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


def _misread_name(node: Any) -> Any | None:
    """The `n = f` that the grammar takes for a parameter of the operator."""
    for parameter in node.relaxedQueryOperatorParameter():
        name = parameter.getText().partition("=")[0]
        if name != "kind" and not name.startswith("hint."):
            return parameter
    return None


def _reread(start: Any, end: Any) -> ir.NamedExpr:
    stream = start.start.getInputStream()
    text = stream.getText(start.start.start, end.stop.stop)
    tree = duckdb_kql.parse(f"print {text}").tree
    return lower._lower_named(lower._rule_children(lower._find_all(tree, "PrintOperator")[0])[0])


def _parse_kv(node: Any) -> Lowered:
    """The pairs as a bag, made in Python, and a column of each key."""
    options: dict[str, str] = {}
    if node.WithClause is not None:
        for below in lower._rule_children(node.WithClause):
            name, _, value = below.getText().partition("=")
            options[name.strip().lower()] = (
                lower._string_value(value) if value[:1] in "\"'@hH" else value
            )
    columns = [
        (lower._find_names(below)[0], below.getText().rpartition(":")[2])
        for below in lower._rule_children(node.Keys)
    ]
    text = lower._lower_expr(lower._rule_children(node)[0])
    asked = json.dumps({**options, "__keys": [name for name, _ in columns]})
    bag = ir.FunctionCall("parse_kv", (text, ir.Literal(asked, "string")))
    kept = ir.Extend((ir.NamedExpr(bag, _KV),))
    read = tuple(
        ir.NamedExpr(
            as_type(ir.PathAccess(ir.ColumnRef(_KV), (ir.PathStep(name=name),)), kind), name
        )
        for name, kind in columns
    )
    return [kept, ir.Extend(read), ir.ProjectAway((_KV,))]


def _project_reorder(node: Any) -> Lowered:
    names = lower._find_names(node)
    if not names or any(sign in node.getText() for sign in ("*", "granny")):
        raise lower._unsupported(node, "project-reorder")
    return Reordered(tuple(names))


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
    "ProjectReorderOperator": _project_reorder,
    "SampleDistinctOperator": _sample_distinct,
    "SampleOperator": _sample,
    "ScanOperator": scan.lowered,
    "SerializeOperator": _serialize,
    "TakeOperator": _take,
    "TopHittersOperator": _top_hitters,
    "TopNestedOperator": top_nested.lowered,
    "TopNestedOperatorPart": top_nested.lowered,
    "TopOperator": _top,
}
