"""A rule's condition as KQL, so that an analyst can run the same question in the workspace."""

from __future__ import annotations

from functools import lru_cache
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

from soc_tui.analysts.offline.sigma.rulebook import ANY_TABLE, Rule


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


@lru_cache(maxsize=1024)
def where(rule: Rule) -> str:
    """`Table | where …` that gives the rule's rows; empty where KQL cannot say exactly that.

    Correlations, keywords and rules about every table have none.
    """
    if rule.tree is None or rule.table == ANY_TABLE or not _sayable(rule.tree):
        return ""
    condition = _ExactKustoBackend().convert_condition(rule.tree, ConversionState())
    return f"{rule.table} | where {condition}"


def _sayable(tree: Any) -> bool:
    if isinstance(tree, ConditionValueExpression):
        return False
    if isinstance(tree, ConditionFieldEqualsValueExpression):
        value = tree.value
        if "{" in tree.field or isinstance(value, SigmaTimestampPart):
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
