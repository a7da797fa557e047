"""A Sigma condition as a DuckDB expression, and which columns it reads.

Sigma's own semantics: text matches without case unless `|cased`, `*` and `?` are wildcards at any
place, a missing value matches nothing but `null`. Regular expressions run in RE2 (linear time).
Source: https://sigmahq.io/sigma-specification/specification/sigma-rules-specification.html

Not via KQL (KustoBackend, then duckdb_kql): that took 60-140 ms of pure Python per rule and
turns an inner wildcard into a literal asterisk; this takes under 1 ms.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Sequence
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

from soc_tui.analysts.offline.sigma.rule import Condition, Keyword, lower_name, text_sql
from soc_tui.model.sql_text import quoted_name, quoted_text


class UnsupportedConditionError(Exception):
    """The rule uses a part of Sigma that is not run here; the text names it."""


Tree = Any  # pySigma's condition classes; it ships no common type for them


def condition(tree: Tree) -> Condition:
    """The condition, compiled.

    Raises:
        UnsupportedConditionError: a value type or modifier that is not run here.
    """
    pieces: list[str | Keyword] = []
    for piece in _pieces(tree):
        if isinstance(piece, str) and pieces and isinstance(pieces[-1], str):
            pieces[-1] += piece
        else:
            pieces.append(piece)
    return tuple(pieces)


def _pieces(tree: Tree) -> Iterator[str | Keyword]:
    match tree:
        case ConditionAND():
            yield from _joined(" AND ", tree.args)
        case ConditionOR():
            yield from _joined(" OR ", _merged(tree.args))
        case ConditionNOT():
            yield "(NOT "
            yield from _pieces(tree.args[0])
            yield ")"
        case ConditionFieldEqualsValueExpression():
            yield f"coalesce({_test(tree.field, tree.value)}, FALSE)"
        case ConditionValueExpression():
            yield _keyword(tree.value)
        case _:
            raise UnsupportedConditionError(f"condition part {type(tree).__name__}")


def _joined(between: str, parts: Sequence[Tree]) -> Iterator[str | Keyword]:
    for number, part in enumerate(parts):
        yield between if number else "("
        yield from _pieces(part)
    yield ")"


def _merged(args: Sequence[Tree]) -> list[Tree]:
    """Keywords that are regular expressions of the same flags as one: the text is read once."""
    by_flags: dict[frozenset[SigmaRegularExpressionFlag], list[str]] = {}
    others: list[Tree] = []
    for arg in args:
        value = arg.value if isinstance(arg, ConditionValueExpression) else None
        if isinstance(value, SigmaRegularExpression):
            by_flags.setdefault(frozenset(value.flags), []).append(f"(?:{value.regexp})")
        else:
            others.append(arg)
    for flags, patterns in by_flags.items():
        merged = SigmaRegularExpression("|".join(patterns), flags=set(flags))
        others.append(ConditionValueExpression(merged))
    return others


def fields(tree: Tree, *, positive: bool = False) -> Iterator[str]:
    """Columns that the condition reads, repeats included; with `positive`, outside `not` only."""
    match tree:
        case ConditionNOT() if positive:
            return
        case ConditionAND() | ConditionOR() | ConditionNOT():
            for arg in tree.args:
                yield from fields(arg, positive=positive)
        case ConditionFieldEqualsValueExpression():
            yield from _columns(tree.field)
            if isinstance(tree.value, SigmaFieldReference):
                yield from _columns(tree.value.field)


def _columns(field: str) -> tuple[str, ...]:
    """The columns of a field: it, or those in the braces of a template (`{Domain}\\{Name}`)."""
    return tuple(_IN_BRACES.findall(field)) or (field,)


_IN_BRACES = re.compile(r"\{(\w+)\}")


def _text(column: str) -> str:
    if "{" not in column:
        return text_sql(column)
    # Pieces by turns: text, column, text … A part that is empty leaves no backslash at the end.
    pieces = _IN_BRACES.split(column)
    texts = (
        _text(piece) if i % 2 else quoted_text(piece) for i, piece in enumerate(pieces) if piece
    )
    return f"rtrim(concat({', '.join(texts)}), {quoted_text(_BACKSLASH)})"


_BACKSLASH = "\\"


def _lower(column: str) -> str:
    """A column's text in lower case: a column of its own, as rules read most often so."""
    return f"lower({_text(column)})" if "{" in column else quoted_name(lower_name(column))


def _number(column: str) -> str:
    return f"TRY_CAST({_text(column) if '{' in column else quoted_name(column)} AS DOUBLE)"


_COMPARE = {
    SigmaCompareExpression.CompareOperators.LT: "<",
    SigmaCompareExpression.CompareOperators.LTE: "<=",
    SigmaCompareExpression.CompareOperators.GT: ">",
    SigmaCompareExpression.CompareOperators.GTE: ">=",
}


def _test(column: str, value: object) -> str:  # noqa: PLR0911  one line per type of value
    match value:
        case SigmaExpansion():  # of base64offset, windash and the like
            return "(" + " OR ".join(_test(column, one) for one in value.values) + ")"
        case SigmaCasedString():
            return _string(_text(column), value, fold=False)
        case SigmaString():
            return _string(_lower(column), value, fold=True)
        case SigmaNumber():
            return f"{_numeric(column, value)} = {float(value.number)!r}"
        case SigmaCompareExpression() if isinstance(value.number, SigmaNumber):
            number = value.number
            return f"{_numeric(column, number)} {_COMPARE[value.op]} {float(number.number)!r}"
        case SigmaBool():
            return f"{_lower(column)} IN {('true', '1') if value.boolean else ('false', '0')}"
        case SigmaNull():
            return f"coalesce({_text(column)}, '') = ''"
        case SigmaExists():
            return f"coalesce({_text(column)}, '') {'<>' if value.exists else '='} ''"
        case SigmaRegularExpression():
            return _regex(_text(column), value)
        case SigmaCIDRExpression():
            return _cidr(_text(column), value)
        case SigmaFieldReference():
            return _reference(_lower(column), _lower(value.field), value)
    raise UnsupportedConditionError(f"value {type(value).__name__} of field {column}")


