"""What each tabular operator of KQL does, in a sentence.

Meaning: https://learn.microsoft.com/kusto/query/ (one page an operator).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from soc_tui.kql import tree as t
from soc_tui.kql.phrases import condition, listed, named, short, value
from soc_tui.kql.tree import NAMES, Node

_PARAMETERS = frozenset(
    {"ParseOperatorKindClause", "RelaxedQueryOperatorParameter", "StrictQueryOperatorParameter"}
)
_JOINS = {
    "innerunique": "rows with a match on both sides; of the left rows with the same key only one",
    "inner": "rows with a match on both sides, each pair of them",
    "leftouter": "all rows of the left side, with the columns of the right where there is a match",
    "rightouter": "all rows of the right side, with the columns of the left where there is a match",
    "fullouter": "all rows of both sides, put together where they match",
    "leftsemi": "rows of the left side that have a match on the right; only their own columns",
    "rightsemi": "rows of the right side that have a match on the left; only their own columns",
    "leftanti": "rows of the left side that have no match on the right",
    "anti": "rows of the left side that have no match on the right",
    "leftantisemi": "rows of the left side that have no match on the right",
    "rightanti": "rows of the right side that have no match on the left",
    "rightantisemi": "rows of the right side that have no match on the left",
}
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
        return f"Add the rows of {_united(node)}"
    if what in _WORDS:
        return _WORDS[what](node)
    # Every operator begins with its own name.
    return f"Apply {short(node).split(' ')[0]} to the rows; what it does is not explained here."


def source_words(node: Node) -> str:
    """A sentence on what stands where rows come from and is no table name; empty for others."""
    words = _SOURCES.get(t.kind(node))
    return words(node) if words else ""


def inner_pipes(node: Node) -> Iterator[Node]:
    """Queries in brackets within an operator, which are explained after it."""
    what = t.kind(node)
    if what in {"JoinOperator", "LookupOperator", "UnionOperator"}:
        for operand in _operands(node):
            if t.kind(t.descend(operand)) == "ParenthesizedExpression" and _is_more(operand):
                yield operand
    elif what in {"ForkOperator", "PartitionOperator"}:
        for below in t.children(node):
            if t.kind(below).startswith(("ForkOperatorFork", "PartitionOperatorS")):
                yield t.children(below)[-1]
    elif what == "MvapplyOperator":
        yield t.children(node)[-1]
    elif what == "FacetByOperator":
        for below in t.children(node):
            if t.kind(below).startswith("FacetByOperatorWith"):
                yield t.children(below)[-1]


def _is_more(node: Node) -> bool:
    return t.is_pipe(t.strip(node))


def _where(node: Node) -> str:
    return f"Keep only rows where {condition(node.Predicate)}."


def _extend(node: Node) -> str:
    return f"Add columns: {_computed(t.children(node))}."


def _project(node: Node) -> str:
    plain, made = [], []
    for child in t.children(node):
        name, expression = named(child)
        if not name and t.kind(t.strip(expression)) in NAMES:
            plain.append(value(expression))
        else:
            made.append(child)
    parts = [f"Show only {_columns(plain)}"] if plain else []
    if made:
        computed = _computed(made)
        parts.append(f"make {computed}" if parts else f"Show only what is made here: {computed}")
    return f"{', and '.join(parts)}. All other columns are gone."


def _project_away(node: Node) -> str:
    return f"Leave out {_columns([short(child) for child in t.children(node)])}."


def _project_keep(node: Node) -> str:
    return f"Keep only {_columns([short(child) for child in t.children(node)])}."


def _project_rename(node: Node) -> str:
    renamed = []
    for child in t.children(node):
        name, expression = named(child)
        renamed.append(f"{value(expression)} to {name}")
    return f"Rename {listed(renamed)}."


def _project_reorder(node: Node) -> str:
    return f"Put {_columns([short(child) for child in t.children(node)])} first."


def _sort(node: Node) -> str:
    return f"Sort by {listed([_ordered(child) for child in _plain(node)], 'then')}."


def _top(node: Node) -> str:
    number, *orders = _plain(node)
    ordered = listed([_ordered(one) for one in orders], "then")
    return f"Keep the first {_rows(number)} when sorted by {ordered}."


def _summarize(node: Node) -> str:
    by = t.child(node, "SummarizeOperatorByClause")
    made = [child for child in _plain(node) if child is not by]
    keys = [_key(child) for child in t.children(by)] if by is not None else []
    if not made:
        return f"Give each different combination of {listed(keys)} once."
    computed = _computed(made)
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


def _join(node: Node) -> str:
    left_kind = "innerunique"
    kind = _parameter(node, "kind") or left_kind
    other = _operands(node)[0]
    kept = _JOINS.get(kind, "rows as that kind of join keeps them")
    default = " (KQL's default)" if not _parameter(node, "kind") else ""
    return f"Join with {_other(other)} {_on(node)}. Kept are, as {kind}{default}: {kept}."


def _lookup(node: Node) -> str:
    kind = _parameter(node, "kind") or "leftouter"
    kept = "rows without a match stay" if kind == "leftouter" else "rows without a match go"
    return f"Add the columns of {_other(_operands(node)[0])} {_on(node)}; {kept}."


def _other(node: Node) -> str:
    inner = t.strip(node)
    return value(inner) if t.kind(inner) in NAMES else "the query in brackets"


def _on(node: Node) -> str:
    clause = t.child(node, "JoinOperatorOnClause")
    if clause is None:
        return "by what its clause says"
    same, others = [], []
    for child in t.children(clause):
        inner = t.strip(child)
        if t.kind(inner) in NAMES:
            same.append(t.name(inner))
        else:
            words = condition(inner).replace("$left.", "the left ").replace("$right.", "the right ")
            others.append(words)
    parts = [f"{listed(same)} {'is' if len(same) == 1 else 'are'} the same"] if same else []
    return f"where {listed([*parts, *others])}"


def _union(node: Node) -> str:
    return f"Put together the rows of {_united(node)}"


def _united(node: Node) -> str:
    names = [_operand(operand) for operand in _operands(node)]
    column = _parameter(node, "withsource")
    source = f" The column {column} tells from which table a row is." if column else ""
    fuzzy = " Tables that are not there are passed over." if _is_fuzzy(node) else ""
    only = (
        "only the columns that all have" if _parameter(node, "kind") == "inner" else "all columns"
    )
    return f"{listed(names)}, with {only}.{source}{fuzzy}"


def _operand(node: Node) -> str:
    inner = t.strip(node)
    if t.kind(inner) == "WildcardedName":
        return f"every table named {t.text(inner)}"
    if _is_more(node):
        return "a query in brackets"
    return value(inner) if t.kind(inner) in NAMES else short(inner)


def _is_fuzzy(node: Node) -> bool:
    return _parameter(node, "isfuzzy").lower() == "true"


def _mv_expand(node: Node) -> str:
    columns = [_expanded(child) for child in _plain(node) if not t.kind(child).endswith("Clause")]
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
    source = value(_plain(node)[0])
    made = [short(one) for one in _found(node, "ParseOperatorNameAndOptionalType")]
    _, _, pattern = short(node).partition(" with ")
    if not made:
        made = [value(one) for one in _found(node, "IdentifierName") if value(one) != source]
    return f"Read {listed(made)} out of the text of {source}, which looks like {pattern}"


def _found(node: Node, kind: str) -> Iterator[Node]:
    for below in t.children(node):
        if t.kind(below) == kind:
            yield below
        else:
            yield from _found(below, kind)


def _parse_kv(node: Node) -> str:
    source = value(_plain(node)[0])
    return f"Read names and values out of {source}, each into a column of its name."


def _make_series(node: Node) -> str:
    made = _computed([t.children(one)[0] for one in _found(node, "MakeSeriesOperatorAggregation")])
    on = next(_found(node, "MakeSeriesOperatorOnClause"), None)
    steps = next(_found(node, "MakeSeriesOperatorFromToStepClause"), None)
    by = next(_found(node, "MakeSeriesOperatorByClause"), None)
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
    number, column = _plain(node)[:2]
    return f"Give up to {value(number)} different values of {value(column)}."


def _serialize(node: Node) -> str:
    made = t.children(node)
    also = f", and add columns: {_computed(made)}" if made else ""
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


def _search(node: Node) -> str:
    clause = t.child(node, "SearchOperatorInClause")
    where = ""
    if clause is not None:
        where = f" of {listed([short(child) for child in t.children(clause)])}"
    case = ", letter case counts" if _parameter(node, "kind") == "case_sensitive" else ""
    last = [child for child in _plain(node) if child is not clause][-1]
    return f"Search the rows{where}: keep those where {condition(last)}{case}."


def _find(node: Node) -> str:
    tables = next(_found(node, "FindOperatorInClause"), None)
    where = f" in {listed([short(one) for one in t.children(tables)])}" if tables else ""
    tests = [c for c in _plain(node) if not t.kind(c).endswith(("Clause", "ClauseContext"))]
    test = f" where {condition(tests[0])}" if tests else ""
    return f"Find rows{where}{test}, with the table each is from."


def _partition(node: Node) -> str:
    return f"Split the rows by {value(_plain(node)[0])}, and do this with each part by itself:"


def _fork(_: Node) -> str:
    return "Give several answers from the same rows:"


def _facet(node: Node) -> str:
    columns = [value(c) for c in t.children(node) if not t.kind(c).startswith("FacetByOperatorW")]
    return f"Give, for each of {listed(columns)}, a table of its values and their counts."


def _reduce(node: Node) -> str:
    return f"Group the texts of {value(_plain(node)[0])} that look alike, and count them."


def _top_nested(node: Node) -> str:
    levels = [short(part) for part in _found(node, "TopNestedOperatorPart")] or [short(node)]
    return f"Take the top values level by level: {listed(levels)}."


def _top_hitters(node: Node) -> str:
    number, column = _plain(node)[:2]
    by = t.child(node, "TopHittersOperatorByClause")
    weight = f", weighted by {value(t.children(by)[0])}" if by is not None else ""
    return f"Give the {value(number)} most frequent values of {value(column)}{weight} (estimated)."


def _get_schema(_: Node) -> str:
    return "Give the columns and their types in place of the rows."


def _consume(_: Node) -> str:
    return "Read all rows and give none of them."


def _scan(_: Node) -> str:
    return "Go through the rows in order and match sequences of steps."


def _print(node: Node) -> str:
    return f"Give one row: {_computed(t.children(node))}."


def _range(node: Node) -> str:
    name, low, high, step = (value(child) for child in t.children(node)[:4])
    return f"Give one column, {name}, from {low} to {high} in steps of {step}."


def _datatable(node: Node) -> str:
    columns = [short(one) for one in _found(node, "RowSchemaColumnDeclaration")]
    cells = len(t.children(node)) - 1
    count = cells // len(columns) if columns else 0
    return f"Give {count} rows that are written here, with {_columns(columns)}."


def _external(_: Node) -> str:
    return "Read a file from outside the workspace."


def _function(node: Node) -> str:
    return f"Take the rows that {short(node)} gives."


def _path(node: Node) -> str:
    return f"Read {short(node)}, which may be in another workspace or database."


def _computed(nodes: Sequence[Node]) -> str:
    """What is made: "n: the number of rows; host: DeviceName as text"."""
    parts = []
    for node in nodes:
        name, expression = named(node)
        words = condition(expression) if _is_test(expression) else value(expression)
        parts.append(f"{name}: {words}" if name else words)
    return "; ".join(parts)


def _is_test(node: Node) -> bool:
    return t.kind(t.strip(node)) in {
        "EqualityExpression",
        "LogicalAndExpression",
        "LogicalOrExpression",
        "RelationalExpression",
        "StringBinaryOperatorExpression",
    }


def _ordered(node: Node) -> str:
    ordering = t.child(node, "SortOrdering")
    words = t.text(ordering) if ordering is not None else ""
    order = "lowest first" if words.startswith("asc") else "highest first"
    return f"{value(t.children(node)[0])} ({order})"


def _columns(names: Sequence[str]) -> str:
    return f"the column{'' if len(names) == 1 else 's'} {listed(names)}"


def _count(node: Node) -> str:
    return _rows(_plain(node)[0])


def _rows(node: Node) -> str:
    number = value(node)
    if not number.isdecimal():
        return f"{number} rows"
    return f"{int(number):,} row{'' if int(number) == 1 else 's'}"


def _plain(node: Node) -> list[Node]:
    """Children that are no `name=value` parameters."""
    return [child for child in t.children(node) if t.kind(child) not in _PARAMETERS]


def _operands(node: Node) -> list[Node]:
    return [c for c in _plain(node) if t.kind(c) not in {"JoinOperatorOnClause"}]


def _parameter(node: Node, name: str) -> str:
    """The value of a parameter such as kind=inner; empty without it."""
    for child in t.children(node):
        if t.kind(child) in _PARAMETERS:
            key, _, text = t.text(child).partition("=")
            if key == name:
                return text
    return ""


_WORDS: Mapping[str, Callable[[Node], str]] = {
    "AsOperator": _as,
    "ConsumeOperator": _consume,
    "CountOperator": _count_rows,
    "DistinctOperator": _distinct,
    "EvaluateOperator": _evaluate,
    "ExtendOperator": _extend,
    "FacetByOperator": _facet,
    "FindOperator": _find,
    "ForkOperator": _fork,
    "GetSchemaOperator": _get_schema,
    "InvokeOperator": _invoke,
    "JoinOperator": _join,
    "LookupOperator": _lookup,
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
    "SearchOperator": _search,
    "SerializeOperator": _serialize,
    "SortOperator": _sort,
    "SummarizeOperator": _summarize,
    "TopHittersOperator": _top_hitters,
    "TopNestedOperator": _top_nested,
    "TopNestedOperatorPart": _top_nested,
    "TopOperator": _top,
    "UnionOperator": _union,
    "WhereOperator": _where,
}
_SOURCES: Mapping[str, Callable[[Node], str]] = {
    "DataTableExpression": _datatable,
    "ExternalDataExpression": _external,
    "FindOperator": _find,
    "FunctionCallOrPathPathExpression": _path,
    "NamedFunctionCallExpression": _function,
    "PrintOperator": _print,
    "RangeExpression": _range,
    "SearchOperator": _search,
    "UnionOperator": _union,
}
