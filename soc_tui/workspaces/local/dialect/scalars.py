"""Functions of one row, in SQL.

duckdb_kql 1.1.2 has none of these, or has them otherwise.

Source: https://learn.microsoft.com/kusto/query/, the page of each function.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from duckdb_kql import KqlUnsupportedError, ir, translate

from soc_tui.workspaces.local.dialect.functions.registry import called
from soc_tui.workspaces.local.dialect.values import (
    AS_TYPE_OF,
    as_type_of,
    bin_of,
    is_empty,
    is_null,
    parsed,
)

Write = Callable[[ir.FunctionCall], str | None]

_ON_EARTH = "abs({0}) <= 180 AND abs({1}) <= 90 AND abs({2}) <= 180 AND abs({3}) <= 90"
_SQUARE = (
    "pow(sin(radians({3} - {1}) / 2), 2)"
    " + cos(radians({1})) * cos(radians({3})) * pow(sin(radians({2} - {0}) / 2), 2)"
)
_METRES = f"CASE WHEN {_ON_EARTH} THEN 2 * 6371010 * asin(sqrt(least(1, {_SQUARE}))) END"
"""Between two points (longitude, latitude) on a sphere, as Kusto's S2 library has it."""
_DIGEST = "CAST({0} AS DOUBLE[])"

TEMPLATES: Mapping[str, tuple[str, tuple[int, ...]]] = {
    "base64_decode_tostring": ("coalesce(TRY(decode(from_base64({0}))), '')", (1,)),
    "around": ("({0} BETWEEN {1} - {2} AND {1} + {2})", (3,)),
    "geo_distance_2points": (_METRES, (4,)),
    "geo_point_in_circle": (f"CASE WHEN {{4}} >= 0 THEN {_METRES} <= {{4}} END", (5,)),
    "dcount_hll": ("CAST(json_array_length({0}) AS BIGINT)", (1,)),
    "percentile_tdigest": (f"list_aggregate({_DIGEST}, 'quantile_disc', {{1}} / 100.0)", (2,)),
    "rank_tdigest": (f"CAST(len(list_filter({_DIGEST}, lambda _v: _v <= {{1}})) AS BIGINT)", (2,)),
    "percentrank_tdigest": (
        f"(100.0 * len(list_filter({_DIGEST}, lambda _v: _v <= {{1}})) / len({_DIGEST}))",
        (2,),
    ),
    "base64_decodestring": ("coalesce(TRY(decode(from_base64({0}))), '')", (1,)),
    "bitset_count_ones": ("CAST(bit_count(CAST({0} AS BIGINT)) AS BIGINT)", (1,)),
    "erf": ("(1 - 2 / (exp(2 * {0} / sqrt(pi())) + 1))", ()),
    "isascii": ("regexp_full_match({0}, '[\\x00-\\x7F]*')", (1,)),
    "isutf8": ("({0} IS NOT NULL)", (1,)),
    "loggamma": ("lgamma({0})", (1,)),
    "new_guid": ("uuid()", (0,)),
    "parse_json": ("", (1,)),
    "rand": ("random()", (0,)),
    "strcmp": (
        "CAST(CASE WHEN {0} < {1} THEN -1 WHEN {0} > {1} THEN 1 ELSE 0 END AS BIGINT)",
        (2,),
    ),
    "string_size": ("CAST(strlen({0}) AS BIGINT)", (1,)),
    "todecimal": ("TRY_CAST({0} AS DECIMAL(38, 10))", (1,)),
    "unixtime_microseconds_todatetime": ("make_timestamp(CAST({0} AS BIGINT))", (1,)),
    "unixtime_milliseconds_todatetime": ("make_timestamp(CAST({0} * 1000 AS BIGINT))", (1,)),
    "unixtime_nanoseconds_todatetime": ("make_timestamp(CAST({0} AS BIGINT) // 1000)", (1,)),
    "unixtime_seconds_todatetime": ("make_timestamp(CAST({0} * 1000000 AS BIGINT))", (1,)),
}
"""By name: the SQL, with {0} for the first argument, and how many there are."""


