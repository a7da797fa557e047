"""Plugins behind `evaluate`, said as plain operators.

The columns of some of them depend on the rows: those are looked at first.

Source: https://learn.microsoft.com/kusto/query/, the page of each plugin.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from soc_tui.kql.columns.schema import Schema
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.grammar import called_name
from soc_tui.kql.syntax.tree import Node
from soc_tui.kql.text.literals import identifier, string
from soc_tui.model.catalog import KqlType


class Peek(Protocol):
    """Looks at the workspace while a query is translated."""

    def values(self, kql: str) -> Sequence[object]:
        """The first column of a query's answer."""

    def types(self, kql: str) -> Mapping[str, KqlType]:
        """The columns of a query's answer."""


MOST_COLUMNS = 300
_IF = {
    "any": "take_anyif",
    "avg": "avgif",
    "count": "countif",
    "dcount": "dcountif",
    "make_list": "make_list_if",
    "make_set": "make_set_if",
    "max": "maxif",
    "min": "minif",
    "stdev": "stdevif",
    "sum": "sumif",
    "take_any": "take_anyif",
    "variance": "varianceif",
}
_READ = {bool: "tobool", int: "tolong", float: "todouble", str: "tostring"}


@dataclass(frozen=True, slots=True)
class Incoming:
    """The query whose rows come in.

    Attributes:
        lets: The statements before it.
        pipe: Itself.
    """

    lets: str
    pipe: str


def plugin(
    call: Node, incoming: Incoming, row: Schema, written: Sequence[str], peek: Peek
) -> str | None:
    """Operators for a plugin; None for one that has none.

    Args:
        written: The arguments, as they are said so far.
    """
    name, before = called_name(call), incoming.lets + incoming.pipe
    arguments = [t.strip(one) for one in map(t.descend, t.children(call)[1:])]
    if name in _PLAIN:
        return _PLAIN[name](incoming, row, written)
    if name == "bag_unpack" and arguments and t.kind(arguments[0]) in t.NAMES:
        options = _options(written[1:])
        if options is None:
            return None
        return _bag_unpack(t.name(arguments[0]), options, before, row, peek)
    if name == "pivot" and arguments and t.kind(arguments[0]) in t.NAMES:
        return _pivot(t.name(arguments[0]), arguments[1:], written[1:], before, row, peek)
    return None


def _narrow(incoming: Incoming, row: Schema, written: Sequence[str]) -> str | None:
    """A row for each cell."""
    if not row.closed or not row.names:
        return None
    cells = ", ".join(
        f"bag_pack('Column', {string(one)}, 'Value', tostring({identifier(one)}))"
        for one in row.names
    )
    return (
        f"extend Row = row_number(0) | extend __cell = pack_array({cells}) | mv-expand __cell"
        " | project Row, Column = tostring(__cell.Column), Value = tostring(__cell.Value)"
    )


_NAMES = ("OutputColumnPrefix", "columnsConflict", "ignoredProperties")


def _options(written: Sequence[str]) -> dict[str, str] | None:
    """The arguments of bag_unpack behind the column, by name; None where one is not known."""
    options: dict[str, str] = {}
    for at, one in enumerate(written):
        name, sign, value = one.partition("=")
        by_name = bool(sign) and name.strip() in _NAMES
        if at >= len(_NAMES):
            return None
        options[name.strip() if by_name else _NAMES[at]] = (value if by_name else one).strip()
    return options


def _bag_unpack(
    column: str, options: Mapping[str, str], before: str, row: Schema, peek: Peek
) -> str | None:
    """A column for each key that a bag has, of the type that all its values have."""
    if row.closed and column not in row.names:
        return None
    kinds: dict[str, set[type]] = {}
    for bag in peek.values(f"{before} | project {identifier(column)}"):
        try:
            value = json.loads(str(bag)) if bag else None
        except ValueError:
            return None  # a text, which Kusto does not unpack either
        for key, one in value.items() if isinstance(value, dict) else ():
            kinds.setdefault(key, set()).add(type(one))
    prefix = options.get("OutputColumnPrefix", "").strip("'\"")
    ignored = set(re.findall(r"['\"]([^'\"]*)['\"]", options.get("ignoredProperties", "")))
    conflict = options.get("columnsConflict", "").strip("'\"")
    names = {key: f"{prefix}{key}" for key in sorted(kinds) if key not in ignored}
    taken = {key for key, name in names.items() if name in row.names and name != column}
    if conflict == "keep_source":
        names = {key: name for key, name in names.items() if key not in taken}
    if len(names) > MOST_COLUMNS or (taken and not conflict.endswith("_source")):
        return None
    bag = identifier(column)
    made = [
        f"{identifier(name)} = {_read(kinds[key])}(__bag[{string(key)}])"
        for key, name in names.items()
    ]
    extend = f" | extend {', '.join(made)}" if made else ""
    return f"project-rename __bag = {bag}{extend} | project-away __bag"


def _read(kinds: set[type]) -> str:
    known = kinds - {type(None)}
    if known == {int, float}:
        known = {float}
    return _READ.get(known.pop(), "todynamic") if len(known) == 1 else "todynamic"


