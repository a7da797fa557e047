"""Where rows come from and how they are put together, in a sentence: sources, joins, unions.

Meaning: https://learn.microsoft.com/kusto/query/ (one page an operator).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from soc_tui.kql.explain.phrase_parts import (
    columns_text,
    computed_text,
    found,
    is_or_are,
    is_piped,
    operands,
    parameter,
    plain,
)
from soc_tui.kql.explain.phrases import condition, listed, short, value
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.tree import NAMES, Node
from soc_tui.model.wording import number_of

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


def source_words(node: Node) -> str:
    """A sentence on what stands where rows come from and is no table name; empty for others."""
    words = _SOURCES.get(t.kind(node))
    return words(node) if words else ""


def inner_pipes(node: Node) -> Iterator[Node]:
    """Queries in brackets within an operator, which are explained after it."""
    what = t.kind(node)
    if what in {"JoinOperator", "LookupOperator", "UnionOperator"}:
        for operand in operands(node):
            if t.kind(t.descend(operand)) == "ParenthesizedExpression" and is_piped(operand):
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


def join_words(node: Node) -> str:
    """A sentence on a join."""
    left_kind = "innerunique"
    kind = parameter(node, "kind") or left_kind
    other = operands(node)[0]
    kept = _JOINS.get(kind, "rows as that kind of join keeps them")
    default = " (KQL's default)" if not parameter(node, "kind") else ""
    return f"Join with {_other(other)} {_on(node)}. Kept are, as {kind}{default}: {kept}."


def lookup_words(node: Node) -> str:
    """A sentence on a lookup."""
    kind = parameter(node, "kind") or "leftouter"
    kept = "rows without a match stay" if kind == "leftouter" else "rows without a match go"
    return f"Add the columns of {_other(operands(node)[0])} {_on(node)}; {kept}."


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
    parts = [f"{listed(same)} {is_or_are(len(same))} the same"] if same else []
    return f"where {listed([*parts, *others])}" if parts or others else "on nothing"


def union_words(node: Node) -> str:
    """A sentence on a union that begins a query."""
    return f"Put together the rows of {united_words(node)}"


def united_words(node: Node) -> str:
    """The tables of a union and how their rows are put together."""
    names = [_operand(operand) for operand in operands(node)]
    column = parameter(node, "withsource")
    source = f" The column {column} tells from which table a row is." if column else ""
    fuzzy = " Tables that are not there are passed over." if _is_fuzzy(node) else ""
    only = "only the columns that all have" if parameter(node, "kind") == "inner" else "all columns"
    return f"{listed(names)}, with {only}.{source}{fuzzy}"


def _operand(node: Node) -> str:
    inner = t.strip(node)
    if t.kind(inner) == "WildcardedName":
        return f"every table named {t.text(inner)}"
    if is_piped(node):
        return "a query in brackets"
    return value(inner) if t.kind(inner) in NAMES else short(inner)


def _is_fuzzy(node: Node) -> bool:
    return parameter(node, "isfuzzy").lower() == "true"


def search_words(node: Node) -> str:
    """A sentence on a search."""
    clause = t.child(node, "SearchOperatorInClause")
    where = ""
    if clause is not None:
        where = f" of {listed([short(child) for child in t.children(clause)])}"
    case = ", letter case counts" if parameter(node, "kind") == "case_sensitive" else ""
    last = [child for child in plain(node) if child is not clause][-1]
    return f"Search the rows{where}: keep those where {condition(last)}{case}."


def find_words(node: Node) -> str:
    """A sentence on a find."""
    tables = next(found(node, "FindOperatorInClause"), None)
    where = f" in {listed([short(one) for one in t.children(tables)])}" if tables else ""
    tests = [c for c in plain(node) if not t.kind(c).endswith(("Clause", "ClauseContext"))]
    test = f" where {condition(tests[0])}" if tests else ""
    return f"Find rows{where}{test}, with the table each is from."


def _print(node: Node) -> str:
    return f"Give one row: {computed_text(t.children(node))}."


def _range(node: Node) -> str:
    name, low, high, step = (value(child) for child in t.children(node)[:4])
    return f"Give one column, {name}, from {low} to {high} in steps of {step}."


def _datatable(node: Node) -> str:
    columns = [short(one) for one in found(node, "RowSchemaColumnDeclaration")]
    cells = len(t.children(node)) - 1
    count = cells // len(columns) if columns else 0
    rows = f"{number_of(count, 'row')} that {is_or_are(count)} written here"
    return f"Give {rows}, with {columns_text(columns)}."


def _external(_: Node) -> str:
    return "Read a file from outside the workspace."


def _function(node: Node) -> str:
    return f"Take the rows that {short(node)} gives."


def _path(node: Node) -> str:
    return f"Read {short(node)}, which may be in another workspace or database."


_SOURCES: Mapping[str, Callable[[Node], str]] = {
    "DataTableExpression": _datatable,
    "ExternalDataExpression": _external,
    "FindOperator": find_words,
    "FunctionCallOrPathPathExpression": _path,
    "NamedFunctionCallExpression": _function,
    "PrintOperator": _print,
    "RangeExpression": _range,
    "SearchOperator": search_words,
    "UnionOperator": union_words,
}
