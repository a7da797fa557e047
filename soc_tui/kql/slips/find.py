"""Finds the slips of a whole query: operator by operator, with the columns that each one sees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from soc_tui.kql.columns.result_names import made_columns
from soc_tui.kql.columns.schema import EMPTY, Schema
from soc_tui.kql.reading.result import Call, Function, Reading, Step, TableRead
from soc_tui.kql.references.bindings import Binding, What, declared_name
from soc_tui.kql.slips import operands
from soc_tui.kql.slips.expressions import AGGREGATES, Expressions, Slip, unlike
from soc_tui.kql.slips.signatures import NAMES
from soc_tui.kql.slips.words import loose_materialize, words_as_names
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.grammar import called_name
from soc_tui.kql.syntax.operator_parts import expressions_of, nodes_below, parted
from soc_tui.kql.syntax.tree import Node
from soc_tui.model.catalog import KqlType

_ROW_BY_ROW = frozenset(
    {"DistinctOperator", "ExtendOperator", "ProjectOperator", "SerializeOperator", "SortOperator"}
)


def find_slips(kql: str, reading: Reading) -> tuple[Slip, ...]:
    """The slips of a query that was read, in the order of the text."""
    found = dict.fromkeys(_twice_let(t.parse(kql)))
    found.update(dict.fromkeys(words_as_names(kql)))
    found.update(dict.fromkeys(loose_materialize(kql)))
    found.update(dict.fromkeys(operands.value_sources(kql)))
    behind = {id(one.node): one.behind for one in reading.found if isinstance(one, Step)}
    tables = {id(one.node): one.schema for one in reading.found if isinstance(one, TableRead)}
    for node in reading.lets.values():
        inner = t.strip(node)
        if t.kind(inner) == "NamedFunctionCallExpression" and id(inner) not in tables:
            values = Expressions(EMPTY, {})
            values.type_of(inner)
            found.update(dict.fromkeys(values.slips))
    for step in reading.found:
        if isinstance(step, Step):
            values = Expressions(step.row, step.scope)
            _check(step, values)
            if t.kind(step.node) in {"JoinOperator", "LookupOperator"}:
                right = t.strip(step.node.Table)
                last = t.descend(t.children(right)[-1].Operator) if t.is_pipe(right) else right
                _check_keys(step, values, behind.get(id(last)) or tables.get(id(last)))
            found.update(dict.fromkeys(values.slips))
    found.update(dict.fromkeys(_of_tables(reading)))
    found.update(dict.fromkeys(_of_own_functions(reading)))
    return tuple(sorted(found, key=lambda slip: (slip.place.line, slip.place.column)))


def _of_tables(reading: Reading) -> Iterator[Slip]:
    """What is wrong in operators that begin a pipe."""
    own = {name: Binding(What.FUNCTION) for name in reading.lets}
    for read in reading.found:
        if not isinstance(read, TableRead):
            continue
        values = Expressions(read.schema, own)
        if t.kind(read.node) == "FindOperator" and read.node.Expression is not None:
            values.type_of(read.node.Expression)
        elif t.kind(read.node) == "SearchOperator":
            values.terms = True
            for below in t.children(read.node):
                values.type_of(below)
        elif t.kind(read.node) == "PrintOperator":
            values = Expressions(EMPTY, own)
            for expression in t.children(read.node):
                values.type_of(expression)
        elif t.kind(read.node) == "UnionOperator":
            operands.CHECKS["UnionOperator"](read.node, values)
        yield from values.slips


def _of_own_functions(reading: Reading) -> Iterator[Slip]:
    """Calls of the query's own functions with arguments that they do not take."""
    declared: dict[str, list[Function]] = {}
    for function in reading.found:
        if isinstance(function, Function):
            declared.setdefault(declared_name(function.node), []).append(function)
    for call in reading.found:
        if not isinstance(call, Call) or call.parameters is None:
            continue
        functions = declared.get(called_name(call.node), [])
        if len(functions) == 1 and functions[0].parameters == call.parameters:
            listed = functions[0].node.ParameterList
            parameters = t.children(listed) if listed is not None else []
            needed = sum(getattr(one, "Default", None) is None for one in parameters)
            names = list(call.parameters)
            for message, node in operands.own_arguments(call.node, call.given, names, needed):
                yield Slip(message, t.place(node))


def _check(step: Step, values: Expressions) -> None:
    what = t.kind(step.node)
    if what in _ROW_BY_ROW:
        _check_row_by_row(step, values)
    elif what in _CHECKS:
        _CHECKS[what](step.node, values)


def _check_where(node: Node, values: Expressions) -> None:
    values.truth(node.Predicate, "where")


def _check_row_by_row(step: Step, values: Expressions) -> None:
    for below in t.children(step.node):
        if t.kind(below) == "OrderedExpression":
            key = t.children(below)[0]
            _check_key("sorted", key, values.type_of(key), values)
        else:
            values.type_of(below)
    if t.kind(step.node) in {"ExtendOperator", "ProjectOperator"}:
        _check_names(expressions_of(step.node), values)
    elif t.kind(step.node) == "DistinctOperator":
        _check_distinct(step, values)


