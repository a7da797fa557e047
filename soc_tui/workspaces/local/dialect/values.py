"""Values as Kusto spells and compares them, in SQL.

duckdb_kql 1.1.2: cells that a join, a lookup, a union or an aggregate fills in stay SQL's NULL,
also strings; `tostring` of a list is DuckDB's spelling; a string against a dynamic value is cast to
JSON; bins of a timespan count from 1970.

Source: https://learn.microsoft.com/kusto/query/scalar-data-types/null-values ("the string type does
not support null values"), bin-function, parse-json-function, tostring-function.
"""

from __future__ import annotations

import dataclasses
import re

from duckdb_kql import ir, translate

_ORIGIN = 62_135_596_800_000_000  # microseconds from 0001-01-01, where bins begin, to 1970-01-01


def never_null(sql: str) -> str:
    """A query, with empty strings where its strings are null; other types stay as they are.

    The types are known to DuckDB only; for all but strings the whole folds away when it binds.
    """
    each = (
        "CASE WHEN typeof(COLUMNS(*)) = 'VARCHAR' AND COLUMNS(*) IS NULL"
        " THEN cast_to_type('', COLUMNS(*)) ELSE COLUMNS(*) END AS '\\0'"
    )
    return f"SELECT {each} FROM ({sql})"


def dynamic_element(sql: str) -> str:
    """A value as it stands in a dynamic array: times as Kusto spells them."""
    time = translate._kql_datetime_text(f"CAST({sql} AS TIMESTAMP)")
    span = translate._kql_timespan_text(f"CAST({sql} AS INTERVAL)")
    return (
        f"CASE typeof({sql}) WHEN 'TIMESTAMP' THEN to_json({time})"
        f" WHEN 'INTERVAL' THEN to_json({span}) ELSE to_json({sql}) END"
    )


def text_of_dynamic(sql: str) -> str:
    """A dynamic value as text: a string without quotes, `118.0` as 118, null as nothing."""
    return (
        f"coalesce(CASE json_type({sql}) WHEN 'DOUBLE'"
        f" THEN regexp_replace(CAST({sql} AS VARCHAR), '[.]0$', '') ELSE {sql} ->> '$' END, '')"
    )


def parsed(sql: str) -> str:
    """`parse_json`: a text that is no JSON is a dynamic string; nothing is null."""
    return (
        f"list_transform([CAST({sql} AS VARCHAR)], lambda _pj: CASE WHEN trim(_pj) = '' THEN NULL"
        f" WHEN json_valid(_pj) THEN _pj ELSE CAST(to_json(_pj) AS VARCHAR) END)[1]::JSON"
    )


_U_ESCAPE = re.compile(r"(?<!\\)((?:\\\\)*)\\u(?:\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{4}))")


def re2_escapes(pattern: str) -> str:
    """A regex with `\\u2010` as RE2 of DuckDB writes it."""
    return _U_ESCAPE.sub(lambda found: f"{found[1]}\\x{{{found[2] or found[3]}}}", pattern)


def step_of(base: str, index: str) -> str:
    """A member of a bag by its computed name, or an item of an array by its computed place."""
    text = "CASE typeof(_s) WHEN 'JSON' THEN to_json(_s) ->> '$' ELSE CAST(_s AS VARCHAR) END"
    is_name = (
        "typeof(_s) = 'VARCHAR' OR (typeof(_s) = 'JSON' AND json_type(to_json(_s)) = 'VARCHAR')"
    )
    name = f"""'$."' || replace({text}, '"', '\\"') || '"'"""
    place = f"'$[' || CASE WHEN starts_with({text}, '-') THEN '#' ELSE '' END || {text} || ']'"
    path = f"CASE WHEN {is_name} THEN {name} ELSE {place} END"
    return f"json_extract({base}, list_transform([{index}], lambda _s: {path})[1])"


def of_one_type(node: ir.FunctionCall) -> ir.FunctionCall:
    """`iff(a, text, dynamic)`: Kusto reads the dynamic value as what the other one is."""
    name, args = node.name.lower(), node.args
    chosen = {"iff": (1, 2), "iif": (1, 2)}.get(name, (*range(1, len(args), 2), len(args) - 1))
    if name not in {"iff", "iif", "case"} or max(chosen) >= len(args):
        return node
    values = [args[at] for at in chosen]
    dynamic = [translate._is_dynamic_expr(one) for one in values]
    plain = [one for one, is_dynamic in zip(values, dynamic, strict=True) if not is_dynamic]
    if not plain or len(plain) == len(values):
        return node
    like = next((one for one in plain if not _is_null(one)), None)
    if like is None:
        return node
    new = list(args)
    for at, one, is_dynamic in zip(chosen, values, dynamic, strict=True):
        new[at] = ir.FunctionCall(AS_TYPE_OF, (one, like)) if is_dynamic else one
    return dataclasses.replace(node, args=tuple(new))


def _is_null(node: ir.Expr) -> bool:
    return isinstance(node, ir.Literal) and node.value is None


AS_TYPE_OF = "soc_as_type_of"


def as_type_of(node: ir.FunctionCall) -> str:
    """A dynamic value in the type of another value."""
    value, like = map(translate.render_expr, node.args)
    text = "CASE typeof(_d.l) WHEN 'JSON' THEN CAST(_d.v AS VARCHAR) ELSE _d.v ->> '$' END"
    pair = f"struct_pack(v := {value}, l := {like})"  # TRY takes no subqueries
    return f"list_transform([{pair}], lambda _d: TRY(cast_to_type({text}, _d.l)))[1]"


