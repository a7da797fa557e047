"""A Sigma condition as plain data (`rule.Condition`), and which columns it reads.

Sigma's own semantics: text matches without case unless `|cased`, `*` and `?` are wildcards at any
place, a missing value matches nothing but `null`. Regular expressions run in RE2 (linear time).
Source: https://sigmahq.io/sigma-specification/specification/sigma-rules-specification.html
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionNOT,
    ConditionOR,
    ConditionValueExpression,
)
from sigma.types import (
    Placeholder,
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNull,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaRegularExpressionFlag,
    SigmaString,
    SigmaTimestampPart,
    SpecialChars,
)

from soc_tui.analysts.offline.sigma.field_columns import columns_in
from soc_tui.analysts.offline.sigma.rule import Condition, Op


class UnsupportedConditionError(Exception):
    """The rule uses a part of Sigma that is not run here; the text names it."""


Tree = Any  # pySigma's condition classes; it ships no common type for them

_CHEAP_FIRST: tuple[Op, ...] = (
    "equals", "ends", "starts", "contains", "number", "compare", "time", "text", "or", "and",
    "cidr", "regex", "same", "not",
)  # fmt: skip


def condition(tree: Tree) -> Condition:
    """The condition, compiled: cheap tests first, tests of one column for any of many as one.

    Raises:
        UnsupportedConditionError: a value type or modifier that is not run here.
    """
    match tree:
        case ConditionAND():
            parts = [condition(part) for part in tree.args]
            return Condition("and", tuple(sorted(parts, key=_cost)))
        case ConditionOR():
            return _any([condition(part) for part in tree.args])
        case ConditionNOT():
            return Condition("not", (condition(tree.args[0]),))
        case ConditionFieldEqualsValueExpression():
            return _test(tree.field, tree.value)
        case ConditionValueExpression():
            return _keyword(tree.value)
    raise UnsupportedConditionError(f"condition part {type(tree).__name__}")


def _cost(part: Condition) -> int:
    return _CHEAP_FIRST.index(part.op)


_OF_MANY: frozenset[Op] = frozenset(
    ("equals", "contains", "starts", "ends", "regex", "number", "cidr")
)


def _any(parts: Sequence[Condition]) -> Condition:
    """Any of these, where tests of the same kind and column are one test of several values."""
    kinds: dict[tuple[Op, str, bool], dict[str, None]] = {}
    others: list[Condition] = []
    for part in _flat(parts):
        if part.op in _OF_MANY:
            values = kinds.setdefault((part.op, part.column, part.cased), {})
            values.update(dict.fromkeys(part.values))
        else:
            others.append(part)
    merged = [
        Condition(op, column=column, values=tuple(values), cased=cased)
        for (op, column, cased), values in kinds.items()
    ]
    every = (*merged, *others)
    return every[0] if len(every) == 1 else Condition("or", every)


def _flat(parts: Iterable[Condition]) -> Iterator[Condition]:
    for part in parts:
        if part.op == "or":
            yield from _flat(part.parts)
        else:
            yield part


def fields(tree: Tree, *, positive: bool = False) -> Iterator[str]:
    """Columns that the condition reads, repeats included; with `positive`, outside `not` only."""
    match tree:
        case ConditionNOT() if positive:
            return
        case ConditionAND() | ConditionOR() | ConditionNOT():
            for arg in tree.args:
                yield from fields(arg, positive=positive)
        case ConditionFieldEqualsValueExpression():
            yield from columns_in(tree.field)
            if isinstance(tree.value, SigmaFieldReference):
                yield from columns_in(tree.value.field)


_COMPARE = {
    SigmaCompareExpression.CompareOperators.LT: "<",
    SigmaCompareExpression.CompareOperators.LTE: "<=",
    SigmaCompareExpression.CompareOperators.GT: ">",
    SigmaCompareExpression.CompareOperators.GTE: ">=",
}


def _test(column: str, value: object) -> Condition:  # noqa: PLR0911  one line per type of value
    match value:
        case SigmaExpansion():  # of base64offset, windash and the like
            return _any([_test(column, one) for one in value.values])
        case SigmaCasedString():
            return _string(column, value, cased=True)
        case SigmaString():
            return _string(column, value)
        case SigmaTimestampPart() | SigmaNumber():
            return _number(column, "=", value)
        case SigmaCompareExpression() if isinstance(value.number, SigmaNumber):
            return _number(column, _COMPARE[value.op], value.number)
        case SigmaBool():
            return Condition(
                "equals", column=column, values=("true", "1") if value.boolean else ("false", "0")
            )
        case SigmaNull():
            return _empty(column)
        case SigmaExists():
            return Condition("not", (_empty(column),)) if value.exists else _empty(column)
        case SigmaRegularExpression():
            return _regex(column, value)
        case SigmaCIDRExpression():
            network = ipaddress.ip_network(value.cidr, strict=False)
            return Condition("cidr", column=column, values=(str(network),))
        case SigmaFieldReference():
            return Condition("same", column=column, values=(value.field, _way(value)))
    raise UnsupportedConditionError(f"value {type(value).__name__} of field {column}")


def _empty(column: str) -> Condition:
    return Condition("equals", column=column, values=("",))


def _way(value: SigmaFieldReference) -> Op:
    match (value.starts_with, value.ends_with):
        case (False, False):
            return "equals"
        case (True, True):
            return "contains"
        case (True, False):
            return "starts"
    return "ends"


def _number(column: str, operator: str, value: SigmaNumber) -> Condition:
    """The column as a number, or the hour (and so on) of its time."""
    number = repr(float(value.number))
    if isinstance(value, SigmaTimestampPart):
        part = value.timestamp_part.name.lower()
        return Condition("time", column=column, values=(part, operator, number))
    if operator == "=":
        return Condition("number", column=column, values=(number,))
    return Condition("compare", column=column, values=(operator, number))


def _keyword(value: object) -> Condition:
    match value:
        case SigmaRegularExpression():
            return _regex("", value)
        case SigmaString():
            return _string("", SpecialChars.WILDCARD_MULTI + value + SpecialChars.WILDCARD_MULTI)
        case SigmaNumber():
            return Condition("contains", values=(str(value),))
        case SigmaExpansion():
            return _any([_keyword(one) for one in value.values])
    raise UnsupportedConditionError(f"keyword of type {type(value).__name__}")


def _string(column: str, value: SigmaString, *, cased: bool = False) -> Condition:
    parts = list(value.s)
    if holes := [str(part.name) for part in parts if isinstance(part, Placeholder)]:
        raise UnsupportedConditionError(f"placeholder %{holes[0]}%, which has no values here")
    while parts[:2] == [SpecialChars.WILDCARD_MULTI] * 2:
        del parts[0]
    while parts[-2:] == [SpecialChars.WILDCARD_MULTI] * 2:
        del parts[-1]
    first = bool(parts) and parts[0] is SpecialChars.WILDCARD_MULTI
    last = len(parts) > 1 and parts[-1] is SpecialChars.WILDCARD_MULTI
    inner = parts[first : len(parts) - last]
    if not all(isinstance(part, str) for part in inner):
        return Condition("regex", column=column, values=(_pattern(parts, cased=cased),))
    plain = "".join(str(part) for part in inner)
    if parts and not plain:
        return Condition("text", column=column)
    op: Op = "contains" if first and last else "ends" if first else "starts" if last else "equals"
    return Condition(op, column=column, values=(plain,), cased=cased)


def _pattern(parts: Sequence[object], *, cased: bool) -> str:
    """Wildcards as a regular expression; none where they stand at an end, which is open then."""
    signs = {SpecialChars.WILDCARD_MULTI: ".*", SpecialChars.WILDCARD_SINGLE: "."}
    pattern = "".join(
        signs[part] if isinstance(part, SpecialChars) else re.escape(str(part)) for part in parts
    )
    start = "" if parts[0] is SpecialChars.WILDCARD_MULTI else r"\A"
    end = "" if parts[-1] is SpecialChars.WILDCARD_MULTI else r"\z"
    pattern = pattern.removeprefix(".*") if not start else start + pattern
    pattern = pattern.removesuffix(".*") if not end else pattern + end
    return f"{'(?s)' if cased else '(?si)'}{pattern}"


_FLAGS = {
    SigmaRegularExpressionFlag.IGNORECASE: "i",
    SigmaRegularExpressionFlag.MULTILINE: "m",
    SigmaRegularExpressionFlag.DOTALL: "s",
}


def _regex(column: str, value: SigmaRegularExpression) -> Condition:
    flags = "".join(sorted(_FLAGS[flag] for flag in value.flags))
    pattern = (f"(?{flags})" if flags else "") + str(value.regexp)
    return Condition("regex", column=column, values=(pattern,))
