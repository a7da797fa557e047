"""Query parameters: `let` statements with one literal value, read and replaced.

A value only ever replaces such a literal by another literal of its kind, so that no value can
become anything else of the query, and the query stays KQL that runs as it is.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from soc_tui.kql.references.time_values import Moment, Span, evaluate
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.tree import Node
from soc_tui.kql.text.literals import hours_text, literal, string
from soc_tui.kql.text.strings import unescaped
from soc_tui.kql.writing.pivot import is_address
from soc_tui.model.catalog import KqlType
from soc_tui.model.playbook import ParameterKind

WANTED: Mapping[ParameterKind, str] = {
    ParameterKind.TEXT: "text that is not empty",
    ParameterKind.HOST: "a host name, for example win-07",
    ParameterKind.USER: "an account, for example anna@contoso.com",
    ParameterKind.ADDRESS: "an IPv4 or IPv6 address, for example 203.0.113.7",
    ParameterKind.SPAN: "a time range, for example 12h, 7d or 30m",
    ParameterKind.MOMENT: "a time in UTC, for example 2026-11-24T10:15",
    ParameterKind.NUMBER: "a number, for example 20",
    ParameterKind.TEXTS: 'comma-separated values, for example win-07, win-08; or ["a, b"]',
    ParameterKind.NUMBERS: "comma-separated numbers, for example 4624, 4625",
}
"""What a value of each kind has to be, in words."""

_NUMBERS = frozenset({"IntLiteralExpression", "LongLiteralExpression", "RealLiteralExpression"})
_JSON_NUMBERS = frozenset({"JsonLong", "JsonReal"})
_NUMBER = re.compile(r"(-?)(?:\w+\((.*)\)|(.*))")
_SPAN = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)\s*([dhms]?)")
_HOURS = {"d": 24.0, "h": 1.0, "": 1.0, "m": 1 / 60, "s": 1 / 3600}


@dataclass(frozen=True, slots=True)
class Literal:
    """A literal of the query: `kql[start:end]`.

    Attributes:
        kind: TEXT, SPAN, MOMENT, NUMBER, TEXTS or NUMBERS: what its form says.
        value: What it holds, as you would type it.
    """

    kind: ParameterKind
    value: str
    start: int
    end: int

    def suits(self, kind: ParameterKind) -> bool:
        """Whether a parameter of that kind can stand in its place."""
        return kind is self.kind or (kind.is_text and self.kind.is_text)


def let_literals(kql: str) -> dict[str, Literal]:
    """The `let` names of `kql` whose value is one literal. A name given twice is none of them.

    Raises:
        NotKqlError, TooComplexError, RecursionError: it cannot be read.
    """
    root = t.parse(kql)
    found: dict[str, Literal] = {}
    seen: set[str] = set()
    for statement in t.children(t.child(root, "Query") or root):
        node = t.descend(statement)
        if not t.kind(node).startswith("Let"):
            continue
        name = t.name(t.descend(node.Name))
        value = read_literal(node.Expression) if t.kind(node) == "LetVariableDeclaration" else None
        if name in seen:
            found.pop(name, None)
        elif value is not None:
            found[name] = value
        seen.add(name)
    return found


def read_literal(node: Node) -> Literal | None:
    """The literal that a node is; None when it is none of the kinds, or its value is unclear."""
    node = t.descend(node)
    what = t.kind(node)
    span = t.start(node), t.end(node)
    if what == "StringLiteralExpression":
        text = _string_value(node)
        return None if text is None else Literal(ParameterKind.TEXT, text, *span)
    if what == "TimeSpanLiteralExpression":
        worth = evaluate(node, lambda _: None)
        if isinstance(worth, Span) and worth.hours * 3600 >= 1:
            return Literal(ParameterKind.SPAN, hours_text(worth.hours), *span)
    if what == "DateTimeLiteralExpression":
        worth = evaluate(node, lambda _: None)
        if isinstance(worth, Moment) and worth.at is not None:
            return Literal(ParameterKind.MOMENT, _moment_text(worth.at), *span)
    if what in _NUMBERS or (what == "InvocationExpression" and _is_negative(node)):
        number = _number_text(t.text(node))
        if written(ParameterKind.NUMBER, number):  # not int(null), not real(nan)
            return Literal(ParameterKind.NUMBER, number, *span)
    if what == "DynamicLiteralExpression" and (told := _listed(node)):
        return Literal(*told, *span)
    return None


def list_text(values: Sequence[str]) -> str:
    """Several values as one would type them: with commas, as JSON where a value has one itself."""
    joined = ", ".join(values)
    return joined if members(joined) == [*values] else json.dumps(values, ensure_ascii=False)


def members(typed: str) -> list[str]:
    """Values of a list that was typed; none when it holds nothing, or is no list."""
    if not typed.lstrip().startswith("["):
        return [one.strip() for one in typed.split(",") if one.strip()]
    try:
        values = json.loads(typed)
    except (ValueError, RecursionError):
        return []
    told = all(isinstance(one, str) for one in values) and any(one.strip() for one in values)
    return values if told else []


def written(kind: ParameterKind, typed: str) -> str | None:
    """The literal for a value that was typed; None when it is no value of the kind."""
    return _WRITERS[kind](typed) if typed.strip() else None


def replaced(kql: str, literals: Mapping[str, str]) -> str:
    """`kql` with other literals behind these `let` names.

    Args:
        literals: Made by `written`; by name. Each name is one of `let_literals`.

    Raises:
        KeyError: there is no such name.
        NotKqlError, TooComplexError, RecursionError: `kql` cannot be read.
    """
    known = let_literals(kql)
    for name in sorted(literals, key=lambda name: known[name].start, reverse=True):
        place = known[name]
        kql = kql[: place.start] + literals[name] + kql[place.end :]
    return kql


def _string_value(node: Node) -> str | None:
    written_so = t.source(node)
    if len(node.children) != 1:  # "a" "b" is one value of two literals
        return None
    body = written_so.lstrip("hH")
    if body.startswith("@"):
        quote = body[1]
        return body[2:-1].replace(quote * 2, quote)
    if body[:3] in {"```", "~~~"}:
        return body[3:-3]
    return unescaped(body[1:-1])


def _listed(node: Node) -> tuple[ParameterKind, str] | None:
    """Kind and values of `dynamic([...])`; None when it is no list of one kind."""
    held = [
        t.descend(member)
        for value in t.children(node)
        if t.kind(array := t.descend(value)) == "JsonArray"
        for member in t.children(array)
    ]
    kinds = {t.kind(member) for member in held}
    if kinds == {"JsonString"}:
        try:
            return ParameterKind.TEXTS, list_text([json.loads(t.source(one)) for one in held])
        except ValueError:  # quotes and escapes that are KQL's alone
            return None
    if kinds and kinds <= _JSON_NUMBERS:
        text = list_text([t.source(member) for member in held])
        return (ParameterKind.NUMBERS, text) if _numbers(text) else None
    return None


def _texts(typed: str) -> str | None:
    values = members(typed)
    return f"dynamic([{', '.join(map(string, values))}])" if values else None


def _numbers(typed: str) -> str | None:
    numbers = [_number(one) for one in members(typed)]
    told = [one for one in numbers if one is not None and "(" not in one]  # no real(1e+300)
    return f"dynamic([{', '.join(told)}])" if told and len(told) == len(numbers) else None


def _span(typed: str) -> str | None:
    found = _SPAN.fullmatch(typed.strip().lower())
    if not found or not typed.isascii():
        return None
    hours = float(found[1]) * _HOURS[found[2]]
    return hours_text(hours) if hours * 3600 >= 1 else None


def _moment(typed: str) -> str | None:
    made = literal(typed, KqlType.DATETIME)
    return made if made and made.startswith("datetime(") else None  # not ago(7d)


def _number(typed: str) -> str | None:
    return literal(typed, KqlType.LONG) or literal(typed, KqlType.REAL)


def _trimmed(typed: str) -> str:
    return string(typed.strip())


def _address(typed: str) -> str | None:
    return _trimmed(typed) if is_address(typed) else None


_WRITERS: Mapping[ParameterKind, Callable[[str], str | None]] = {
    ParameterKind.TEXT: string,
    ParameterKind.HOST: _trimmed,
    ParameterKind.USER: _trimmed,
    ParameterKind.ADDRESS: _address,
    ParameterKind.SPAN: _span,
    ParameterKind.MOMENT: _moment,
    ParameterKind.NUMBER: _number,
    ParameterKind.TEXTS: _texts,
    ParameterKind.NUMBERS: _numbers,
}


def _moment_text(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).replace(tzinfo=None).isoformat()


def _is_negative(node: Node) -> bool:
    return node.OperatorToken.text == "-" and t.kind(t.descend(node.Expression)) in _NUMBERS


def _number_text(text: str) -> str:
    found = _NUMBER.fullmatch(text)
    return f"{found[1]}{found[2] or found[3] or ''}" if found else ""