def is_null(node: ir.FunctionCall) -> str | None:
    """`isnull`: strings never are, and JSON's null is."""
    if len(node.args) != 1:
        return None
    value = translate.render_expr(node.args[0])
    null = (
        f"(typeof({value}) <> 'VARCHAR' AND ({value} IS NULL"
        f" OR (typeof({value}) = 'JSON' AND CAST({value} AS VARCHAR) = 'null')))"
    )
    return null if node.name.lower() == "isnull" else f"(NOT {null})"


def is_empty(node: ir.FunctionCall) -> str | None:
    """`isempty`: an empty string, or null of any type, JSON's as well."""
    if len(node.args) != 1:
        return None
    value = translate.render_expr(node.args[0])
    empty = (
        f"(coalesce(CAST({value} AS VARCHAR), '') = ''"
        f" OR (typeof({value}) = 'JSON' AND CAST({value} AS VARCHAR) IN ('null', '\"\"')))"
    )
    return empty if node.name.lower() == "isempty" else f"(NOT {empty})"


def bin_of(value: str, size: str) -> str:
    """A datetime or timespan rounded down to a multiple of a timespan; datetimes from 0001-01-01.

    Rounding takes the rest away, so that nothing overflows at the end of the year 9999.
    """
    rest = (
        f"(epoch_us(_b.v) + CASE WHEN typeof(_b.v) = 'INTERVAL' THEN 0 ELSE {_ORIGIN} END)"
        " % NULLIF(epoch_us(_b.s), 0)"
    )
    below = f"to_microseconds((({rest}) + epoch_us(_b.s)) % NULLIF(epoch_us(_b.s), 0))"
    pair = f"struct_pack(v := {value}, s := {size})"
    return f"list_transform([{pair}], lambda _b: _b.v - {below})[1]"


def equal(node: ir.BinaryOp, unlike: bool) -> str | None:
    """`==` where a side is dynamic, or a column that may be; None where neither can be."""
    left, right = node.left, node.right
    if isinstance(left, ir.ColumnRef) and _is_number(right):
        return _text_or(left, right, unlike)
    sides = [translate._is_dynamic_expr(left), translate._is_dynamic_expr(right)]
    columns = [isinstance(left, ir.ColumnRef), isinstance(right, ir.ColumnRef)]
    if all(sides) or any(isinstance(one, ir.Literal) for one in (left, right)):
        return None
    if not any(sides) and not all(columns):
        return None
    one, other = translate.render_expr(left), translate.render_expr(right)
    if any(sides):
        dynamic, plain = (one, other) if sides[0] else (other, one)
        same = _same(dynamic, plain)
    else:
        both = f"CAST({one} AS VARCHAR) = CAST({other} AS VARCHAR)"
        same = (
            f"CASE WHEN typeof({one}) = 'JSON' AND typeof({other}) = 'JSON' THEN {both}"
            f" WHEN typeof({one}) = 'JSON' THEN {_same(f'to_json({one})', other)}"
            f" WHEN typeof({other}) = 'JSON' THEN {_same(f'to_json({other})', one)}"
            f" ELSE {one} = {other} END"
        )
        nothing = f"{one} IS NULL AND {other} IS NULL"
        found = f"coalesce({same}, FALSE)"
        return f"CASE WHEN {nothing} THEN NULL ELSE {'NOT ' if unlike else ''}{found} END"
    found = f"coalesce({same}, FALSE)"
    return f"(NOT {found})" if unlike else found


def _is_number(node: ir.Expr) -> bool:
    if not isinstance(node, ir.Literal) or node.value is None:
        return False
    return node.kind in {"int", "long", "real"}


def _text_or(left: ir.Expr, right: ir.Expr, unlike: bool) -> str:
    """A column against a number: a column of texts is read as numbers, as Log Analytics does."""
    column, number = translate.render_expr(left), translate.render_expr(right)
    same = (
        f"CASE typeof({column}) WHEN 'VARCHAR' THEN TRY_CAST(CAST({column} AS VARCHAR) AS DOUBLE) ="
        f" {number} WHEN 'JSON' THEN TRY_CAST(to_json({column}) ->> '$' AS DOUBLE) = {number}"
        f" ELSE {column} = {number} END"
    )
    return f"({'NOT ' if unlike else ''}coalesce({same}, FALSE))"


def in_numbers(node: ir.InList) -> str | None:
    """`x in (0, 50126)` where x is a column, perhaps of texts; None for other lists."""
    if not node.items or node.subquery is not None or not isinstance(node.value, ir.ColumnRef):
        return None
    if not all(map(_is_number, node.items)):
        return None
    tests = " OR ".join(_text_or(node.value, one, unlike=False) for one in node.items)
    return f"(NOT ({tests}))" if node.negated else f"({tests})"


def until(node: ir.Between) -> ir.Between:
    """`t between (start .. 4h)` ends 4 hours after the start, also where the start is a column."""
    spans = [translate._is_timespan_expr(one) for one in (node.value, node.low, node.high)]
    if spans == [False, False, True] and not isinstance(node.low, ir.Literal):
        return dataclasses.replace(node, high=ir.BinaryOp("+", node.low, node.high))
    return node


def _same(dynamic: str, plain: str) -> str:
    text, other = f"({dynamic} ->> '$')", f"CAST({plain} AS VARCHAR)"
    return (
        f"CASE typeof({plain}) WHEN 'VARCHAR' THEN {text_of_dynamic(dynamic)} = {other}"
        f" WHEN 'JSON' THEN CAST({dynamic} AS VARCHAR) = {other}"
        f" WHEN 'BOOLEAN' THEN lower({text}) = {other}"
        f" WHEN 'TIMESTAMP' THEN TRY_CAST({text} AS TIMESTAMP) = TRY_CAST({other} AS TIMESTAMP)"
        f" ELSE TRY_CAST({text} AS DOUBLE) = TRY_CAST({other} AS DOUBLE) END"
    )