def _check_counted(node: Node, values: Expressions) -> None:
    number = next((x for x in t.children(node) if t.kind(x) == "NamedExpression"), None)
    kind = values.type_of(number) if number is not None else None
    if number is not None and kind in _UNCOUNTED:
        values.slip(f"{node.start.text} needs a whole number", number)


_UNCOUNTED = frozenset({KqlType.DATETIME, KqlType.REAL, KqlType.STRING, KqlType.TIMESPAN})


def _check_expanded(node: Node, values: Expressions) -> None:
    for parameter in getattr(node, "Parameters", None) or ():
        name, _, form = parted(parameter)
        if name in {"bagexpansion", "kind"} and form.lower() not in {"array", "bag"}:
            values.slip(f"{node.start.text} makes bags or arrays", parameter, "Write kind=array.")
    for below in node.Expressions:
        kind = values.type_of(below.Expression)
        if kind is not None and kind is not KqlType.DYNAMIC:
            message = f"{node.start.text} takes an array or bag, and this is {NAMES[kind]}"
            values.slip(message, below, "Use split() or parse_json().")


def _check_key(what: str, node: Node, kind: KqlType | None, values: Expressions) -> None:
    if kind is KqlType.DYNAMIC:
        message = f"Rows are not {what} by {NAMES[kind]}"
        values.slip(message, node, "Use tostring() or another type's function.")


def _check_distinct(step: Step, values: Expressions) -> None:
    if step.node.Star is None:
        keys = expressions_of(step.node.ColumnList)
        for key in keys:
            _check_key("told apart", key, values.type_of(key), values)
        _check_names(keys, values)
    else:
        bags = [name for name, kind in step.row.names.items() if kind is KqlType.DYNAMIC]
        if bags and step.row.closed:
            message = f"Rows are not told apart by {NAMES[KqlType.DYNAMIC]}, as {bags[0]} is"
            values.slip(message, step.node.Star, "Name the columns, or leave that one out.")


def _check_summarize(node: Node, values: Expressions) -> None:
    by = node.ByClause
    groups = expressions_of(by) if by is not None else []
    for expression in groups:
        _check_key("grouped", expression, values.type_of(expression), values)
    made = expressions_of(node)
    values.aggregates = True
    for expression in made:
        values.type_of(expression)
        if not any(_aggregates(expression, values)):
            message = "summarize needs an aggregate here"
            values.slip(message, expression, "Write take_any(…), or put it behind by.")
    _check_names([*groups, *made], values)


_ALSO_AGGREGATES = frozenset({"hll_merge", "merge_tdigest", "merge_tdigests", "tdigest_merge"})
"""They merge values of a row as well."""


def _aggregates(node: Node, values: Expressions) -> Iterator[Node]:
    node = t.descend(node)
    if t.kind(node) == "CountExpression":
        yield node
    elif t.kind(node) == "NamedFunctionCallExpression":
        called = called_name(node)
        if called in _ALSO_AGGREGATES or called in AGGREGATES or called in values.scope:
            yield node
    for below in t.children(node):
        yield from _aggregates(below, values)


def _check_names(expressions: list[Node], values: Expressions) -> None:
    made = [made_columns(expression, 1) for expression in expressions]
    given = [
        name
        for one, expression in zip(made, expressions, strict=True)
        if one.given or t.kind(t.strip(expression)) in t.NAMES
        for name in one.names
    ]
    for name, times in Counter(given).items():
        if times > 1:
            at = max(index for index, one in enumerate(made) if name in one.names)
            values.slip(f"The column {name!a} is made twice", expressions[at], "Rename one.")


def _check_keys(step: Step, values: Expressions, right: Schema | None) -> None:
    clause = step.node.OnClause
    if right is None or clause is None:
        return
    for expression in expressions_of(clause):
        named = t.strip(expression)
        if t.kind(named) in t.NAMES:
            sides = [step.row.names.get(t.name(named)), right.names.get(t.name(named))]
        else:
            sides = [
                (step.row if t.text(root) == "$left" else right).names.get(t.text(steps[0])[1:])
                for root, *steps in map(
                    t.children, nodes_below(named, "FunctionCallOrPathPathExpression")
                )
                if steps
            ]
        first, *rest = sides or [None]
        if rest and unlike(first, rest[0]) and first is not None and rest[0] is not None:
            words = f"{NAMES[first]} on the left and {NAMES[rest[0]]} on the right"
            values.slip(f"The join's key is {words}", named)


def _twice_let(root: Node) -> Iterator[Slip]:
    seen: set[str] = set()
    for statement in t.children(t.child(root, "Query") or root):
        node = t.descend(statement)
        if not t.kind(node).startswith("Let"):
            continue
        name = declared_name(node)
        if name in seen:
            yield Slip(f"let names {name!a} twice", t.place(node.Name), "Rename one.")
        seen.add(name)


_CHECKS: Mapping[str, Callable[[Node, Expressions], None]] = {
    **operands.CHECKS,
    "MvapplyOperator": _check_expanded,
    "MvexpandOperator": _check_expanded,
    "SampleOperator": _check_counted,
    "SummarizeOperator": _check_summarize,
    "TakeOperator": _check_counted,
    "TopOperator": _check_counted,
    "WhereOperator": _check_where,
}