def _pivot(  # noqa: PLR0917 (all that a plugin reads)
    column: str,
    arguments: Sequence[Node],
    written: Sequence[str],
    before: str,
    row: Schema,
    peek: Peek,
) -> str | None:
    """A column for each value of one, with an aggregate of its rows."""
    function, inner = "count", ""
    if arguments and t.kind(arguments[0]) in {"NamedFunctionCallExpression", "CountExpression"}:
        function = t.text(arguments[0]).partition("(")[0]
        inner = written[0].partition("(")[2].rpartition(")")[0].strip()
    kept = [t.name(one) for one in arguments[1:] if t.kind(one) in t.NAMES]
    if not kept and not row.closed:
        return None
    keys = kept or [name for name in row.names if name not in {column, inner}]
    values = sorted(
        str(one) for one in peek.values(f"{before} | distinct tostring({identifier(column)})")
    )
    if function not in _IF or len(values) > MOST_COLUMNS:
        return None
    value, text = f"{inner}, " if inner else "", f"tostring({identifier(column)})"
    made = [
        f"{identifier(one)} = {_IF[function]}({value}{text} == {string(one)})"
        for one in values
        if one
    ]
    by = f" by {', '.join(map(identifier, keys))}" if keys else ""
    return f"summarize {', '.join(made)}{by}"


def _sliding_window_counts(incoming: Incoming, row: Schema, written: Sequence[str]) -> str | None:
    """Rows and different values in the time that ends with each bin."""
    if len(written) < 6:
        return None
    value, time, start, end, window, size, *dimensions = written
    last = f"__bin + ({window}) - ({size})"
    first = f"iff(__bin < ({start}), ({start}), __bin)"
    by = "".join(f", {one}" for one in dimensions)
    return (
        f"extend __bin = bin_at({time}, ({size}), ({start}))"
        f" | where __bin > ({start}) - ({window}) and __bin <= ({end})"
        f" | extend __at = range({first}, iff({last} > ({end}), ({end}), {last}), ({size}))"
        " | mv-expand __at to typeof(datetime)"
        f" | summarize Count = count(), Dcount = dcount({value}) by {time} = __at{by}"
    )


def _ipv4_lookup(incoming: Incoming, row: Schema, written: Sequence[str]) -> str | None:
    """Rows joined with the ranges that their address is in; all rows where that is asked for."""
    if len(written) not in {3, 4}:
        return None
    table, address, block, option = (*written, "")[:4]
    join = f"join kind=inner ({table} | extend __one = 1) on __one"
    inside = "project-away __one, __one1"
    if not option or re.fullmatch(r"(return_unmatched\s*=\s*)?false", option):
        return f"extend __one = 1 | {join} | where ipv4_is_in_range({address}, {block}) | {inside}"
    if not re.fullmatch(r"(return_unmatched\s*=\s*)?true", option):
        return None
    addresses = f"{incoming.pipe} | distinct __address = tostring({address}) | extend __one = 1"
    found = f"{addresses} | {join} | where ipv4_is_in_range(__address, {block}) | {inside}"
    key = f"extend __address = tostring({address})"
    lookup = f"join kind=leftouter ({found}) on __address"
    return f"{key} | {lookup} | project-away __address, __address1"


_PLAIN: Mapping[str, Callable[[Incoming, Schema, Sequence[str]], str | None]] = {
    "ipv4_lookup": _ipv4_lookup,
    "narrow": _narrow,
    "sliding_window_counts": _sliding_window_counts,
}
"""Plugins for which the rows need no look."""


def of_schema(columns: Sequence[tuple[str, str]]) -> str:
    """The columns that a schema behind `evaluate` gives, with their types."""
    made = [
        f"{identifier(name)} = {AS_TYPE.get(kind, 'todynamic')}"
        f"(column_ifexists({string(name)}, dynamic(null)))"
        for name, kind in columns
    ]
    return f"project {', '.join(made)}"


AS_TYPE = {
    "bool": "tobool",
    "datetime": "todatetime",
    "decimal": "todecimal",
    "guid": "toguid",
    "int": "toint",
    "long": "tolong",
    "real": "toreal",
    "string": "tostring",
    "timespan": "totimespan",
}


@dataclass(frozen=True, slots=True)
class Before:
    """Where the query before an operator stands: its statement, its pipe, the sign behind it."""

    statement: int
    pipe: int
    sign: int


_CLOSED = frozenset({"ContextualSubExpression", "LetFunctionBody", "PipeSubExpression"})
"""What a query before an operator cannot be taken out of."""


def operators_behind(tree: Node) -> dict[int, Before]:
    """By the offset of each operator: what is before it; none in functions and subqueries."""
    found: dict[int, Before] = {}
    waiting: list[tuple[Node, int]] = [(tree, 0)]
    while waiting:
        node, statement = waiting.pop()
        if t.kind(node) in _CLOSED:
            continue
        if t.kind(node) == "Statement":
            statement = t.start(node)
        below = t.children(node)
        if t.kind(node) == "PipeExpression":
            head = t.start(below[0])
            found[head] = Before(statement, head, head)
            for piped in below[1:]:
                operator = t.start(t.children(piped)[0])
                found[operator] = Before(statement, t.start(node), t.start(piped))
        waiting += [(one, statement) for one in below]
    return found
