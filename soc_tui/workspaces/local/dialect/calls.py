"""Calls in KQL's parse tree: arguments by name, types as arguments, older names; and what lets
give to the names in operators of ours.

duckdb_kql 1.1.2 takes arguments by place alone.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from duckdb_kql import KqlUnsupportedError, ir, lower


def call(node: Any, otherwise: Callable[[Any], ir.Expr]) -> ir.Expr:
    """A call: of a user function with arguments by name, or of one that has another name."""
    kids = lower._rule_children(node)
    if kids and lower._cls(node) == "CountExpression":
        raise KqlUnsupportedError(
            "aggregate:count",
            span=lower._span(node),
            hint="it counts rows: write count(), or countif(isnotempty(column))",
        )
    name = kids[0].getText() if kids else ""
    declared = lower._LET_FUNCTIONS_STATE.get().get(name)
    if declared is not None and any(map(_argument_name, kids[1:])):
        return lower._inline_let_function(node, declared, _in_place(node, declared, kids[1:]))
    if declared is None and any(map(_type_named, kids[1:])):
        arguments = tuple(
            ir.Literal(kind, "string") if (kind := _type_named(one)) else lower._lower_expr(one)
            for one in kids[1:]
        )
        return _renamed(ir.FunctionCall(name, arguments))
    made = otherwise(node)
    if declared is None and isinstance(made, ir.FunctionCall):
        return _renamed(made)
    return made


def _type_named(node: Any) -> str:
    """The type of a `typeof(long)`."""
    inner = lower._collapse(node)
    while lower._cls(inner) != "TypeLiteralExpression" and len(lower._rule_children(inner)) == 1:
        inner = lower._rule_children(inner)[0]
    is_type = lower._cls(inner) == "TypeLiteralExpression"
    return str(inner.getText())[len("typeof(") : -1].strip() if is_type else ""


_OTHER_NAMES = {"extractjson": "extract_json", "pack_dictionary": "bag_pack"}


def _renamed(made: ir.FunctionCall) -> ir.FunctionCall:
    """`replace(regex, new, text)` is the old name of `replace_regex(text, regex, new)`."""
    if made.name.lower() in _OTHER_NAMES:
        return ir.FunctionCall(_OTHER_NAMES[made.name.lower()], made.args)
    columns = [one for one in made.args if isinstance(one, ir.ColumnRef)]
    if made.name.lower() == "bag_pack_columns" and len(columns) == len(made.args):
        pairs = [(ir.Literal(one.name, "string"), one) for one in columns]
        return ir.FunctionCall("bag_pack", tuple(one for pair in pairs for one in pair))
    if made.name.lower() == "replace" and len(made.args) == 3:
        pattern, new, text = made.args
        return ir.FunctionCall("replace_regex", (text, pattern, new))
    return made


def _argument_name(node: Any) -> str:
    inner = lower._collapse(node)
    kids = lower._rule_children(inner)
    if len(kids) == 2 and lower._cls(kids[0]) == "NamedExpressionNameClause":
        return str((lower._find_names(kids[0]) or [""])[0])
    return ""


def _in_place(node: Any, declared: Any, arguments: Sequence[Any]) -> tuple[ir.Expr, ...]:
    """The arguments in the order of the parameters, defaults where none is given."""
    names = [name for name, _ in declared.parameters]
    given: dict[str, ir.Expr] = {}
    for at, argument in enumerate(arguments):
        name = _argument_name(argument) or (names[at] if at < len(names) else "")
        if name not in names or name in given:
            raise KqlUnsupportedError(
                f"let function:{declared.name}",
                span=lower._span(node),
                hint=f"it has no parameter {name!r}"
                if name not in names
                else f"{name!r} is given twice",
            )
        given[name] = lower._lower_expr(argument)
    placed = [given.get(name, default) for name, default in declared.parameters]
    if any(one is None for one in placed):
        missing = ", ".join(
            name for name, default in declared.parameters if default is None and name not in given
        )
        raise KqlUnsupportedError(
            f"let function:{declared.name}", span=lower._span(node), hint=f"{missing} is not given"
        )
    return tuple(one for one in placed if one is not None)


def parameters(declaration: Any) -> frozenset[str]:
    """The parameters of a function that a let declares; they shadow what stands before it."""
    found = [
        lower._find_names(below)[:1]
        for kind in ("ScalarParameter", "TabularParameter")
        for parameter in lower._find_all(declaration, kind)
        for below in lower._rule_children(parameter)
        if lower._cls(below) == "ParameterName"
    ]
    return frozenset(name for names in found for name in names)


def substituted(operator_: ir.Operator, known: Any) -> ir.Operator:
    """An operator with the values that lets give its names."""
    changed = {
        one.name: _substituted(getattr(operator_, one.name), known)
        for one in dataclasses.fields(operator_)  # type: ignore[arg-type]
    }
    return dataclasses.replace(operator_, **changed)  # type: ignore[type-var]


def _substituted(value: Any, known: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_substituted(one, known) for one in value)
    if isinstance(value, ir.Operator):
        return lower._substitute_operator(value, known)
    if isinstance(value, ir.Node):
        return lower._substitute(value, known)
    is_part = dataclasses.is_dataclass(value) and not isinstance(value, type)
    return substituted(value, known) if is_part else value
