"""What each operator names, and which columns it gives.

Source: https://learn.microsoft.com/kusto/query/, the page of each operator.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from soc_tui.kql.columns.column_nodes import (
    declared_columns,
    expressions_of,
    nodes_below,
    parameter_value,
    parted,
    with_made,
)
from soc_tui.kql.columns.column_sources import (
    Handler,
    check_evaluate,
    check_find,
    check_join,
    check_search,
    check_union,
)
from soc_tui.kql.columns.result_names import made_columns, path_name
from soc_tui.kql.columns.schema import EMPTY, OPEN, Schema, joined
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.tree import NAMES, Node
from soc_tui.kql.syntax.vocabulary import is_parameter
from soc_tui.model.catalog import KqlType

if TYPE_CHECKING:
    from soc_tui.kql.columns.columns import Checker, Scope


def _same(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    checker.scalars(t.children(node), row, scope)
    return row


def _unchecked(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    return row


def _extend(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    for number, expression in enumerate(expressions_of(node), 1):
        checker.scalar(expression, row, scope)
        row = with_made(row, row, expression, number)
    return row


def _project(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    found = EMPTY
    for number, expression in enumerate(expressions_of(node), 1):
        # Kusto lets no expression see its neighbours' names; other engines do.
        checker.scalar(expression, row.plus(found.names, found.also), scope)
        found = with_made(found, row, expression, number)
    return found


def _distinct(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    return row if node.Star is not None else _project(checker, node.ColumnList, row, scope)


def _summarize(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    clause = node.ByClause
    groups = expressions_of(clause) if clause is not None else []
    # What `*` of arg_max(x, *) leaves out, as it is there already.
    keys = [t.name(key) for key in map(t.strip, groups) if t.kind(key) in NAMES]
    found, rest = EMPTY, row.without(keys)
    for number, expression in enumerate((*groups, *expressions_of(node)), 1):
        checker.scalar(expression, row, scope)
        made = with_made(EMPTY, row if number <= len(groups) else rest, expression, number)
        found = joined(found, made)
    return found


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
    for expression in expressions_of(node):
        named = t.descend(expression)
        checker.scalar(named, row, {})
        made = made_columns(expression, 1)
        source = t.strip(named.Expression) if made.given else named
        if t.kind(source) in NAMES:
            old.append(t.name(source))
            renamed.update(dict.fromkeys(made.names, row.names.get(old[-1])))
    return row.without(old).typed(renamed)


def _columns(*names: str) -> Handler:
    def columns(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
        checker.scalars(t.children(node), row, scope)
        return Schema(dict.fromkeys(names))

    return columns


def _mv_expand(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    return _expanded(checker, node, row, scope)


def _mv_apply(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    expanded = _expanded(checker, node, row, scope)
    result = _subpipe(checker, node.OnExpression, expanded, scope)
    # A column that is expanded goes from the source: it is there as far as the subquery keeps it.
    columns = [t.strip(below.Expression) for below in node.Expressions]
    gone = {t.name(column) for column in columns if t.kind(column) in NAMES}
    kept = {name: kind for name, kind in row.names.items() if name not in gone}
    return Schema({**kept, **result.names}, row.also | result.also, row.open or result.open)


def _expanded(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    for number, below in enumerate(node.Expressions, 1):
        expression = below.Expression
        checker.scalar(expression, row, scope)
        row = with_made(row, row, expression, number)
        inner = t.strip(expression)
        if t.kind(inner) == "FunctionCallOrPathPathExpression" and (name := path_name(inner)):
            row = row.plus((), (name.rpartition("_")[2],))
    index = parameter_value(node, "with_itemindex")
    return row.typed({index: KqlType.LONG}) if index else row


def _parse(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    checker.scalar(node.Expression, row, scope)
    columns = nodes_below(node.Pattern, "ParseOperatorNameAndOptionalType")
    names = [t.name(t.descend(column.Name)) for column in columns]
    # A column without a type is its name alone in the tree.
    for part in (node.Pattern, *nodes_below(node.Pattern, "ParseOperatorPatternSegment")):
        plain = (t.descend(below) for below in t.children(part))
        names += [t.name(column) for column in plain if t.kind(column) in NAMES]
    return row.plus(names)


def _parse_kv(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    checker.scalar(t.children(node)[0], row, scope)
    return row.plus(declared_columns(node))


def _make_series(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    checker.scalars(t.children(node), row, scope)
    expressions = [below.Expression for below in node.Aggregations]
    # The grammar takes `n = f(x)` for a parameter `n = f` and a value in brackets.
    first = [name for name, _, _ in map(parted, node.Parameters) if not is_parameter(name)]
    expressions = expressions[len(first) :]
    expressions.append(node.OnClause.Expression)
    expressions += expressions_of(node.ByClause) if node.ByClause is not None else []
    found = EMPTY.plus(first)
    for number, expression in enumerate(expressions, 1):
        found = with_made(found, row, expression, number)
    return found


def _top_nested(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    checker.scalars(t.children(node), row, scope)
    found = EMPTY
    # An operator with one part is that part alone in the tree.
    for part in [node] if t.kind(node) == "TopNestedOperatorPart" else node.Segments:
        before = found
        found = with_made(found, row, part.OfExpression, 1)
        made = made_columns(part.ByExpression.Expression, 1)
        of = [name for name in found.names if name not in before.names]
        names = made.names if made.given else [f"aggregated_{name}" for name in of]
        found = found.plus(names, made.names)
    return found


def _top_hitters(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    checker.scalars(t.children(node), row, scope)
    found = with_made(EMPTY, row, node.OfExpression, 1)
    counted = [f"approximate_count_{name}" for name in found.names]
    summed = [f"approximate_sum_{name}" for name in row.names]
    return found.plus(counted, summed)


def _sample_distinct(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    checker.scalars(t.children(node), row, scope)
    return with_made(EMPTY, row, node.OfExpression, 1)


def _reduce(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    checker.scalar(node.ByExpression, row, scope)
    return Schema(dict.fromkeys(("Pattern", "Count", "Representative")))


def _partition(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    checker.scalar(node.ByExpression, row, scope)
    if node.SubExpressionBody is not None:
        return _subpipe(checker, node.SubExpressionBody.SubExpression, row, scope)
    from soc_tui.kql.columns.columns import SCALAR

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
    declared = [t.name(t.descend(one.Name)) for one in nodes_below(node, "ScalarParameter")]
    found = row.plus(declared)
    steps = [t.name(t.descend(step.Name)) for step in node.Steps]
    inner = found.plus((), steps)
    for step in node.Steps:
        checker.scalar(step.Expression, inner, scope)
        for assignment in step.Body.Assignments if step.Body is not None else ():
            checker.scalar(assignment.Expression, inner, scope)
    added = [parameter_value(node, name) for name in ("with_match_id", "with_step_name")]
    return found.plus(name for name in added if name)


def _invoke(checker: Checker, node: Node, row: Schema, scope: Scope) -> Schema:
    call = t.descend(node.FunctionCall)
    if t.kind(call) != "NamedFunctionCallExpression":
        return OPEN
    return checker.call(call, row, scope, given=1) or OPEN


OPERATORS: Mapping[str, Handler] = {
    "AsOperator": _unchecked,
    "AssertSchemaOperator": _unchecked,
    "ConsumeOperator": _unchecked,
    "CountOperator": _columns("Count"),
    "DistinctOperator": _distinct,
    "EvaluateOperator": check_evaluate,
    "ExtendOperator": _extend,
    "FacetByOperator": _facet,
    "FindOperator": check_find,
    "ForkOperator": _fork,
    "GetSchemaOperator": _columns("ColumnName", "ColumnOrdinal", "DataType", "ColumnType"),
    "InvokeOperator": _invoke,
    "JoinOperator": check_join,
    "LookupOperator": check_join,
    "MakeSeriesOperator": _make_series,
    "MvapplyOperator": _mv_apply,
    "MvexpandOperator": _mv_expand,
    "ParseKvOperator": _parse_kv,
    "ParseOperator": _parse,
    "ParseWhereOperator": _parse,
    "PartitionOperator": _partition,
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
    "SearchOperator": check_search,
    "SerializeOperator": _extend,
    "SortOperator": _same,
    "SummarizeOperator": _summarize,
    "TakeOperator": _same,
    "TopHittersOperator": _top_hitters,
    "TopNestedOperator": _top_nested,
    "TopNestedOperatorPart": _top_nested,
    "TopOperator": _same,
    "UnionOperator": check_union,
    "WhereOperator": _same,
}
"""Operators that are piped to; behind any other, the columns are not known."""
