"""Rules of the grammar by what they mean for the tables that a query reads.

The grammar is Microsoft's Kql.g4 as duckdb_kql ships it; tests/kql/test_grammar.py tells when its
rules change, so that these lists are looked at again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.tree import NAMES, Node

CONSTRUCTS = {
    "AliasDatabaseStatement": "alias database",
    "ContextualDataTableExpression": "__contextual_datatable",
    "DeclarePatternStatement": "declare pattern",
    "EntityGroupExpression": "entity_group",
    "LetEntityGroupDeclaration": "entity_group",
    "MaterializedViewCombineExpression": "materialized-view-combine",
    "RestrictAccessStatement": "restrict access",
    "ScopedFunctionCallExpression": "a function of another scope",
}
"""Rules of what is refused wherever it stands, and how it is called; for operators see
kql/operators."""

NO_OPERATORS = frozenset(
    f"{name}Operator"
    for name in (
        "AfterPipe",
        "BeforeOrAfterPipe",
        "EntityElement",
        "EntityPath",
        "EntityPathOrElement",
        "ForkPipe",
        "ForkOperatorPiped",
        "LegacyEntityPathElement",
        "Piped",
        "StringBinary",
    )
)
"""Rules whose names end as those of operators do."""

PATHS = frozenset(
    {
        "AtSignName",
        "DotCompositeFunctionCallExpression",
        "EntityPathOrElementExpression",
        "FunctionCallOrPathPathExpression",
        "WildcardedPathExpression",
    }
)
"""Rules of names that are reached through other names."""


def workspace_table(node: Node) -> tuple[Node | None, Node | None]:
    """The nodes "x" and T of `workspace("x").T`; None for all else."""
    below = t.children(node)
    root = t.descend(below[0])
    if t.kind(root) != "NamedFunctionCallExpression" or called_name(root) != "workspace":
        return None, None
    arguments = [t.descend(argument) for argument in t.children(root)[1:]]
    if len(arguments) != 1 or t.kind(arguments[0]) != "StringLiteralExpression" or len(below) != 2:
        return None, None
    tail = t.descend(below[1])
    if t.kind(tail) == "FunctionCallOrPathPathOperation":
        tail = t.descend(tail.Name)
    return arguments[0], tail if t.kind(tail) in NAMES else None


def named_table(node: Node) -> Node | None:
    """The node "T" of `table("T")`; None for all else, a name that is computed too."""
    if t.kind(node) != "NamedFunctionCallExpression" or called_name(node) != "table":
        return None
    _, *arguments = map(t.descend, t.children(node))
    is_text = len(arguments) == 1 and t.kind(arguments[0]) == "StringLiteralExpression"
    return arguments[0] if is_text else None


def table_named_by(node: Node) -> str:
    """The name n of `table(n)`; "" for all else."""
    if t.kind(node) != "NamedFunctionCallExpression" or called_name(node) != "table":
        return ""
    _, *arguments = map(t.descend, t.children(node))
    return t.name(arguments[0]) if len(arguments) == 1 and t.kind(arguments[0]) in NAMES else ""


def passed(node: Node, given: int, parameters: Iterable[str]) -> dict[str, Node]:
    """The values of a call by the names of its parameters; none of those that could be another's.

    Args:
        given: How many of the first parameters are not among the arguments.
    """
    names = list(parameters)[given:]
    values: dict[str, Node] = {}
    arguments = [t.descend(argument) for argument in t.children(node)[1:]]
    clauses = [t.child(argument, "NamedExpressionNameClause") for argument in arguments]
    if not any(clauses):
        return dict(zip(names, arguments, strict=False))
    for argument, clause in zip(arguments, clauses, strict=True):
        if clause is not None:
            name = t.name(t.descend(clause.Name or clause))
            values[name] = argument.Expression if name not in values else clause
    return values


def text_value(node: Node) -> str:
    """What a plain string literal holds; its own text when it holds an escape or is of parts."""
    written = t.text(node)
    inner = written[1:-1]
    if len(t.children(node)) or len(node.children) > 1 or "\\" in inner or written[0] not in "\"'":
        return written
    return inner


def called_name(node: Node) -> str:
    """The name of the function that a NamedFunctionCallExpression calls."""
    return t.name(t.descend(node.Name))


def argument_value(node: Node, index: int, parameters: Mapping[str, bool]) -> tuple[bool, Node]:
    """Whether an argument is a table, and its value without the name that it may carry."""
    node = t.descend(node)
    named = t.child(node, "NamedExpressionNameClause")
    if named is None or not parameters:
        return list(parameters.values())[index : index + 1] == [True], node
    # What names no parameter is taken for a table: that refuses more.
    return parameters.get(t.name(t.descend(named.Name or named)), True), node.Expression
