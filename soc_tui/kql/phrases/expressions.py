"""Conditions and values of KQL in plain words, from the syntax tree.

Meaning of operators and functions: https://learn.microsoft.com/kusto/query/
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from soc_tui.kql.phrases.function_words import (
    ANY_CASE,
    CONDITIONS_IN,
    EQUAL,
    JOINED,
    MIRRORED,
    NEGATED,
    ORDER,
    SAME_CASE,
    TESTS,
    TEXT,
    UNITS,
    VALUES,
)
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.tree import NAMES, Node
from soc_tui.model.time_columns import TIME_COLUMNS

_LONGEST = 90
_MOST_LISTED = 6
_TIMESPAN = re.compile(r"(\d+(?:\.\d+)?)([a-z]+)")


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
    unit = found and (UNITS.get(found[2]) or UNITS.get(found[2].removesuffix("s")) or found[2])
    if not found or not unit:
        return short(node)
    unit = unit.removesuffix("s") if unit not in UNITS.values() else unit
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
    operation = t.children(node)[1]
    return _text_test(value(node.children[0]), _operator(operation), value(operation.children[-1]))


def _star_relation(node: Node) -> str:
    return _text_test("any column", _operator(node), value(node.children[-1]))


def _term(node: Node) -> str:
    """A bare text, as search and find take it."""
    return f"any column contains the term {short(node)}"


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
        left, right, operator = right, left, MIRRORED[operator]
    if operator in {">", ">="} and (back := _ago(right)):
        return f"{value(left)} is within the last {back}"
    times = _is_time(left) or _is_time(right)
    return f"{value(left)} {ORDER[operator][times]} {value(right)}"


def _equality(node: Node) -> str:
    left, tail = value(node.Left), t.descend(node.Tail)
    what = t.kind(tail)
    if what == "BetweenEqualityExpression":
        low, high = (value(end) for end in t.children(tail))
        word = "is not" if tail.OperatorToken.text.startswith("!") else "is"
        return f"{left} {word} between {low} and {high}, inclusive"
    if what == "ListEqualityExpression":
        return _text_test(left, tail.OperatorToken.text, _list(t.children(tail)))
    operator = tail.OperatorToken.text
    return f"{left} {EQUAL.get(operator, operator)} {value(t.children(tail)[-1])}"


def _operator(node: Node) -> str:
    """What stands before the last operand: `!has`, `matches regex`; `:` of a search is `has`."""
    written = [str(part.getText()) for part in node.children[:-1]]
    return "has" if ":" in written else written[-1]


def _text_test(left: str, operator: str, right: str) -> str:
    if operator in {"=~", "!~"}:
        return f"{left} {EQUAL[operator]} {right} {ANY_CASE}"
    negated = operator.startswith(("!", "not"))
    word = operator.removeprefix("!").removeprefix("not").strip()
    base = word.removesuffix("~").removesuffix("_cs")
    words = (NEGATED if negated else TEXT).get(base, operator)
    case = f" {SAME_CASE}" if word.endswith("_cs") else f" {ANY_CASE}" * word.endswith("~")
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
    if called in TESTS:
        return _filled(TESTS[called], [value(one) for one in arguments]) or short(node)
    return f"{_call(node)} is true"


def _call(node: Node) -> str:
    called, arguments = _called(node)
    if called in {"arg_max", "arg_min"} and len(arguments) > 1:
        which = "highest" if called == "arg_max" else "lowest"
        others = listed([value(one) for one in arguments[1:]])
        return f"{others} of the row with the {which} {value(arguments[0])}"
    if called in JOINED:
        return JOINED[called] + listed([value(one) for one in arguments])
    test_at = CONDITIONS_IN.get(called)
    texts = [
        condition(one) if index == test_at else value(one) for index, one in enumerate(arguments)
    ]
    return _filled(VALUES.get(called, ""), texts) or short(node)


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
    return VALUES["count"]


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
