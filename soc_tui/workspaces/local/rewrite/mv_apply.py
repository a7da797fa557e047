"""Rewrites `mv-apply` as `mv-expand` and the operators of its subquery.

That is the same where each of them looks at one row at a time; where one counts, sorts or takes,
it would do so over all rows, and nothing is said otherwise.

Source: https://learn.microsoft.com/kusto/query/mv-apply-operator: it expands as mv-expand does, and
its result has the columns of the source that were not expanded, and those of the subquery.
"""

from __future__ import annotations

from collections.abc import Callable

from soc_tui.kql.columns.result_names import Made, made_columns
from soc_tui.kql.columns.schema import Schema
from soc_tui.kql.operators.registry import OPERATORS
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.operator_parts import parameter_value, sub_operators
from soc_tui.kql.syntax.tree import Node
from soc_tui.kql.text.literals import identifier


def row_by_row(node: Node, row: Schema, say: Callable[[int, int], str]) -> str | None:
    """The operators for an `mv-apply` behind these columns; None where they would not be the same.

    Args:
        say: The text between two offsets, as it is said otherwise.
    """
    operators = sub_operators(node.OnExpression)
    entries = [OPERATORS.get(t.kind(operator)) for operator in operators]
    if not all(entry is not None and entry.row_by_row for entry in entries):
        return None
    expanded = [made_columns(below.Expression, 1) for below in node.Expressions]
    texts = [say(t.start(operator), t.end(operator)) for operator in operators]
    projects = [at for at, one in enumerate(operators) if t.kind(one) == "ProjectOperator"]
    if projects:
        kept = _beside(node, operators, expanded, row)
        if projects != [len(operators) - 1] or kept is None:
            return None
        # Behind a `project` there are also the columns of the source, which come first.
        texts[-1] = texts[-1].replace("project", f"project {kept}", 1)
    on = next(below for below in node.children if below.getText() == "on")
    expand = say(int(node.Keyword.stop) + 1, int(on.symbol.start))
    return " | ".join([f"mv-expand{expand.rstrip()}", *texts])


def _beside(node: Node, operators: list[Node], expanded: list[Made], row: Schema) -> str | None:
    """The source's columns that are not expanded, as the beginning of a `project`'s list; None
    where one of them is changed or named by the subquery."""
    if not row.closed or not all(made.given or len(made.names) == 1 for made in expanded):
        return None
    gone = {name for made in expanded for name in made.names}
    gone.add(parameter_value(node, "with_itemindex"))
    kept = [name for name in row.names if name not in gone]
    named: set[str] = set()
    for operator in operators:
        if t.kind(operator) not in {"ExtendOperator", "ProjectOperator", "WhereOperator"}:
            return None
        for expression in getattr(operator, "Expressions", ()):
            named.update(made_columns(expression, 1).names)
    return None if named & set(kept) else "".join(f"{identifier(name)}, " for name in kept)