def _reference(subject: str, other: str, value: SigmaFieldReference) -> str:
    """The text of another column: as a whole, or as a part that is not empty."""
    match (value.starts_with, value.ends_with):
        case (False, False):
            return f"{subject} = {other}"
        case (True, True):
            test = "contains"
        case (True, False):
            test = "starts_with"
        case _:
            test = "ends_with"
    return f"({other} <> '' AND {test}({subject}, {other}))"


def _numeric(column: str, value: SigmaNumber) -> str:
    """What a number is compared with: the column, or the hour (and so on) of its time."""
    if not isinstance(value, SigmaTimestampPart):
        return _number(column)
    part = value.timestamp_part.name.lower()
    return f"date_part({quoted_text(part)}, TRY_CAST({quoted_name(column)} AS TIMESTAMP))"


def _keyword(value: object) -> Keyword:
    match value:
        case SigmaRegularExpression():
            test = _regex(_SUBJECT, value)
        case SigmaString():
            anywhere = SpecialChars.WILDCARD_MULTI + value + SpecialChars.WILDCARD_MULTI
            test = _string(_SUBJECT, anywhere, fold=True)
        case SigmaNumber():
            test = f"contains({_SUBJECT}, {quoted_text(str(value))})"
        case _:
            raise UnsupportedConditionError(f"keyword of type {type(value).__name__}")
    before, _, after = test.partition(_SUBJECT)
    return Keyword(before, after, lower=isinstance(value, SigmaString))


_SUBJECT = "#subject"
"""Stands for a column in the test of a keyword, where it comes before the keyword itself."""


def _string(subject: str, value: SigmaString, *, fold: bool) -> str:
    """A test of `subject`, which is in lower case already when `fold` is set."""
    parts = list(value.s)
    if holes := [str(part.name) for part in parts if isinstance(part, Placeholder)]:
        raise UnsupportedConditionError(f"placeholder %{holes[0]}%, which has no values here")
    first = bool(parts) and parts[0] is SpecialChars.WILDCARD_MULTI
    last = len(parts) > 1 and parts[-1] is SpecialChars.WILDCARD_MULTI
    inner = parts[first : len(parts) - last]
    if not all(isinstance(part, str) for part in inner) or (parts and not inner):
        return _wildcards(subject, parts, fold=fold)
    plain = quoted_text("".join(str(part) for part in inner))
    if fold:
        plain = f"lower({plain})"
    if first and last:
        return f"contains({subject}, {plain})"
    if first:
        return f"ends_with({subject}, {plain})"
    if last:
        return f"starts_with({subject}, {plain})"
    return f"coalesce({subject}, '') = {plain}"


def _wildcards(subject: str, parts: Sequence[object], *, fold: bool) -> str:
    signs = {SpecialChars.WILDCARD_MULTI: ".*", SpecialChars.WILDCARD_SINGLE: "."}
    pattern = "".join(
        signs[part] if isinstance(part, SpecialChars) else re.escape(str(part)) for part in parts
    )
    flags = "(?si)" if fold else "(?s)"
    return f"regexp_full_match({subject}, {quoted_text(flags + pattern)})"


_FLAGS = {
    SigmaRegularExpressionFlag.IGNORECASE: "i",
    SigmaRegularExpressionFlag.MULTILINE: "m",
    SigmaRegularExpressionFlag.DOTALL: "s",
}


def _regex(subject: str, value: SigmaRegularExpression) -> str:
    flags = "".join(sorted(_FLAGS[flag] for flag in value.flags))
    pattern = (f"(?{flags})" if flags else "") + str(value.regexp)
    return f"regexp_matches({subject}, {quoted_text(pattern)})"


def _cidr(subject: str, value: SigmaCIDRExpression) -> str:
    network = ipaddress.ip_network(value.cidr, strict=False)
    if network.version == 6:
        return _cidr6(subject, network)
    low, high = int(network.network_address), int(network.broadcast_address)
    octets = [
        f"TRY_CAST(split_part(split_part({subject}, '::ffff:', -1), '.', {place}) AS BIGINT)"
        for place in range(1, 5)
    ]
    number = f"({octets[0]} * 16777216 + {octets[1]} * 65536 + {octets[2]} * 256 + {octets[3]})"
    return f"{number} BETWEEN {low} AND {high}"


def _cidr6(subject: str, network: ipaddress.IPv6Network) -> str:
    """By the leading groups as logs write them; only prefixes for which that is exact."""
    if network.prefixlen == 128:
        return f"lower({subject}) = {quoted_text(str(network.network_address))}"
    groups = [format(int(group, 16), "x") for group in network.network_address.exploded.split(":")]
    leading = groups[: network.prefixlen // 16]
    if str(network) in _CIDR6:
        return f"regexp_matches(lower({subject}), {quoted_text(_CIDR6[str(network)])})"
    if network.prefixlen % 16 or not leading or "0" in leading:
        raise UnsupportedConditionError(f"IPv6 network {network}: only whole groups are compared")
    return f"starts_with(lower({subject}), {quoted_text(':'.join(leading) + ':')})"


_CIDR6 = {"fc00::/7": "^f[cd][0-9a-f]{2}:", "fe80::/10": "^fe[89ab][0-9a-f]:"}
