"""The plugins autocluster, basket and diffpatterns: rows are looked at, and what is found in them
is written as rows."""

from __future__ import annotations

import json
from collections.abc import Sequence

from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.grammar import text_value
from soc_tui.kql.syntax.tree import Node
from soc_tui.kql.text.literals import identifier, string
from soc_tui.model.catalog import KqlType
from soc_tui.workspaces.local.rewrite import patterns as p
from soc_tui.workspaces.local.rewrite.plugins import AS_TYPE, Peek

PLUGINS = frozenset({"autocluster", "basket", "diffpatterns"})
_DEFAULT = "~"


def pattern_plugin(name: str, arguments: Sequence[Node], before: str, peek: Peek) -> str | None:
    """Operators behind the query that give the patterns of its rows; None where one cannot say."""
    said = [_given(one) for one in arguments]
    if None in said or (name == "diffpatterns" and len(said) < 3):
        return None
    given = [one or _DEFAULT for one in said]
    split, *sides = given[:3] if name == "diffpatterns" else [""]
    options = (
        given[3:] if name == "diffpatterns" else [_at(given, 1, _DEFAULT), *given[:1], *given[2:]]
    )
    kinds = dict(peek.types(before))
    weight = _at(options, 0, "")
    if any(one and one not in kinds for one in (split, weight)):
        return None
    rows, weights = _rows(before, peek, split, sides, weight)
    for column in (split, weight):
        kinds.pop(column, None)
    return _written(_NUMBERS[len(sides)], _made(name, options, rows, weights), kinds, options)


_NUMBERS = {
    0: ("SegmentId", "Count", "Percent"),
    2: ("SegmentId", "CountA", "CountB", "PercentA", "PercentB", "PercentDiffAB"),
}


def _given(node: Node) -> str | None:
    """An argument as a text: a literal's value or a column's name."""
    node = t.strip(node)
    if t.kind(node) == "StringLiteralExpression":
        return text_value(node)
    text = t.text(node)
    if t.kind(node) in t.NAMES:
        return t.name(node)
    number = text.removeprefix("int(").removeprefix("long(").removeprefix("real(").rstrip(")")
    return number if number.replace(".", "", 1).replace("-", "", 1).isdigit() else None


def _at(said: Sequence[str], place: int, default: str) -> str:
    found = said[place] if place < len(said) else _DEFAULT
    return default if found == _DEFAULT else found


def _number(said: Sequence[str], place: int, default: float) -> float:
    try:
        return float(_at(said, place, str(default)))
    except ValueError:
        return default


def _rows(
    before: str, peek: Peek, split: str, sides: Sequence[str], weight: str
) -> tuple[list[dict[str, str]], list[list[float]]]:
    """The rows as texts, and what each counts for on each side."""
    counted = "sum(__weight)" if weight else "count()"
    weighed = f" | extend __weight = toreal({identifier(weight)})" if weight else ""
    away = f" | project-away {identifier(weight)}" if weight else ""
    bags = peek.values(
        f"{before}{weighed}{away} | extend __bag = tostring(bag_remove_keys(pack_all(),"
        f" dynamic(['__weight']))) | summarize __n = {counted} by __bag"
        f" | top {p.MOST_ROWS} by __n | project tostring(pack_array(__n, __bag))"
    )
    rows: list[dict[str, str]] = []
    weights: list[list[float]] = [[] for _ in sides or ("",)]
    for bag in bags:
        number, text = json.loads(str(bag))
        row = {key: _text(value) for key, value in json.loads(text).items()}
        side = row.pop(split, "") if split else ""
        if split and side not in sides:
            continue
        rows.append(row)
        for at, of in enumerate(weights):
            of.append(float(number) if not split or sides[at] == side else 0.0)
    return rows, weights


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value)


def _made(
    name: str, options: Sequence[str], rows: list[dict[str, str]], weights: list[list[float]]
) -> list[dict[str, object]]:
    """The rows of the answer: numbers, and the cells of each pattern."""
    totals = [sum(one) for one in weights]
    least = _number(options, 1, 0.05)
    if name == "autocluster":
        found = p.closed_patterns(rows, weights, 0.05, 0)
        chosen = p.autocluster(found, weights[0], _number(options, 1, 0.5))
    elif name == "basket":
        most = int(max(_number(options, 2, 5), 0))
        chosen = p.basket(p.closed_patterns(rows, weights, least, most))
    else:
        most = int(max(_number(options, 2, 0), 0))
        found = p.closed_patterns(rows, weights, least, most)
        chosen = p.differences(found, totals, least)
    return [_told(at, one, totals) for at, one in enumerate(chosen)]


def _told(at: int, pattern: p.Pattern, totals: Sequence[float]) -> dict[str, object]:
    parts = [100 * one / total for one, total in zip(pattern.counts, totals, strict=True)]
    counts = [int(one) if one.is_integer() else one for one in pattern.counts]
    apart = [abs(parts[0] - parts[1])] if len(parts) > 1 else []
    values = [at, *counts, *(round(one, 2) for one in (*parts, *apart))]
    sides = len(parts) if len(parts) > 1 else 0
    return {**dict(zip(_NUMBERS[sides], values, strict=True)), "cells": dict(pattern.cells)}


def _written(
    numbers: Sequence[str],
    rows: Sequence[dict[str, object]],
    kinds: dict[str, KqlType],
    options: Sequence[str],
) -> str:
    made = [
        f"{name} = {'toreal' if name.startswith('Percent') else 'tolong'}(__p.{name})"
        for name in numbers
    ]
    wild = _at(options, 3, "")
    for name, kind in kinds.items():
        cell = f"__p.cells[{string(name)}]"
        value = f"{AS_TYPE.get(kind.value, 'todynamic')}({cell})"
        if wild and kind is KqlType.STRING:
            value = f"iff(isnull({cell}), {string(wild)}, {value})"
        made.append(f"{identifier(name)} = {value}")
    return (
        f"take 1 | project __p = parse_json({string(json.dumps(rows))}) | mv-expand __p"
        f" | where isnotnull(__p) | project {', '.join(made)}"
    )
