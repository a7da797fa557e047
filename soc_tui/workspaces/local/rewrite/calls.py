"""Rewrites function calls into equivalent forms that duckdb_kql reads.

Source: https://learn.microsoft.com/kusto/query/, the page of each function; the pages of make_set
and make_list for the limit of the older makeset and makelist, 128.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from soc_tui.kql.columns.schema import Schema
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.grammar import text_value
from soc_tui.kql.syntax.tree import Node
from soc_tui.kql.text.literals import identifier

_SAME = {
    "argmax": "arg_max",
    "argmin": "arg_min",
    "arraylength": "array_length",
    "extractall": "extract_all",
    "makelist": "make_list",
    "makeset": "make_set",
    "parsejson": "parse_json",
}
"""Older names of functions."""

_OLD_LIMIT = "128"
SETS = frozenset({"make_list", "make_list_if", "make_set", "make_set_if", "makelist", "makeset"})
_IF_EXISTS = frozenset({"column_ifexists", "columnifexists"})
_BYTE = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_IPV4 = rf"@'^(?:{_BYTE}\.){{3}}{_BYTE}(?:/(?:3[0-2]|[12]?\d))?$'"
_PRIVATE_IPV4 = r"@'^(?:10|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.'"
_EXTRACT_JSON = frozenset({"extract_json", "extractjson"})
_JSON_PATH = re.compile(r"\$((?:\.[A-Za-z_]\w*|\[\d+\])+)")


def call_otherwise(
    called: str, arguments: Sequence[Node], written: Sequence[str], row: Schema
) -> str | None:
    """A call of a built-in function, said otherwise; None where it stays as it is.

    Args:
        written: The arguments, as they are said so far.
        row: The columns that there are.
    """
    if called in SETS and written:
        return _set(called, *written)
    if called in _SAME:
        return f"{_SAME[called]}({', '.join(written)})"
    if called in _IF_EXISTS and len(written) == 2 and row.closed:
        column = text_value(t.strip(arguments[0]))
        return identifier(column) if column in row.names else f"({written[1]})"
    if called in _EXTRACT_JSON and len(written) in {2, 3}:
        return _from_json(arguments, written)
    if called == "ipv4_is_private" and len(written) == 1:
        address = f"tostring({written[0]})"
        is_one, is_private = f"matches regex {_IPV4}", f"matches regex {_PRIVATE_IPV4}"
        return f"iff({address} {is_one}, {address} {is_private}, bool(null))"
    return None


def _from_json(arguments: Sequence[Node], written: Sequence[str]) -> str | None:
    """`extract_json("$.a[0]", text, typeof(string))`: only plain paths, and texts."""
    path, kind = t.strip(arguments[0]), "".join(written[2:]).replace(" ", "")
    is_text = t.kind(path) == "StringLiteralExpression" and kind in {"", "typeof(string)"}
    steps = _JSON_PATH.fullmatch(text_value(path)) if is_text else None
    return f"tostring(parse_json({written[1]}){steps[1]})" if steps else None


def _set(called: str, value: str, *rest: str) -> str | None:
    """The call of an aggregate like `make_set(value, most)` or `make_set_if(value, test, most)`.

    duckdb_kql passes over `most`, so it is cut from the whole.
    """
    if called.endswith("_if"):
        if not rest:
            return None
        value, rest = f"iff({rest[0]}, {value}, dynamic(null))", rest[1:]
    most = rest or ((_OLD_LIMIT,) if called in _SAME else ())
    made = f"{_SAME.get(called, called).removesuffix('_if')}({value})"
    return f"array_slice({made}, 0, {most[0]} - 1)" if most else made
