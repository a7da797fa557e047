"""A rule's condition as KQL, for running the same check in the workspace."""

from __future__ import annotations

from typing import Any, ClassVar

from sigma.backends.kusto.kusto import KustoBackend
from sigma.conditions import ConditionFieldEqualsValueExpression, ConditionValueExpression
from sigma.conversion.state import ConversionState
from sigma.types import (
    SigmaBool,
    SigmaCasedString,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNull,
    SigmaString,
    SigmaTimestampPart,
    SpecialChars,
)


class _ExactKustoBackend(KustoBackend):
    """The Kusto backend without its lists, which compare numbers as strings."""

    convert_or_as_in: ClassVar[bool] = False
    convert_and_as_in: ClassVar[bool] = False

    def convert_condition_field_eq_val_bool(
        self, cond: ConditionFieldEqualsValueExpression, state: ConversionState
    ) -> str:
        """`==` instead of `=~`, which is for strings only."""
        value = self.bool_values[isinstance(cond.value, SigmaBool) and cond.value.boolean]
        return f"{self.escape_and_quote_field(cond.field)} == {value}"


_BACKEND = _ExactKustoBackend()


def where(table: str, tree: Any) -> str:
    """`Table | where …` that gives the rows of a condition; empty where KQL cannot say it exactly.

    Args:
        tree: The condition on the table's columns, as pySigma parsed it.
    """
    if not _sayable(tree):
        return ""
    return f"{table} | where {_BACKEND.convert_condition(tree, ConversionState())}"


def _sayable(tree: Any) -> bool:
    if isinstance(tree, ConditionValueExpression):
        return False
    if isinstance(tree, ConditionFieldEqualsValueExpression):
        value = tree.value
        if "{" in tree.field or "/" in tree.field or isinstance(value, SigmaTimestampPart):
            return False
        if isinstance(value, SigmaExpansion):
            return all(
                _sayable(ConditionFieldEqualsValueExpression(tree.field, one))
                for one in value.values
            )
        if isinstance(value, (SigmaCasedString, SigmaFieldReference, SigmaNull)):
            return False
        return not (isinstance(value, SigmaString) and _inner_wildcard(value))
    return all(_sayable(arg) for arg in tree.args)


def _inner_wildcard(value: SigmaString) -> bool:
    """Such a wildcard becomes a literal asterisk in the backend (0.4.5)."""
    inner = list(value.s)
    if inner and inner[0] is SpecialChars.WILDCARD_MULTI:
        inner = inner[1:]
    if inner and inner[-1] is SpecialChars.WILDCARD_MULTI:
        inner = inner[:-1]
    return any(isinstance(part, SpecialChars) for part in inner)
