"""What each operator names, and which columns it gives.

Source: https://learn.microsoft.com/kusto/query/, the page of each operator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from soc_tui.kql import tree as t
from soc_tui.kql.result_names import made_columns, path_name
from soc_tui.kql.schema import EMPTY, OPEN, Schema, joined, united
from soc_tui.kql.tree import NAMES, Node
from soc_tui.kql.vocabulary import is_parameter
from soc_tui.model.catalog import KqlType

if TYPE_CHECKING:
    from soc_tui.kql.columns import Checker, Scope

_Handler = Callable[["Checker", Node, Schema, "Scope"], Schema]


def _same(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    checker.scalars(t.children(node), row, scope)
    return row


def _unchecked(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    return row


def _extend(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    for number, expression in enumerate(_expressions(node), 1):
        checker.scalar(expression, row, scope)
        row = _with_made(row, row, expression, number)
    return row


def _project(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    found = EMPTY
    for number, expression in enumerate(_expressions(node), 1):
        # Kusto lets no expression see its neighbours' names; other engines do.
        checker.scalar(expression, row.plus(found.names, found.also), scope)
        found = _with_made(found, row, expression, number)
    return found


def _distinct(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    return row if node.Star is not None else _project(checker, node.ColumnList, row, scope)


def _summarize(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    clause = node.ByClause
    groups = _expressions(clause) if clause is not None else []
    found = EMPTY
    for number, expression in enumerate((*groups, *_expressions(node)), 1):
        checker.scalar(expression, row, scope)
        found = _with_made(found, row, expression, number)
    return found


def _with_made(
    found: Schema, row: Schema, expression: Node, number: int, unnamed: str = "Column"
) -> Schema:
    made = made_columns(expression, number, unnamed)
    for name in made.names:
        found = found.typed({name: row.names.get(name)} if not made.given else {name: None})
    if made.all_columns:
        found = found.typed(row.names)
    found = found.plus((), made.also)
    return replace(found, open=found.open or made.more or (made.all_columns and row.open))


def _project_away(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    return row.without(_patterns(checker, node, row))


def _project_keep(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    return row.only(_patterns(checker, node, row))


def _project_reorder(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    for expression in t.children(node):
        named = t.descend(expression)
        if t.kind(named) == "ProjectReorderExpression":
            named = t.descend(t.children(named)[0])
        if t.kind(named) in NAMES:
            checker.name(named, row, {})
    return row


def _patterns(checker: Checker, node: Node, row: Schema) -> list[str]:
    patterns = []
    for column in t.children(node):
        named = t.descend(column)
        if t.kind(named) in NAMES:
            checker.name(named, row, {})
            patterns.append(t.name(named))
        else:
            patterns.append(t.text(named))
    return patterns


def _project_rename(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    renamed: dict[str, KqlType | None] = {}
    old: list[str] = []
    for expression in _expressions(node):
        named = t.descend(expression)
        checker.scalar(named, row, {})
        made = made_columns(expression, 1)
        source = t.strip(named.Expression) if made.given else named
        if t.kind(source) in NAMES:
            old.append(t.name(source))
            renamed.update(dict.fromkeys(made.names, row.names.get(old[-1])))
    return row.without(old).typed(renamed)


def _columns(*names: str) -> _Handler:
    def columns(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
        checker.scalars(t.children(node), row, scope)
        return Schema(dict.fromkeys(names))

    return columns


def _join(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    right = checker.table(node.Table, scope)
    keys = _keys(checker, node, row, right, scope)
    kind = _parameter(node, "kind")
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
    for expression in _expressions(clause) if clause is not None else ():
        named = t.strip(expression)
        if t.kind(named) in NAMES:
            checker.name(named, left, scope)
            checker.name(named, right, scope)
            keys.append(t.name(named))
            continue
        for path in _below(named, "FunctionCallOrPathPathExpression"):
            side = t.text(path.children[0])
            step = t.descend(t.children(path)[1])
            if side in {"$left", "$right"} and t.kind(step) == "FunctionCallOrPathPathOperation":
                column = t.descend(step.Name)
                checker.name(column, left if side == "$left" else right, {})
                keys.extend([t.name(column)] if side == "$right" else [])
    return keys


def _union(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    schemas = [row] if row is not EMPTY else []
    for below in t.children(node):
        if t.kind(below) == "UnionOperatorExpression":
            schemas.append(checker.table(below, scope))
    found = united(schemas, inner=_parameter(node, "kind") == "inner")
    source = _parameter(node, "withsource") or _parameter(node, "with_source")
    return found.typed({source: KqlType.STRING}) if source else found


def _search(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    clause = t.child(node, "SearchOperatorInClause")
    found = _sources(checker, clause, scope) if clause is not None else (row or OPEN)
    if clause is None and row is EMPTY:
        found = OPEN
    checker.scalars((one for one in t.children(node) if one is not clause), found, scope)
    return found.typed({"$table": KqlType.STRING})


def _find(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    clause = node.ParameterWhereClause
    sources = clause.InClause if clause is not None else None
    found = _sources(checker, sources, scope) if sources is not None else OPEN
    checker.scalar(node.Expression, found, scope)
    source = _parameter(clause, "withsource") if clause is not None else ""
    named = {source or "source_": KqlType.STRING, "pack_": KqlType.DYNAMIC}
    if node.ProjectClause is None:
        return found.typed(named)
    columns = [
        t.descend(below.Name)
        for kind in ("FindOperatorColumnExpression", "FindOperatorProjectExpression")
        for below in _below(node.ProjectClause, kind)
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


def _mv_expand(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    return _expanded(checker, node, row, scope)


def _mv_apply(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    expanded = _expanded(checker, node, row, scope)
    result = _subpipe(checker, node.OnExpression, expanded, scope)
    return Schema({**row.names, **result.names}, row.also | result.also, row.open or result.open)


def _expanded(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    for number, below in enumerate(node.Expressions, 1):
        expression = below.Expression
        checker.scalar(expression, row, scope)
        row = _with_made(row, row, expression, number)
        inner = t.strip(expression)
        if t.kind(inner) == "FunctionCallOrPathPathExpression" and (name := path_name(inner)):
            row = row.plus((), (name.rpartition("_")[2],))
    index = _parameter(node, "with_itemindex")
    return row.typed({index: KqlType.LONG}) if index else row


def _parse(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    checker.scalar(node.Expression, row, scope)
    columns = _below(node.Pattern, "ParseOperatorNameAndOptionalType")
    names = [t.name(t.descend(column.Name)) for column in columns]
    # A column without a type is its name alone in the tree.
    for part in (node.Pattern, *_below(node.Pattern, "ParseOperatorPatternSegment")):
        plain = (t.descend(below) for below in t.children(part))
        names += [t.name(column) for column in plain if t.kind(column) in NAMES]
    return row.plus(names)


def _parse_kv(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    checker.scalar(t.children(node)[0], row, scope)
    return row.plus(_row_schema(node))


def _evaluate(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
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
        return row.plus(_row_schema(node.SchemaClause))
    if plugin == "narrow":
        return Schema(dict.fromkeys(("Row", "Column", "Value")))
    if lookup is not EMPTY:
        return joined(row, lookup)
    return row.opened()


def _make_series(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    checker.scalars(t.children(node), row, scope)
    expressions = [below.Expression for below in node.Aggregations]
    # The grammar takes `n = f(x)` for a parameter `n = f` and a value in brackets.
    first = [name for name, _, _ in map(_parted, node.Parameters) if not is_parameter(name)]
    expressions = expressions[len(first) :]
    expressions.append(node.OnClause.Expression)
    expressions += _expressions(node.ByClause) if node.ByClause is not None else []
    found = EMPTY.plus(first)
    for number, expression in enumerate(expressions, 1):
        found = _with_made(found, row, expression, number)
    return found


def _top_nested(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    checker.scalars(t.children(node), row, scope)
    found = EMPTY
    # An operator with one part is that part alone in the tree.
    for part in [node] if t.kind(node) == "TopNestedOperatorPart" else node.Segments:
        before = found
        found = _with_made(found, row, part.OfExpression, 1)
        made = made_columns(part.ByExpression.Expression, 1)
        of = [name for name in found.names if name not in before.names]
        names = made.names if made.given else [f"aggregated_{name}" for name in of]
        found = found.plus(names, made.names)
    return found


def _top_hitters(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    checker.scalars(t.children(node), row, scope)
    found = _with_made(EMPTY, row, node.OfExpression, 1)
    counted = [f"approximate_count_{name}" for name in found.names]
    summed = [f"approximate_sum_{name}" for name in row.names]
    return found.plus(counted, summed)


def _sample_distinct(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    checker.scalars(t.children(node), row, scope)
    return _with_made(EMPTY, row, node.OfExpression, 1)


def _reduce(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    checker.scalar(node.ByExpression, row, scope)
    return Schema(dict.fromkeys(("Pattern", "Count", "Representative")))


def _partition(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    checker.scalar(node.ByExpression, row, scope)
    if node.SubExpressionBody is not None:
        return _subpipe(checker, node.SubExpressionBody.SubExpression, row, scope)
    from soc_tui.kql.columns import SCALAR

    column = t.strip(node.ByExpression)
    by = {t.name(column): SCALAR} if t.kind(column) in NAMES else {}
    return checker.table(node.FullExpressionBody.Expression, {**scope, **by})


def _fork(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    for branch in t.children(node):
        _forked(checker, branch.Expression, row, scope)
    return OPEN


def _facet(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    for entity in node.Entities:
        checker.scalar(entity, row, scope)
    if node.WithExpressionClause is not None:
        _forked(checker, node.WithExpressionClause.Expression, row, scope)
    elif node.WithOperatorClause is not None:
        checker.operators([t.descend(node.WithOperatorClause.Operator)], row, scope)
    return OPEN


def _forked(checker: Checker, node: Node, row: Schema, scope: Scope) -> None:
    first, *piped = t.children(node)
    operators = [t.descend(first), *(t.descend(one.Operator) for one in piped)]
    checker.operators(operators, row, scope)


def _subpipe(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    """Operators in brackets that run on rows of the pipe around them."""
    node = t.descend(node)
    if t.kind(node) != "PipeSubExpression":
        return checker.operators([node], row, scope)
    operators = [t.descend(node.Expression), *(t.descend(p.Operator) for p in node.PipedOperators)]
    return checker.operators(operators, row, scope)


def _scan(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    declared = [t.name(t.descend(one.Name)) for one in _below(node, "ScalarParameter")]
    found = row.plus(declared)
    steps = [t.name(t.descend(step.Name)) for step in node.Steps]
    inner = found.plus((), steps)
    for step in node.Steps:
        checker.scalar(step.Expression, inner, scope)
        for assignment in step.Body.Assignments if step.Body is not None else ():
            checker.scalar(assignment.Expression, inner, scope)
    added = [_parameter(node, name) for name in ("with_match_id", "with_step_name")]
    return found.plus(name for name in added if name)


def _invoke(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    call = t.descend(node.FunctionCall)
    if t.kind(call) != "NamedFunctionCallExpression":
        return OPEN
    called, *arguments = t.children(call)
    known = scope.get(t.name(t.descend(called)))
    order = list(known.parameters.values())[1:] if known is not None else []
    for index, argument in enumerate(arguments):
        if index < len(order) and order[index]:
            checker.table(argument, scope)
        else:
            checker.scalar(argument, row, scope)
    return (known.schema if known is not None else None) or OPEN


def _print(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    found = EMPTY
    for number, expression in enumerate(_expressions(node)):
        checker.scalar(expression, found, scope)
        found = _with_made(found, EMPTY, expression, number, "print_")
    return found


def _range(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    named, *bounds = t.children(node)
    checker.scalars(bounds, EMPTY, scope)
    return EMPTY.plus([t.name(t.descend(named))])


def _declared(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    return EMPTY.plus(_row_schema(node))


def _to_table(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    return checker.table(t.children(node)[-1], scope)


def _row_schema(node: Node) -> list[str]:
    declared = _below(node, "RowSchemaColumnDeclaration")
    return [t.name(t.descend(column.Name)) for column in declared]


def _expressions(node: Node) -> list[Node]:
    return list(node.Expressions)


def _parameter(node: Node, name: str) -> str:
    """The value of a parameter like `kind=inner`; "" without it."""
    for parameter in node.Parameters or ():
        given, _, value = _parted(parameter)
        if given == name:
            return value
    return ""


def _parted(parameter: Node) -> tuple[str, str, str]:
    return t.text(parameter).partition("=")


def _below(node: Node, rule: str) -> Iterable[Node]:
    """All nodes of a rule below, the first first; not those inside one another."""
    for below in t.children(node):
        if t.kind(below) == rule:
            yield below
        else:
            yield from _below(below, rule)


OPERATORS: Mapping[str, _Handler] = {
    "AsOperator": _unchecked,
    "AssertSchemaOperator": _unchecked,
    "ConsumeOperator": _unchecked,
    "CountOperator": _columns("Count"),
    "DistinctOperator": _distinct,
    "EvaluateOperator": _evaluate,
    "ExtendOperator": _extend,
    "FacetByOperator": _facet,
    "FindOperator": _find,
    "ForkOperator": _fork,
    "GetSchemaOperator": _columns("ColumnName", "ColumnOrdinal", "DataType", "ColumnType"),
    "InvokeOperator": _invoke,
    "JoinOperator": _join,
    "LookupOperator": _join,
    "MakeSeriesOperator": _make_series,
    "MvapplyOperator": _mv_apply,
    "MvexpandOperator": _mv_expand,
    "ParseKvOperator": _parse_kv,
    "ParseOperator": _parse,
    "ParseWhereOperator": _parse,
    "PartitionOperator": _partition,
    "PrintOperator": _print,
    "ProjectAwayOperator": _project_away,
    "ProjectKeepOperator": _project_keep,
    "ProjectOperator": _project,
    "ProjectRenameOperator": _project_rename,
    "ProjectReorderOperator": _project_reorder,
    "ReduceByOperator": _reduce,
    "RenderOperator": _unchecked,
    "SampleDistinctOperator": _sample_distinct,
    "SampleOperator": _same,
    "ScanOperator": _scan,
    "SearchOperator": _search,
    "SerializeOperator": _extend,
    "SortOperator": _same,
    "SummarizeOperator": _summarize,
    "TakeOperator": _same,
    "TopHittersOperator": _top_hitters,
    "TopNestedOperator": _top_nested,
    "TopNestedOperatorPart": _top_nested,
    "TopOperator": _same,
    "UnionOperator": _union,
    "WhereOperator": _same,
}
"""Operators that are piped to; behind any other, the columns are not known."""

SOURCES: Mapping[str, _Handler] = {
    "DataTableExpression": _declared,
    "EvaluateOperator": _evaluate,
    "ExternalDataExpression": _declared,
    "FindOperator": _find,
    "PrintOperator": _print,
    "RangeExpression": _range,
    "SearchOperator": _search,
    "ToTableExpression": _to_table,
    "UnionOperator": _union,
}
"""What starts a pipe, besides a name and a call."""
