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
from duckdb_kql.translate import functions

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


def elements(sql: str) -> str:
    """The elements of an array as a list of JSON; anything else is a list of itself."""
    array = f"json_type(TRY_CAST(to_json({sql}) AS JSON)) = 'ARRAY'"
    parts, one = f"CAST(to_json({sql}) AS JSON[])", dynamic_element(sql)
    return f"CASE WHEN {array} THEN {parts} ELSE [{one}] END"


def _element_texts(sql: str) -> str:
    texts = f"list_transform({elements(sql)}, lambda _j: coalesce(CAST(_j AS JSON) ->> '$', ''))"
    return f"CASE WHEN coalesce(CAST({sql} AS VARCHAR), 'null') = 'null' THEN [] ELSE {texts} END"


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


_SPACED = re.compile(r"^(\d{4})\s*-\s*(\d{1,2})\s*-\s*(\d{1,2})(?!\d)")


def datetime_literal(text: str) -> str:
    """`2017 - 08 - 01`, `2017` and `20170801` as dates, as Kusto reads them."""
    text = text.strip()
    if re.fullmatch(r"[12]\d{3}", text):
        return f"{text}-01-01"
    if re.fullmatch(r"[12]\d{7}", text):
        return f"{text[:4]}-{text[4:6]}-{text[6:]}"
    return _SPACED.sub(r"\1-\2-\3", text)


_U_ESCAPE = re.compile(r"(?<!\\)((?:\\\\)*)\\u(?:\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{4}))")


def re2_escapes(pattern: str) -> str:
    """A regex with `\\u2010` as RE2 of DuckDB writes it."""
    return _U_ESCAPE.sub(lambda found: f"{found[1]}\\x{{{found[2] or found[3]}}}", pattern)


_CLASS = re.compile(r"\\(.)|\[:\^?\w+:\]|(\[\^?\]?)|(\])", re.DOTALL)
_UNICODE = {
    "d": r"\p{Nd}",
    "w": r"\p{L}\p{M}\p{Nd}\p{Pc}",
    "s": r"\s\p{Z}\x{85}",
}
"""What a class holds in Kusto, where DuckDB's RE2 knows ASCII only."""


def re2_classes(pattern: str) -> str:
    r"""A regex with `\w`, `\d` and `\s` that know Unicode, and their opposites outside of brackets.

    Source: https://learn.microsoft.com/kusto/query/regex
    """
    inside = False

    def written(found: re.Match[str]) -> str:
        nonlocal inside
        letter, opens, closes = found.groups()
        if letter is None:
            inside = bool(opens) or (inside and not closes)
            return found[0]
        known = _UNICODE.get(letter.lower())
        if known is None or (inside and letter.isupper()):
            return found[0]
        return known if inside else f"[{'^' if letter.isupper() else ''}{known}]"

    new = _CLASS.sub(written, pattern)
    return new if new == pattern or _compiles(new) else pattern


def _compiles(pattern: str) -> bool:
    """Whether RE2 has room for it: `\\w{900}` is too much of Unicode."""
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options)
    except re2.error:
        return False
    return True


_LIKE_ITS_FIRST = frozenset({"abs", "bin", "floor", "max_of", "min_of"})


def is_span(node: ir.Expr) -> bool:
    """Lengths of time that duckdb_kql 1.1.2 does not know as such: parts, differences, bins."""
    if isinstance(node, ir.FunctionCall):
        is_like = node.name.lower() in _LIKE_ITS_FIRST and bool(node.args)
        return is_like and translate._is_timespan_expr(node.args[0])
    if not isinstance(node, ir.BinaryOp):
        return False
    sides = [node.left, node.right]
    if node.op == "-" and all(map(translate._is_datetime_expr, sides)):
        return True
    return node.op == "/" and [translate._is_timespan_expr(one) for one in sides] == [True, False]


def part_of_span(node: ir.BinaryOp) -> str | None:
    """`1h / 2`, which is a length of time; duckdb_kql 1.1.2 divides whole numbers there."""
    is_span = [translate._is_timespan_expr(one) for one in (node.left, node.right)]
    if node.op != "/" or is_span != [True, False]:
        return None
    span, number = translate.render_expr(node.left), translate.render_expr(node.right)
    return f"to_microseconds(CAST(epoch_us({span}) / CAST({number} AS DOUBLE) AS BIGINT))"


