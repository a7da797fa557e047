"""Conditions and values of KQL in plain words, from the syntax tree.

Meaning of operators and functions: https://learn.microsoft.com/kusto/query/
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from soc_tui.kql import tree as t
from soc_tui.kql.time_bounds import TIME_COLUMNS
from soc_tui.kql.tree import NAMES, Node

_LONGEST = 90
_MOST_LISTED = 6
_TIMESPAN = re.compile(r"(\d+(?:\.\d+)?)([a-z]+)")
_UNITS = {
    "d": "day",
    "h": "hour",
    "hr": "hour",
    "hrs": "hour",
    "m": "minute",
    "min": "minute",
    "s": "second",
    "sec": "second",
    "ms": "millisecond",
    "milli": "millisecond",
    "tick": "tick",
}
_ORDER = {
    ">": ("is above", "is later than"),
    ">=": ("is at least", "is not before"),
    "<": ("is below", "is earlier than"),
    "<=": ("is at most", "is not after"),
}
_MIRRORED = {">": "<", ">=": "<=", "<": ">", "<=": ">="}
_EQUAL = {"==": "is", "!=": "is not", "<>": "is not", "=~": "is", "!~": "is not"}
_TEXT = {
    "has": "holds the term",
    "hasprefix": "holds a term that starts with",
    "hassuffix": "holds a term that ends with",
    "contains": "contains",
    "startswith": "starts with",
    "endswith": "ends with",
    "like": "matches the pattern",
    "matches regex": "matches the regular expression",
    "has_any": "holds any of the terms",
    "has_all": "holds all the terms",
    "in": "is one of",
}
_NEGATED = {
    "has": "does not hold the term",
    "hasprefix": "holds no term that starts with",
    "hassuffix": "holds no term that ends with",
    "contains": "does not contain",
    "startswith": "does not start with",
    "endswith": "does not end with",
    "like": "does not match the pattern",
    "in": "is none of",
}
_ANY_CASE = "(any letter case)"
_SAME_CASE = "(letter case counts)"
_TESTS = {
    "isempty": "{} is empty",
    "isnotempty": "{} is not empty",
    "notempty": "{} is not empty",
    "isnull": "{} has no value",
    "isnotnull": "{} has a value",
    "notnull": "{} has a value",
    "isnan": "{} is not a number",
    "ipv4_is_private": "{} is a private IPv4 address",
    "ipv4_is_in_range": "{} is an IPv4 address in {}",
    "ipv4_is_in_any_range": "{} is an IPv4 address in any of {}",
    "ipv4_is_match": "{} and {} are the same IPv4 address",
    "ipv6_is_in_range": "{} is an IPv6 address in {}",
    "ipv6_is_match": "{} and {} are the same IP address",
    "has_ipv4": "{} holds the IPv4 address {}",
    "has_any_ipv4": "{} holds any of the IPv4 addresses {}",
    "has_ipv4_prefix": "{} holds an IPv4 address that starts with {}",
    "set_has_element": "{} has the element {}",
    "bag_has_key": "{} has the key {}",
}
_VALUES = {
    "ago": "{} ago",
    "now": "now",
    "bin": "{} in steps of {}",
    "floor": "{} in steps of {}",
    "startofday": "the start of the day of {}",
    "endofday": "the end of the day of {}",
    "startofweek": "the start of the week of {}",
    "startofmonth": "the start of the month of {}",
    "hourofday": "the hour of the day of {}",
    "dayofweek": "the day of the week of {}",
    "tostring": "{} as text",
    "toint": "{} as a whole number",
    "tolong": "{} as a whole number",
    "todouble": "{} as a number",
    "toreal": "{} as a number",
    "tobool": "{} as true or false",
    "todatetime": "{} as a time",
    "totimespan": "{} as a length of time",
    "todynamic": "{} read as JSON",
    "parse_json": "{} read as JSON",
    "tolower": "{} in lower case",
    "toupper": "{} in upper case",
    "strlen": "the length of {}",
    "split": "{} split at {}",
    "trim": "{1} without {0} at its ends",
    "array_length": "the number of elements of {}",
    "base64_decode_tostring": "{} decoded from Base64",
    "url_decode": "{} decoded from its URL form",
    "parse_url": "the parts of the URL {}",
    "parse_path": "the parts of the path {}",
    "parse_command_line": "the arguments of the command line {}",
    "abs": "{} without its sign",
    "iff": "{1} where {0}, else {2}",
    "iif": "{1} where {0}, else {2}",
    "geo_info_from_ip_address": "the place of the IP address {}",
    "format_datetime": "{} written as {}",
    "row_number": "the number of the row",
    # Aggregations
    "count": "the number of rows",
    "countif": "the number of rows where {}",
    "dcount": "the number of different values of {} (an estimate)",
    "dcountif": "the number of different values of {} (an estimate) where {}",
    "count_distinct": "the number of different values of {}",
    "sum": "the sum of {}",
    "sumif": "the sum of {} where {}",
    "avg": "the average of {}",
    "avgif": "the average of {} where {}",
    "min": "the lowest {}",
    "max": "the highest {}",
    "stdev": "the standard deviation of {}",
    "variance": "the variance of {}",
    "percentile": "the percentile {1} of {0}",
    "make_set": "a list of the different values of {}",
    "make_set_if": "a list of the different values of {} where {}",
    "make_list": "a list of all values of {}",
    "make_list_if": "a list of all values of {} where {}",
    "make_bag": "all of {} in one property bag",
    "take_any": "any one value of {}",
    "any": "any one value of {}",
}
_CONDITIONS_IN = {"countif": 0, "iff": 0, "iif": 0, "dcountif": 1, "sumif": 1, "avgif": 1}
_CONDITIONS_IN |= {"make_set_if": 1, "make_list_if": 1}
_JOINED = {"strcat": "joined from ", "coalesce": "the first that is there of "}


def condition(node: Node) -> str:
    """A condition as it would follow "where"."""
    inner = t.descend(node)
    words = _CONDITIONS.get(t.kind(inner))
    return words(inner) if words else value(inner)


def value(node: Node) -> str:
    """A value in words where that says more than its text."""
    inner = t.descend(node)
    words = _KINDS.get(t.kind(inner), short)
    return words(inner)


def span(node: Node) -> str:
    """A timespan literal: `7d` is 7 days."""
    found = _TIMESPAN.fullmatch(t.text(node))
    unit = found and (_UNITS.get(found[2]) or _UNITS.get(found[2].removesuffix("s")) or found[2])
    if not found or not unit:
        return short(node)
    unit = unit.removesuffix("s") if unit not in _UNITS.values() else unit
    return f"{found[1]} {unit}{'' if found[1] == '1' else 's'}"


def short(node: Node) -> str:
    """The text of a node on one line, without comments, cut where it is long."""
    text = " ".join(re.sub(r"(?m)//[^\"'\n]*$", "", t.source(node)).split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def listed(texts: Sequence[str], last: str = "and") -> str:
    """ "a, b and c"."""
    if len(texts) < 2:
        return "".join(texts)
    return f"{', '.join(texts[:-1])} {last} {texts[-1]}"


def named(node: Node) -> tuple[str, Node]:
    """The name that `name = expression` gives (empty without one), and the expression."""
    inner = t.descend(node)
    clause = t.child(inner, "NamedExpressionNameClause") if _is_named(inner) else None
    if clause is None:
        return "", inner
    names = [t.name(below) for below in _leaves(clause)]
    return listed(names), t.children(inner)[-1]


def _is_named(node: Node) -> bool:
    return t.kind(node) == "NamedExpression"


def _leaves(node: Node) -> Iterable[Node]:
    for below in t.children(node):
        inner = t.descend(below)
        if t.kind(inner) in NAMES:
            yield inner
        else:
            yield from _leaves(inner)


def _is_true(node: Node) -> str:
    return f"{value(node)} is true"


def _text_relation(node: Node) -> str:
    operator, operand = t.children(t.children(node)[1])
    return _text_test(value(node.children[0]), _operator(operator), value(operand))


def _star_relation(node: Node) -> str:
    operator, operand = t.children(node)
    return _text_test("any column", _operator(operator), value(operand))


def _term(node: Node) -> str:
    """A bare text, as search and find take it."""
    return f"any column holds the term {short(node)}"


def _bracketed(node: Node) -> str:
    inner = t.strip(node)
    words = condition(inner)
    is_joined = t.kind(inner) in {"LogicalAndExpression", "LogicalOrExpression"}
    return f"({words})" if is_joined else words


def _all(node: Node) -> str:
    return _joined(node, " and ")


def _any(node: Node) -> str:
    return _joined(node, " or ")


def _joined(node: Node, word: str) -> str:
    first, *rest = t.children(node)
    parts = [t.descend(part) for part in (first, *(t.children(one)[-1] for one in rest))]
    return word.join(
        f"({condition(part)})" if t.kind(part) == "LogicalAndExpression" else condition(part)
        for part in parts
    )


def _relation(node: Node) -> str:
    left, right, operator = node.Left, node.Right, node.OperatorToken.text
    if _is_constant(left) and not _is_constant(right):
        left, right, operator = right, left, _MIRRORED[operator]
    if operator in {">", ">="} and (back := _ago(right)):
        return f"{value(left)} is within the last {back}"
    times = _is_time(left) or _is_time(right)
    return f"{value(left)} {_ORDER[operator][times]} {value(right)}"


def _equality(node: Node) -> str:
    left, tail = value(node.Left), t.descend(node.Tail)
    what = t.kind(tail)
    if what == "BetweenEqualityExpression":
        low, high = (value(end) for end in t.children(tail))
        word = "is not" if tail.OperatorToken.text.startswith("!") else "is"
        return f"{left} {word} between {low} and {high}, both included"
    if what == "ListEqualityExpression":
        return _text_test(left, tail.OperatorToken.text, _list(t.children(tail)))
    operator = tail.OperatorToken.text
    return f"{left} {_EQUAL.get(operator, operator)} {value(t.children(tail)[-1])}"


def _operator(node: Node) -> str:
    return " ".join(t.source(node).split())


def _text_test(left: str, operator: str, right: str) -> str:
    if operator in {"=~", "!~"}:
        return f"{left} {_EQUAL[operator]} {right} {_ANY_CASE}"
    negated = operator.startswith(("!", "not"))
    word = operator.removeprefix("!").removeprefix("not").strip()
    base = word.removesuffix("~").removesuffix("_cs")
    words = (_NEGATED if negated else _TEXT).get(base, operator)
    case = f" {_SAME_CASE}" if word.endswith("_cs") else f" {_ANY_CASE}" * word.endswith("~")
    return f"{left} {words} {right}{case}"


def _list(nodes: Sequence[Node]) -> str:
    first = t.strip(nodes[0]) if nodes else None
    if len(nodes) == 1 and first is not None and (t.is_pipe(first) or t.kind(first) in NAMES):
        return f"the values of {short(first)}"
    if len(nodes) == 1 and first is not None and t.kind(first) == "DynamicLiteralExpression":
        array = t.child(first, "JsonArray") or t.descend(t.children(first)[0])
        nodes = t.children(array)
    texts = [value(node) for node in nodes]
    if len(texts) <= _MOST_LISTED:
        return listed(texts, "or")
    return f"{len(texts)} values: {', '.join(texts[:_MOST_LISTED])} …"


def _test(node: Node) -> str:
    called, arguments = _called(node)
    if called == "not" and len(arguments) == 1:
        return f"not ({condition(t.strip(arguments[0]))})"
    if called in _TESTS:
        return _filled(_TESTS[called], [value(one) for one in arguments]) or short(node)
    return f"{_call(node)} is true"


def _call(node: Node) -> str:
    called, arguments = _called(node)
    if called in {"arg_max", "arg_min"} and len(arguments) > 1:
        which = "highest" if called == "arg_max" else "lowest"
        others = listed([value(one) for one in arguments[1:]])
        return f"{others} of the row with the {which} {value(arguments[0])}"
    if called in _JOINED:
        return _JOINED[called] + listed([value(one) for one in arguments])
    test_at = _CONDITIONS_IN.get(called)
    texts = [
        condition(one) if index == test_at else value(one) for index, one in enumerate(arguments)
    ]
    return _filled(_VALUES.get(called, ""), texts) or short(node)


def _called(node: Node) -> tuple[str, list[Node]]:
    return t.text(node.Name), t.children(node)[1:]


def _filled(form: str, texts: Sequence[str]) -> str:
    """The form with its places filled; empty without a form or when there are too few texts."""
    try:
        return form.format(*texts)
    except IndexError:
        return ""


def _ago(node: Node) -> str:
    """The span of `ago(span)` in words; empty for anything else."""
    inner = t.strip(node)
    if t.kind(inner) != "NamedFunctionCallExpression" or t.text(inner.Name) != "ago":
        return ""
    arguments = t.children(inner)[1:]
    return value(arguments[0]) if len(arguments) == 1 else ""


def _is_constant(node: Node) -> bool:
    node = t.strip(node)
    if t.kind(node) == "NamedFunctionCallExpression":
        return t.text(node.Name) in {"ago", "now", "datetime", "timespan"}
    return t.kind(node).endswith("LiteralExpression")


def _is_time(node: Node) -> bool:
    node = t.strip(node)
    what = t.kind(node)
    if what == "NamedFunctionCallExpression":
        called = t.text(node.Name)
        return called in {"ago", "now", "todatetime"} or called.startswith(("startof", "endof"))
    if what in NAMES:
        return t.name(node) in TIME_COLUMNS
    return what == "DateTimeLiteralExpression"


def _moment(node: Node) -> str:
    written = t.source(node)
    inside = re.fullmatch(r"date(?:time)?\s*\(([^()]*)\)", written)
    return f"{inside[1].strip()} UTC" if inside and inside[1].strip() else written


def _count(_: Node) -> str:
    return _VALUES["count"]


def _star(_: Node) -> str:
    return "all columns"


def _scalar(node: Node) -> str:
    return f"the single value of ({short(t.children(node)[0])})"


_CONDITIONS: Mapping[str, Callable[[Node], str]] = {
    **dict.fromkeys(NAMES, _is_true),
    "EqualityExpression": _equality,
    "LogicalAndExpression": _all,
    "LogicalOrExpression": _any,
    "NamedFunctionCallExpression": _test,
    "ParenthesizedExpression": _bracketed,
    "RelationalExpression": _relation,
    "StringBinaryOperatorExpression": _text_relation,
    "StringLiteralExpression": _term,
    "StringStarOperatorExpression": _star_relation,
}
_KINDS: Mapping[str, Callable[[Node], str]] = {
    **dict.fromkeys(NAMES, t.name),
    "CountExpression": _count,
    "DateTimeLiteralExpression": _moment,
    "NamedFunctionCallExpression": _call,
    "StarExpression": _star,
    "TimeSpanLiteralExpression": span,
    "ToScalarExpression": _scalar,
}
