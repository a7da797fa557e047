"""Whether a pipe closes a table's columns off, so that none but named ones come out of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from soc_tui.kql.columns.schema import matches
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.operator_parts import column_patterns
from soc_tui.kql.syntax.tree import Node
from soc_tui.kql.syntax.vocabulary import words

_KEEPING = frozenset({"SortOperator", "TakeOperator", "TopOperator", "WhereOperator"})
_NAMING = frozenset({"CountOperator", "DistinctOperator", "ProjectOperator", "SummarizeOperator"})
_BY_STRING = words("bag_pack_columns column_ifexists columnifexists pack_all packall")
"""Functions that read columns which the text does not name as such."""


def closes_off(operators: Sequence[Node], denied: Collection[str]) -> bool:
    """Whether operators right behind a table neither show nor test the denied columns of it.

    Only what surely does not counts: conditions, and then what makes new columns of named ones, or
    a `project-away` of all that is denied.
    """
    for operator in operators:
        what = t.kind(operator)
        if what == "ProjectAwayOperator":
            patterns = column_patterns(operator)
            if all(matches(name, patterns) for name in denied):
                return True
        elif _reads_unnamed(operator) or what not in _KEEPING | _NAMING:
            return False
        elif what in _NAMING:
            return True
    return False


def _reads_unnamed(node: Node) -> bool:
    what = t.kind(node)
    if "Star" in what and not what.startswith("Start"):
        return True
    if what == "NamedFunctionCallExpression" and t.text(node.Name) in _BY_STRING:
        return True
    return any(_reads_unnamed(below) for below in t.children(node))