def _parse_json(node: ir.FunctionCall) -> str | None:
    if len(node.args) != 1 or translate._is_dynamic_expr(node.args[0]):
        return translate.render_expr(node.args[0]) if len(node.args) == 1 else None
    return parsed(translate.render_expr(node.args[0]))


def _split(node: ir.FunctionCall) -> str:
    """An array of the parts; with an index an array of that part alone."""
    if len(node.args) not in {2, 3}:
        raise KqlUnsupportedError(
            "function:split", hint="it takes a text, what is between, an index"
        )
    text, between = (translate.render_kql_tostring(one) for one in node.args[:2])
    parts = f"str_split({text}, {between})"
    if len(node.args) == 2:
        return f"to_json({parts})"
    place = translate.render_expr(node.args[2])
    return f"to_json(list_slice({parts}, {place} + 1, {place} + 1))"


def _bin(node: ir.FunctionCall) -> str | None:
    if len(node.args) != 2 or not translate._is_timespan_expr(node.args[1]):
        return translate._render_bin_or_floor(node)
    return bin_of(*map(translate.render_expr, node.args))


def ranged(otherwise: Callable[[ir.RangeSource], str]) -> Callable[[ir.RangeSource], str]:
    """`range x from 1.0 to 2.0 step 0.5`, and over timespans: duckdb_kql 1.1.2 makes whole numbers
    of the first."""

    def written(source: ir.RangeSource) -> str:
        bounds = (source.start, source.stop, source.step)
        start, stop, step = map(translate.render_expr, bounds)
        name = translate.quote_ident(source.name)
        if all(map(translate._is_timespan_expr, bounds)):
            ends = ", ".join(f"CAST(epoch_us({one}) AS BIGINT)" for one in (start, stop, step))
            return f"SELECT to_microseconds(UNNEST(generate_series({ends}))) AS {name}"
        if any(map(translate._is_datetime_expr, bounds)) or not any(
            map(translate._is_real_expr, bounds)
        ):
            return otherwise(source)
        count = f"CAST(floor(({stop} - {start}) / CAST({step} AS DOUBLE) + 1e-9) AS BIGINT)"
        each = f"CAST({start} AS DOUBLE) + UNNEST(range(0, {count} + 1)) * {step}"
        return f"SELECT {each} AS {name}"

    return written


def _abs(node: ir.FunctionCall) -> str | None:
    """Also of timespans: what a column or a difference is, only DuckDB knows."""
    value = node.args[0] if len(node.args) == 1 else None
    is_difference = isinstance(value, ir.BinaryOp) and value.op == "-"
    is_span = value is not None and translate._is_timespan_expr(value)
    if value is None or not (is_difference or is_span or isinstance(value, ir.ColumnRef)):
        return None
    if translate._is_dynamic_expr(value):
        return None
    return f"list_transform([{translate.render_expr(value)}], lambda _a: greatest(_a, -_a))[1]"


def _make_datetime(node: ir.FunctionCall) -> str:
    """From year, month and day on; what is not given is 0."""
    if len(node.args) not in {3, 5, 6}:
        raise KqlUnsupportedError(
            "function:make_datetime", hint="it takes a day, or a day and a time in numbers"
        )
    parts = [translate.render_expr(one) for one in node.args]
    *whole, second = [*parts, *["0"] * (6 - len(parts))]
    numbers = ", ".join(f"CAST({one} AS BIGINT)" for one in whole)
    micros = f"floor(CAST({second} AS DOUBLE) * 1000000) / 1000000"
    return f"TRY(make_timestamp({numbers}, {micros}))"


def _make_timespan(node: ir.FunctionCall) -> str:
    """Of hour and minute, with a second, with days before them."""
    if len(node.args) not in {2, 3, 4}:
        raise KqlUnsupportedError(
            "function:make_timespan", hint="it takes [days], hours, minutes and [seconds]"
        )
    parts = [translate.render_expr(one) for one in node.args]
    before, behind = {2: (1, 1), 3: (1, 0), 4: (0, 0)}[len(parts)]
    days, hours, minutes, seconds = ["0"] * before + parts + ["0"] * behind
    total = f"(({days} * 24 + {hours}) * 60 + {minutes}) * 60 + {seconds}"
    return f"to_microseconds(CAST(({total}) * 1000000 AS BIGINT))"


