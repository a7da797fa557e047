"""Names of the columns a query creates: the given name, or those Kusto may choose.

Source: https://learn.microsoft.com/kusto/query/ under project, summarize, print, and the pages of
the aggregation functions. Kusto's rules for expressions without a name are not all documented: so
all that it may choose are told, the likeliest first.
"""

from __future__ import annotations

from dataclasses import dataclass

from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.tree import NAMES, Node

_SET_PREFIXES = {
    "make_bag": "bag",
    "make_bag_if": "bag",
    "make_dictionary": "dictionary",
    "make_list": "list",
    "make_list_if": "list",
    "make_list_with_nulls": "list",
    "make_set": "set",
    "make_set_if": "set",
    "makelist": "list",
    "makeset": "set",
}
_KEEP_NAMES = frozenset(
    {"any", "arg_max", "arg_min", "argmax", "argmin", "take_any", "take_anyif", "anyif"}
)
_PREFIX_NAMES = _KEEP_NAMES - {"arg_max", "arg_min"}


@dataclass(frozen=True, slots=True)
class Made:
    """The columns that one expression makes.

    Attributes:
        names: As given, or the likeliest.
        also: Names that Kusto may choose as well.
        given: True when the text gives the names.
        all_columns: True for `arg_max(x, *)`: all columns of the source too.
        more: True for functions that make columns of their own choice.
    """

    names: tuple[str, ...]
    also: tuple[str, ...] = ()
    given: bool = False
    all_columns: bool = False
    more: bool = False


def made_columns(node: Node, number: int, unnamed: str = "Column") -> Made:
    """What a NamedExpression makes, the `number`th of its operator."""
    clause = t.child(node, "NamedExpressionNameClause")
    if clause is None:
        node = t.descend(node)
        clause = t.child(node, "NamedExpressionNameClause")
    if clause is None:
        return _unnamed(t.strip(node), f"{unnamed}{number}")
    if clause.Name is not None:
        given: tuple[str, ...] = (t.name(t.descend(clause.Name)),)
    else:
        given = tuple(t.name(t.descend(name)) for name in t.children(t.descend(clause.NameList)))
    inner = t.strip(node.Expression)
    return Made(given, _further(inner), given=True, all_columns=_is_star_call(inner))


def _further(node: Node) -> tuple[str, ...]:
    """What `A = arg_max(t, b, C = d)` makes beside A: b and C."""
    if not _is_call(node) or t.text(node.Name) not in {"arg_max", "arg_min"}:
        return ()
    made = [made_columns(t.strip(argument), 1) for argument in t.children(node)[2:]]
    return tuple(name for one in made for name in one.names)


def _unnamed(node: Node, fallback: str) -> Made:
    what = t.kind(node)
    if what in NAMES:
        return Made((t.name(node),))
    if what == "FunctionCallOrPathPathExpression":
        return Made((path_name(node) or fallback,), (fallback,))
    if what == "CountExpression":
        counted = node.Expression
        return Made((f"count_{_innermost_name(t.strip(counted)) if counted is not None else ''}",))
    if _is_call(node):
        return _call(node, fallback)
    return Made((fallback,), tuple(f"Column{number}" for number in range(1, 10)))


def path_name(node: Node) -> str:
    """`a.b["c"][0]` as a column's name: `a_b_c_0`; "" when that cannot be told."""
    root, *steps = t.children(node)
    root = t.strip(root)
    parts = [t.name(root)] if t.kind(root) in NAMES else []
    for step in steps:
        inner = t.descend(step)
        if t.kind(inner) == "FunctionCallOrPathPathOperation":
            parts.append(t.name(t.descend(inner.Name)))
        else:
            parts.append(t.text(inner).strip("[].").strip("'\""))
    return "_".join(parts) if all(part.isidentifier() or part.isdecimal() for part in parts) else ""


def _call(node: Node, fallback: str) -> Made:
    called = t.text(node.Name)
    arguments = [t.strip(argument) for argument in t.children(node)[1:]]
    if called in _KEEP_NAMES:
        plain = [one for one in arguments if not (_is_call(one) or t.kind(one) == "StarExpression")]
        kept = [made_columns(argument, 1) for argument in plain]
        names = tuple(name for made in kept for name in made.names)
        also = tuple(f"{called}_{name}" for name in names) if called in _PREFIX_NAMES else ()
        if not all(t.kind(one) in NAMES for one in plain):
            also = (*also, fallback)
        return Made(names, also, all_columns=_is_star_call(node))
    inner = _innermost_name(node)
    if called.startswith("percentile"):
        return Made(_percentiles(inner, arguments), (fallback,))
    named = f"{_SET_PREFIXES.get(called, called)}_{inner}"
    more = called.startswith("series_") or called == "bag_unpack"
    first = inner if called in _FIRST_ARGUMENT and inner else named
    if called in {"bin", "floor"} and arguments and t.kind(arguments[0]) in NAMES:
        return Made((inner,))
    also = (inner, named, f"{called}_", fallback)
    if called in _FIRST_ARGUMENT | _ROUNDING and _is_made(arguments[:1]):
        # `tostring(make_set(a))` is called as what it turns: set_a.
        turned = _unnamed(arguments[0], fallback)
        return Made(turned.names, (first, *also, *turned.also), more=more or turned.more)
    return Made((first,), also, more=more)


def _is_made(arguments: list[Node]) -> bool:
    return any(_is_call(one) or t.kind(one) == "CountExpression" for one in arguments)


def _innermost_name(node: Node) -> str:
    """The column that a chain of first arguments starts from: `a` of `f(g(a, 1))`; or ""."""
    while _is_call(node):
        arguments = t.children(node)[1:]
        if not arguments:
            return ""
        node = t.strip(arguments[0])
    if t.kind(node) == "NamedExpression":
        return made_columns(node, 1).names[0]
    if t.kind(node) == "FunctionCallOrPathPathExpression":
        return path_name(node)
    return t.name(node) if t.kind(node) in NAMES else ""


def _is_call(node: Node) -> bool:
    return t.kind(node) == "NamedFunctionCallExpression"


_ROUNDING = frozenset({"round", "abs", "ceiling"})
_FIRST_ARGUMENT = frozenset(
    {"bin", "floor", "bin_at", "tostring", "tolower", "toupper", "toint", "tolong", "todatetime"}
    | {"todouble", "toreal", "tobool", "toguid", "todynamic", "parse_json", "startofday"}
)


def _percentiles(inner: str, arguments: list[Node]) -> tuple[str, ...]:
    ranks = [t.text(argument).replace(".", "_") for argument in arguments[1:]]
    return tuple(f"percentile_{inner}_{rank}" for rank in ranks) or ("percentile_",)


def _is_star_call(node: Node) -> bool:
    if not _is_call(node) or t.text(node.Name) not in _KEEP_NAMES:
        return False
    return any(t.kind(t.descend(below)) == "StarExpression" for below in t.children(node))