def step_of(base: str, index: str) -> str:
    """A member of a bag by its computed name, or an item of an array by its computed place."""
    text = "CASE typeof(_s) WHEN 'JSON' THEN to_json(_s) ->> '$' ELSE CAST(_s AS VARCHAR) END"
    is_name = (
        "typeof(_s) = 'VARCHAR' OR (typeof(_s) = 'JSON' AND json_type(to_json(_s)) = 'VARCHAR')"
    )
    name = f"""'$."' || replace({text}, '"', '\\"') || '"'"""
    place = f"'$[' || CASE WHEN starts_with({text}, '-') THEN '#' ELSE '' END || {text} || ']'"
    path = f"CASE WHEN {text} = '' THEN NULL WHEN {is_name} THEN {name} ELSE {place} END"
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


_OF_ARRAYS = {
    "array_concat": None, "array_reverse": 1, "array_slice": 1, "array_sum": 1,
    "set_has_element": 1, "zip": None,
}  # fmt: skip
"""Functions that are null where they get no array, and how many of their arguments are arrays."""


def of_arrays(node: ir.FunctionCall, sql: str) -> str:
    """A call that duckdb_kql 1.1.2 lets fail on a row without an array: null there."""
    name = node.name.lower()
    if name not in _OF_ARRAYS:
        return sql
    arguments = [one for one in node.args[: _OF_ARRAYS[name]] if not isinstance(one, ir.Literal)]
    tests = [
        f"json_type(TRY_CAST(to_json({translate.render_expr(one)}) AS JSON)) = 'ARRAY'"
        for one in arguments
    ]
    sql = f"TRY({sql})" if name == "array_sum" else sql  # of what are no numbers
    return f"CASE WHEN {' AND '.join(tests)} THEN {sql} END" if tests else sql


_PERHAPS_ARRAYS = (ir.ColumnRef, ir.PathAccess, ir.FunctionCall)


def _is_perhaps_array(node: ir.Expr) -> bool:
    return isinstance(node, _PERHAPS_ARRAYS) and not translate._is_dynamic(node)


def in_array(node: ir.InList) -> str | None:
    """`x in (d)` where d is a column, a part of one or computed: sought among the elements of an
    array. duckdb_kql 1.1.2 reads it as one value."""
    if node.subquery is not None or len(node.items) != 1 or not _is_perhaps_array(node.items[0]):
        return None
    value, item = translate.render_expr(node.value), translate.render_expr(node.items[0])
    texts, text = _element_texts(item), f"coalesce(to_json({value}) ->> '$', '')"
    if node.case_insensitive:
        texts, text = f"list_transform({texts}, lambda _t: lower(_t))", f"lower({text})"
    found = f"list_contains({texts}, {text})"
    if not isinstance(node.items[0], ir.PathAccess):
        plain = dataclasses.replace(node, negated=False)
        otherwise = translate._render_in_list(plain, value)
        found = f"CASE typeof({item}) WHEN 'JSON' THEN {found} ELSE {otherwise} END"
    return f"({'NOT ' if node.negated else ''}coalesce({found}, FALSE))"


def has_of_array(node: ir.HasList) -> str | None:
    """`x has_any (d)` and `has_all`, d like that of `in`."""
    arrays = [one for one in node.items if _is_perhaps_array(one)]
    if node.subquery is not None or not arrays:
        return None
    text = f"coalesce(to_json({translate.render_expr(node.value)}) ->> '$', '')"
    test = functions.term_match_sql(text, "_t")
    parts = []
    for one in arrays:
        texts = _element_texts(translate.render_expr(one))
        found = f"len(list_filter({texts}, lambda _t: {test}))"
        least = f"greatest(len({texts}), 1)" if node.require_all else "1"
        parts.append(f"{found} >= {least}")
    plain = tuple(one for one in node.items if one not in arrays)
    if plain:
        parts.append(translate.render_has_list(dataclasses.replace(node, items=plain)))
    return f"({(' AND ' if node.require_all else ' OR ').join(parts)})"


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