def _bin_at(node: ir.FunctionCall) -> str:
    if len(node.args) != 3:
        raise KqlUnsupportedError(
            "function:bin_at", hint="it takes a value, a size and a fixed point"
        )
    value, size, point = map(translate.render_expr, node.args)
    if not translate._is_timespan_expr(node.args[1]):
        return f"(floor(({value} - {point}) / CAST({size} AS DOUBLE)) * {size} + {point})"
    away = f"epoch_us({value} - {point})"
    rest = f"((({away}) % epoch_us({size})) + epoch_us({size})) % epoch_us({size})"
    return f"({value} - to_microseconds({rest}))"


def _range(node: ir.FunctionCall) -> str:
    """An array from, to and with both ends, of numbers or of times."""
    if len(node.args) not in {2, 3}:
        raise KqlUnsupportedError("function:range", hint="it takes a start, a stop and a step")
    start, stop = map(translate.render_expr, node.args[:2])
    last = node.args[-1]
    is_span = translate._is_timespan_expr(last)
    step = translate.render_expr(last) if len(node.args) == 3 else "1"
    if is_span and len(node.args) == 2:
        step = "INTERVAL 1 HOUR"
    if is_span:
        count = (
            f"CAST(floor(epoch_us({stop} - {start}) / CAST(epoch_us({step}) AS DOUBLE)) AS BIGINT)"
        )
        each = f"CAST({start} AS TIMESTAMP) + _i * {step}"
        if translate._is_timespan_expr(node.args[0]):
            text = translate._kql_timespan_text(f"CAST({start} AS INTERVAL) + _i * {step}")
        else:
            text = translate._kql_datetime_text(each)
        return f"to_json(list_transform(range({_capped(count)}), lambda _i: {text}))"
    count = f"CAST(floor(({stop} - {start}) / CAST({step} AS DOUBLE)) AS BIGINT)"
    return f"to_json(list_transform(range({_capped(count)}), lambda _i: {start} + _i * {step}))"


def _capped(count: str) -> str:
    """Kusto's arrays of range() have 1,048,576 values at most."""
    return f"least({count} + 1, 1048576)"


def _strrep(node: ir.FunctionCall) -> str:
    if len(node.args) not in {2, 3}:
        raise KqlUnsupportedError(
            "function:strrep", hint="it takes a text, a count and a delimiter"
        )
    text = translate.render_kql_tostring(node.args[0])
    count = translate.render_expr(node.args[1])
    between = translate.render_kql_tostring(node.args[2]) if len(node.args) == 3 else "''"
    copies = f"list_transform(range(least({count}, 1024)), lambda _i: {text})"
    return f"array_to_string({copies}, {between})"


def _indexof(node: ir.FunctionCall) -> str | None:
    """With a start, a length or an occurrence; -1 for none."""
    if len(node.args) == 2:
        text, sought = map(translate.render_kql_tostring, node.args)
        return f"CAST(strpos({text}, {sought}) - 1 AS BIGINT)"
    if len(node.args) not in {3, 4, 5}:
        return None
    text, sought = map(translate.render_kql_tostring, node.args[:2])
    numbers = [translate.render_expr(one) for one in node.args[2:]]
    start, length, nth = [*numbers, "-1", "1"][:3] if len(numbers) == 1 else [*numbers, "1"][:3]
    begin = f"CASE WHEN {start} < 0 THEN greatest(length({text}) + {start}, 0) ELSE {start} END"
    cut = f"substr({text}, {begin} + 1)"
    part = f"CASE WHEN {length} < 0 THEN {cut} ELSE left({cut}, {length}) END"
    places = (
        f"list_filter(range(length({part})), lambda _i:"
        f" substr({part}, _i + 1, length({sought})) = {sought})"
    )
    return f"coalesce(CAST(({places})[{nth}] + {begin} AS BIGINT), -1)"


