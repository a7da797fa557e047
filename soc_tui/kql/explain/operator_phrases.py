"""What each tabular operator of KQL does, in a sentence.

Meaning: https://learn.microsoft.com/kusto/query/ (one page an operator).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from soc_tui.kql.explain.phrase_parts import columns_text, computed_text, found, plain, rows_text
from soc_tui.kql.explain.phrases import condition, listed, named, short, value
from soc_tui.kql.explain.source_phrases import (
    find_words,
    join_words,
    lookup_words,
    search_words,
    union_words,
    united_words,
)
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.tree import NAMES, Node
from soc_tui.model.time_columns import TIME_COLUMNS

_PLUGINS = {
    "autocluster": "find common patterns of values among the rows",
    "bag_unpack": "make a column of each key of a property bag",
    "basket": "find values that often come together",
    "diffpatterns": "find what two sets of rows differ in",
    "narrow": "turn the columns into rows of name and value",
    "pivot": "turn the values of a column into columns",
    "ipv4_lookup": "look IPv4 addresses up in a table of networks",
    "ipv6_lookup": "look IP addresses up in a table of networks",
}


def operator_words(node: Node, before: str) -> str:
    """A sentence on an operator.

    Args:
        before: Kind of what is right before it in the pipe; empty where it begins one.
    """
    what = t.kind(node)
    if what == "TakeOperator":
        first = before in {"SortOperator", "TopOperator"}
        rows = _count(node)
        return f"Keep the first {rows}." if first else f"Keep at most {rows}, whichever come first."
    if what == "UnionOperator" and before:
        return f"Add the rows of {united_words(node)}"
    if what in _WORDS:
        return _WORDS[what](node)
    # Every operator begins with its own name.
    return f"Apply {short(node).split(' ')[0]} to the rows; what it does is not explained here."


def _where(node: Node) -> str:
    return f"Keep only rows where {condition(node.Predicate)}."


def _extend(node: Node) -> str:
    return f"Add columns: {computed_text(t.children(node))}."


def _project(node: Node) -> str:
    plain, made = [], []
    for child in t.children(node):
        name, expression = named(child)
        if not name and t.kind(t.strip(expression)) in NAMES:
            plain.append(value(expression))
        else:
            made.append(child)
    parts = [f"Show only {columns_text(plain)}"] if plain else []
    if made:
        computed = computed_text(made)
        parts.append(f"make {computed}" if parts else f"Show only what is made here: {computed}")
    return f"{', and '.join(parts)}. All other columns are gone."


def _project_away(node: Node) -> str:
    return f"Leave out {columns_text([short(child) for child in t.children(node)])}."


def _project_keep(node: Node) -> str:
    return f"Keep only {columns_text([short(child) for child in t.children(node)])}."


def _project_rename(node: Node) -> str:
    renamed = []
    for child in t.children(node):
        name, expression = named(child)
        renamed.append(f"{value(expression)} to {name}")
    return f"Rename {listed(renamed)}."


def _project_reorder(node: Node) -> str:
    return f"Put {columns_text([short(child) for child in t.children(node)])} first."


def _sort(node: Node) -> str:
    return f"Sort by {listed([_ordered(child) for child in plain(node)], 'then')}."


def _top(node: Node) -> str:
    number, *orders = plain(node)
    ordered = listed([_ordered(one) for one in orders], "then")
    return f"Keep the first {rows_text(number)} when sorted by {ordered}."


def _summarize(node: Node) -> str:
    by = t.child(node, "SummarizeOperatorByClause")
    made = [child for child in plain(node) if child is not by]
    keys = [_key(child) for child in t.children(by)] if by is not None else []
    if not made and not keys:
        return "Make one row of all rows, without a column."
    if not made:
        return f"Give each different combination of {listed(keys)} once."
    computed = computed_text(made)
    if not keys:
        return f"Make one row of all rows: {computed}."
    return (
        f"Group the rows by {listed(keys)}, and give a row for each group: {computed}. "
        "All other columns are gone."
    )


def _key(node: Node) -> str:
    name, expression = named(node)
    return f"{name} ({value(expression)})" if name else value(expression)


def _count_rows(_: Node) -> str:
    return "Count the rows: one row with one number, Count."


def _distinct(node: Node) -> str:
    target = t.children(node)[-1]
    if t.kind(target) == "DistinctOperatorStarTarget":
        return "Give each different row once."
    columns = listed([value(child) for child in t.children(target)])
    return f"Give each different combination of {columns} once; all other columns are gone."


def _mv_expand(node: Node) -> str:
    columns = [_expanded(child) for child in plain(node) if not t.kind(child).endswith("Clause")]
    return f"Make a row of each element of {listed(columns)}."


def _mv_apply(node: Node) -> str:
    columns = [_expanded(child) for child in t.children(node)[:-1]]
    return f"Take the elements of {listed(columns)}, row by row, and do this with them:"


def _expanded(node: Node) -> str:
    inner = t.descend(node)
    first = t.children(inner)[0] if t.kind(inner).endswith("OperatorExpression") else inner
    name, expression = named(first)
    return f"{value(expression)} (as {name})" if name else value(expression)


def _parse(node: Node) -> str:
    return f"{_parsed(node)}; columns stay empty where that does not fit."


def _parse_where(node: Node) -> str:
    return f"{_parsed(node)}; rows where that does not fit are gone."


def _parsed(node: Node) -> str:
    source = value(plain(node)[0])
    made = [short(one) for one in found(node, "ParseOperatorNameAndOptionalType")]
    _, _, pattern = short(node).partition(" with ")
    if not made:
        made = [value(one) for one in found(node, "IdentifierName") if value(one) != source]
    return f"Read {listed(made)} out of the text of {source}, which looks like {pattern}"


def _parse_kv(node: Node) -> str:
    source = value(plain(node)[0])
    return f"Read names and values out of {source}, each into a column of its name."


def _make_series(node: Node) -> str:
    made = computed_text(
        [t.children(one)[0] for one in found(node, "MakeSeriesOperatorAggregation")]
    )
    on = next(found(node, "MakeSeriesOperatorOnClause"), None)
    steps = next(found(node, "MakeSeriesOperatorFromToStepClause"), None)
    by = next(found(node, "MakeSeriesOperatorByClause"), None)
    axis = f" along {value(t.children(on)[0])}" if on is not None else ""
    ends = t.children(steps) if steps is not None else []
    span = f" from {value(ends[0])} to {value(ends[1])}" if len(ends) == 3 else ""
    step = f" in steps of {value(ends[-1])}" if ends else ""
    each = f", one series for each {listed([_key(k) for k in t.children(by)])}" if by else ""
    return f"Make time series{axis}{span}{step}{each}: {made}."


def _render(node: Node) -> str:
    words = short(node).split(" ")
    return f"Draw the answer as {words[1] if len(words) > 1 else 'a chart'}; rows do not change."


def _sample(node: Node) -> str:
    return f"Keep {_count(node)}, picked at random."


def _sample_distinct(node: Node) -> str:
    number, column = plain(node)[:2]
    return f"Give up to {value(number)} different values of {value(column)}."


def _serialize(node: Node) -> str:
    made = t.children(node)
    also = f", and add columns: {computed_text(made)}" if made else ""
    return f"Fix the order of the rows as it is now{also}."


def _as(node: Node) -> str:
    return f"Name these rows {t.name(t.descend(node.Name))}, for use in what follows."


def _evaluate(node: Node) -> str:
    call = t.descend(node.PlugInCall)
    called = t.text(call.Name) if t.kind(call) == "NamedFunctionCallExpression" else short(call)
    what = _PLUGINS.get(called)
    return f"Run the plugin {called}" + (f": {what}." if what else " on the rows.")


def _invoke(node: Node) -> str:
    return f"Hand the rows to the function {short(t.children(node)[-1])}."


def _partition(node: Node) -> str:
    return f"Split the rows by {value(plain(node)[0])}, and do this with each part by itself:"


def _fork(_: Node) -> str:
    return "Give several answers from the same rows:"


def _facet(node: Node) -> str:
    columns = [value(c) for c in t.children(node) if not t.kind(c).startswith("FacetByOperatorW")]
    return f"Give, for each of {listed(columns)}, a table of its values and their counts."


def _reduce(node: Node) -> str:
    return f"Group the texts of {value(plain(node)[0])} that look alike, and count them."


def _top_nested(node: Node) -> str:
    levels = [short(part) for part in found(node, "TopNestedOperatorPart")] or [short(node)]
    return f"Take the top values level by level: {listed(levels)}."


def _top_hitters(node: Node) -> str:
    number, column = plain(node)[:2]
    by = t.child(node, "TopHittersOperatorByClause")
    weight = f", weighted by {value(t.children(by)[0])}" if by is not None else ""
    return f"Give the {value(number)} most frequent values of {value(column)}{weight} (estimated)."


def _get_schema(_: Node) -> str:
    return "Give the columns and their types in place of the rows."


def _consume(_: Node) -> str:
    return "Read all rows and give none of them."


def _scan(_: Node) -> str:
    return "Go through the rows in order and match sequences of steps."


def _ordered(node: Node) -> str:
    ordering = t.child(node, "SortOrdering")
    words = t.text(ordering) if ordering is not None else ""
    column = value(t.children(node)[0])
    lowest, highest = ("oldest", "newest") if column in TIME_COLUMNS else ("lowest", "highest")
    return f"{column} ({lowest if words.startswith('asc') else highest} first)"


def _count(node: Node) -> str:
    return rows_text(plain(node)[0])


_WORDS: Mapping[str, Callable[[Node], str]] = {
    "AsOperator": _as,
    "ConsumeOperator": _consume,
    "CountOperator": _count_rows,
    "DistinctOperator": _distinct,
    "EvaluateOperator": _evaluate,
    "ExtendOperator": _extend,
    "FacetByOperator": _facet,
    "FindOperator": find_words,
    "ForkOperator": _fork,
    "GetSchemaOperator": _get_schema,
    "InvokeOperator": _invoke,
    "JoinOperator": join_words,
    "LookupOperator": lookup_words,
    "MakeSeriesOperator": _make_series,
    "MvapplyOperator": _mv_apply,
    "MvexpandOperator": _mv_expand,
    "ParseKvOperator": _parse_kv,
    "ParseOperator": _parse,
    "ParseWhereOperator": _parse_where,
    "PartitionOperator": _partition,
    "ProjectAwayOperator": _project_away,
    "ProjectKeepOperator": _project_keep,
    "ProjectOperator": _project,
    "ProjectRenameOperator": _project_rename,
    "ProjectReorderOperator": _project_reorder,
    "ReduceByOperator": _reduce,
    "RenderOperator": _render,
    "SampleDistinctOperator": _sample_distinct,
    "SampleOperator": _sample,
    "ScanOperator": _scan,
    "SearchOperator": search_words,
    "SerializeOperator": _serialize,
    "SortOperator": _sort,
    "SummarizeOperator": _summarize,
    "TopHittersOperator": _top_hitters,
    "TopNestedOperator": _top_nested,
    "TopNestedOperatorPart": _top_nested,
    "TopOperator": _top,
    "UnionOperator": union_words,
    "WhereOperator": _where,
}
