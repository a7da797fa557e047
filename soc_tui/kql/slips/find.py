"""Finds the slips of a whole query: operator by operator, with the columns that each one sees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from soc_tui.kql.columns.result_names import made_columns
from soc_tui.kql.columns.schema import EMPTY, Schema
from soc_tui.kql.reading.result import Reading, Step, TableRead
from soc_tui.kql.references.bindings import declared_name
from soc_tui.kql.slips.expressions import AGGREGATES, Expressions, Slip, unlike
from soc_tui.kql.slips.signatures import NAMES
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.grammar import called_name
from soc_tui.kql.syntax.operator_parts import expressions_of, nodes_below, parameter_value
from soc_tui.kql.syntax.tree import Node
from soc_tui.model.catalog import KqlType

_JOIN_KINDS = frozenset(
    {"anti", "fullouter", "inner", "innerunique", "leftanti", "leftantisemi", "leftouter"}
    | {"leftsemi", "rightanti", "rightantisemi", "rightouter", "rightsemi"}
)
_ROW_BY_ROW = frozenset(
    {"DistinctOperator", "ExtendOperator", "ProjectOperator", "SerializeOperator", "SortOperator"}
)
_COUNTED = frozenset({"SampleOperator", "TakeOperator", "TopOperator"})
_EXPANDED = frozenset({"MvapplyOperator", "MvexpandOperator"})


def find_slips(kql: str, reading: Reading) -> tuple[Slip, ...]:
    """The slips of a query that was read, in the order of the text."""
    found = dict.fromkeys(_twice_let(t.parse(kql)))
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
    return tuple(sorted(found, key=lambda slip: (slip.place.line, slip.place.column)))


def _check(step: Step, values: Expressions) -> None:
    node, what = step.node, t.kind(step.node)
    if what == "WhereOperator":
        values.truth(node.Predicate, "where")
    elif what == "SummarizeOperator":
        _check_summarize(node, values)
    elif what in _ROW_BY_ROW:
        for below in t.children(node):
            values.type_of(below)
        if what == "ProjectOperator":
            _check_names(expressions_of(node), values)
    elif what in _COUNTED:
        number = next((x for x in t.children(node) if t.kind(x) == "NamedExpression"), None)
        kind = values.type_of(number) if number is not None else None
        if number is not None and kind in {KqlType.STRING, KqlType.DATETIME, KqlType.TIMESPAN}:
            values.slip(f"{node.start.text} needs a number", number)
    elif what in _EXPANDED:
        for below in node.Expressions:
            kind = values.type_of(below.Expression)
            if kind is not None and kind is not KqlType.DYNAMIC:
                message = f"{node.start.text} takes an array or bag, and this is {NAMES[kind]}"
                values.slip(message, below, "Use split() or parse_json().")
    elif what == "JoinOperator":
        join = parameter_value(node, "kind")
        if join and join.lower() not in _JOIN_KINDS:
            values.slip(f"{join} is no kind of join", node.Parameters[0], "Did you mean leftouter?")


def _check_summarize(node: Node, values: Expressions) -> None:
    by = node.ByClause
    groups = expressions_of(by) if by is not None else []
    for expression in groups:
        values.type_of(expression)
    made = expressions_of(node)
    values.aggregates = True
    for expression in made:
        values.type_of(expression)
        if not any(_aggregates(expression, values)):
            message = "summarize needs an aggregate here"
            values.slip(message, expression, "Write take_any(…), or put it behind by.")
    _check_names([*groups, *made], values)


def _aggregates(node: Node, values: Expressions) -> Iterator[Node]:
    node = t.descend(node)
    if t.kind(node) == "CountExpression":
        yield node
    elif t.kind(node) == "NamedFunctionCallExpression":
        called = called_name(node)
        if called in AGGREGATES or called in values.scope:
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