_KEY = re.compile(r"""\[\s*(?:'([^']*)'|"([^"]*)")\s*\]""")


def _extract_json(node: ir.FunctionCall) -> str:
    """What stands at a path of a JSON text; as text, or as the type that is asked for."""
    if len(node.args) not in {2, 3} or not isinstance(node.args[0], ir.Literal):
        raise KqlUnsupportedError("function:extract_json", hint="it takes a path, a text, a type")
    path = _KEY.sub(lambda key: f'."{key[1] or key[2]}"', str(node.args[0].value))
    text = translate.render_kql_tostring(node.args[1])
    if len(node.args) == 2:
        found = f"json_extract({parsed(text)}, {translate.quote_string(path)})"
        return f"coalesce({found} ->> '$', '')"
    plain = ir.FunctionCall("extract_json", (ir.Literal(path, "string"), node.args[1]))
    return translate.render_expr(as_type(plain, str(getattr(node.args[2], "value", ""))))


def _extract(node: ir.FunctionCall) -> str | None:
    """With the type that the text is read as."""
    if len(node.args) != 4:
        return None
    plain = ir.FunctionCall("extract", node.args[:3])
    kind = node.args[3]
    name = kind.args[0] if isinstance(kind, ir.FunctionCall) and kind.args else kind
    if not isinstance(name, ir.Literal):
        raise KqlUnsupportedError("function:extract", hint="its type must be typeof(…)")
    return translate.render_expr(as_type(plain, str(name.value)))


_CONVERSIONS = {
    "bool": "tobool", "boolean": "tobool", "date": "todatetime", "datetime": "todatetime",
    "decimal": "todecimal", "double": "todouble", "dynamic": "todynamic", "guid": "toguid",
    "int": "toint", "long": "tolong", "real": "toreal", "string": "tostring",
    "time": "totimespan", "timespan": "totimespan",
}  # fmt: skip


def as_type(value: ir.Expr, kind: str) -> ir.Expr:
    """A value read as a KQL type by name."""
    function = _CONVERSIONS.get(kind.lower())
    if function is None:
        raise KqlUnsupportedError(f"type {kind}", hint="it is no type of KQL")
    return ir.FunctionCall(function, (value,))


def _later(name: str, why: str) -> Write:
    def refuse(node: ir.FunctionCall) -> str:
        raise KqlUnsupportedError(f"function:{name}", hint=why)

    return refuse


_WINDOWS = "It reads other rows, so it must stand in serialize, extend, project or where."


def _hash(node: ir.FunctionCall) -> str:
    """What is hashed goes with its type, which only DuckDB knows."""
    if len(node.args) not in {1, 2}:
        raise KqlUnsupportedError(
            "function:hash", hint="it takes a value, and a number to divide by"
        )
    value, *most = map(translate.render_expr, node.args)
    texts = [f"typeof({value})", f"CAST({value} AS VARCHAR)"]
    return called("xxhash64_of", [*texts, *(f"CAST({one} AS VARCHAR)" for one in most)])


SPECIAL: Mapping[str, Write] = {
    AS_TYPE_OF: as_type_of,
    "abs": _abs,
    "bin": _bin,
    "floor": _bin,
    "bin_at": _bin_at,
    "extract": _extract,
    "extract_json": _extract_json,
    "indexof": _indexof,
    "isempty": is_empty,
    "isnotempty": is_empty,
    "isnotnull": is_null,
    "isnull": is_null,
    "notempty": lambda node: is_empty(ir.FunctionCall("isnotempty", node.args)),
    "notnull": is_null,
    "make_datetime": _make_datetime,
    "make_timespan": _make_timespan,
    "parse_json": _parse_json,
    "range": _range,
    "split": _split,
    "strrep": _strrep,
    "todynamic": _parse_json,
    "hash": _hash,
    "hash_xxhash64": _hash,
    **{name: _later(name, _WINDOWS) for name in ("prev", "next", "row_number", "row_cumsum")},
}
