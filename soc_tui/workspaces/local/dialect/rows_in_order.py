"""Operators that look at rows in their order, or at the rows of one group at a time.

duckdb_kql 1.1.2 has neither window functions nor subqueries per group. A query over groups keeps
the group in a hidden column, and each operator in it counts, sorts and takes within that.

Source: https://learn.microsoft.com/kusto/query/window-functions, serialize-operator,
partition-operator and mv-apply-operator.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field

from duckdb_kql import KqlUnsupportedError, ir, schema, translate
from duckdb_kql.translate import naming, quote_ident

from soc_tui.workspaces.local.dialect.functions.registry import called

ROW, PLACE, TABLE = "__row", "__place", "__applied"
WINDOWS = frozenset(
    {
        "next", "prev", "row_cumsum", "row_number", "row_rank_dense", "row_rank_min",
        "row_window_session",
    }
)  # fmt: skip


class LocalOperator(ir.Operator):
    """An operator of ours among those of duckdb_kql."""

    def in_group(self, group: str, word: str) -> ir.Operator:
        """The same within the groups that a hidden column names; `word` has it in its query."""
        raise KqlUnsupportedError(word)

    def sql(self, source: str, columns: list[str] | None) -> str:
        """The SELECT over a table or stage of this name."""
        raise NotImplementedError

    def columns(self, columns: list[str], known: schema.Schema | None) -> list[str]:
        """The columns behind it."""
        return columns


def needed(columns: list[str] | None, word: str) -> list[str]:
    """The columns, where an operator must know them."""
    if columns is None:
        raise KqlUnsupportedError(word, hint="its columns are not known here")
    return columns


def reads_rows(node: object) -> bool:
    """Whether an expression calls a window function."""
    if isinstance(node, ir.FunctionCall) and node.name.lower() in WINDOWS:
        return True
    if isinstance(node, ir.Query) or not dataclasses.is_dataclass(node):
        return isinstance(node, tuple | list) and any(map(reads_rows, node))
    return any(reads_rows(getattr(node, one.name)) for one in dataclasses.fields(node))


@dataclass(frozen=True)
class InOrder(LocalOperator):
    """A where, extend or project that calls window functions.

    Attributes:
        within: The hidden column that names the group; "" for all rows.
    """

    operator: ir.Operator
    within: str = ""

    def sql(self, source: str, columns: list[str] | None) -> str:
        """The SELECT."""
        layers = _Layers(source, self.within)
        inner = layers.lifted(self.operator)
        known = [*needed(columns, "serialize"), *layers.made]
        body = translate.render_operator(inner, "_w", known)
        keep = ", ".join(map(quote_ident, self.columns(needed(columns, "serialize"), None)))
        row = quote_ident(ROW)
        if isinstance(inner, ir.Project):
            kept = ir.NamedExpr(ir.ColumnRef(ROW), ROW)
            body = translate.render_operator(
                dataclasses.replace(inner, expressions=(*inner.expressions, kept)), "_w", known
            )
        return f"WITH _w AS ({layers.sql}) SELECT {keep} FROM ({body}) ORDER BY {row}"

    def columns(self, columns: list[str], known: schema.Schema | None) -> list[str]:
        """The columns behind it."""
        return schema._operator_columns_unchecked(self.operator, columns, known)


@dataclass
class _Layers:
    """Window calls, innermost first, each a column of a query around the one before."""

    source: str
    within: str
    sql: str = ""
    made: list[str] = field(default_factory=lambda: [ROW])

    def __post_init__(self) -> None:
        self.sql = f"SELECT *, row_number() OVER () AS {quote_ident(ROW)} FROM {self.source}"

    def lifted(self, node: object) -> ir.Operator:
        """The operator with a column in place of each call."""
        return self._lifted(node)  # type: ignore[return-value]

    def _lifted(self, node: object) -> object:
        if isinstance(node, tuple):
            return tuple(map(self._lifted, node))
        if isinstance(node, ir.Query | str) or not dataclasses.is_dataclass(node):
            return node
        fields = {one.name: getattr(node, one.name) for one in dataclasses.fields(node)}
        new = {name: self._lifted(value) for name, value in fields.items()}
        if any(new[name] is not fields[name] for name in fields):
            node = dataclasses.replace(node, **new)  # type: ignore[type-var]
        if isinstance(node, ir.FunctionCall) and node.name.lower() in WINDOWS:
            return self._column(node)
        return node

    def _add(self, sql: str) -> str:
        name = f"__w{len(self.made)}"
        self.made.append(name)
        self.sql = f"SELECT *, {sql} AS {quote_ident(name)} FROM ({self.sql})"
        return quote_ident(name)

    def _over(self, *groups: str, frame: bool = True) -> str:
        within = [*groups, *([quote_ident(self.within)] if self.within else [])]
        part = f"PARTITION BY {', '.join(within)} " if within else ""
        rows = " ROWS UNBOUNDED PRECEDING" if frame else ""
        return f"OVER ({part}ORDER BY {quote_ident(ROW)}{rows})"

    def _runs(self, restart: str) -> str:
        """A number of the run of rows since the last restart."""
        flag = self._add(f"CASE WHEN {restart} THEN 1 ELSE 0 END")
        return self._add(f"sum({flag}) {self._over()}")

    def _column(self, call: ir.FunctionCall) -> ir.ColumnRef:
        name, args = call.name.lower(), call.args
        rendered = [translate.render_expr(one) for one in args]
        sql = getattr(self, f"_{name}")(rendered)
        made = self._add(sql)
        return ir.ColumnRef(made.strip('"'))

    def _prev(self, args: list[str], function: str = "lag") -> str:
        if not 1 <= len(args) <= 3:
            raise KqlUnsupportedError(
                "function:prev", hint="it takes a column, a distance, a default"
            )
        away, *default = args[1:] or ["1"]
        other = f", {default[0]}" if default else ""
        found = f"{function}({args[0]}, {away}{other}) {self._over(frame=False)}"
        if default:
            return found
        nothing = f"cast_to_type('', {args[0]})"
        is_text = f"typeof({args[0]}) = 'VARCHAR'"
        return f"CASE WHEN {is_text} THEN coalesce({found}, {nothing}) ELSE {found} END"

    def _next(self, args: list[str]) -> str:
        return self._prev(args, "lead")

    def _row_number(self, args: list[str]) -> str:
        first = args[0] if args else "1"
        groups = [self._runs(args[1])] if len(args) > 1 else []
        return f"CAST(row_number() {self._over(*groups, frame=False)} - 1 + {first} AS BIGINT)"

    def _row_cumsum(self, args: list[str]) -> str:
        if len(args) == 1:
            return self._sum(args[0], self._over())
        term = self._add(args[0])
        return self._sum(term, self._over(self._runs(args[1])))

    def _sum(self, term: str, over: str) -> str:
        return f"coalesce(sum({term}) {over}, 0)"

    def _row_rank_min(self, args: list[str]) -> str:
        return self._ranked(args, "count(*)")

    def _row_rank_dense(self, args: list[str]) -> str:
        return self._ranked(args, "dense")

    def _ranked(self, args: list[str], how: str) -> str:
        groups = [self._runs(args[1])] if len(args) > 1 else []
        before = self._add(f"lag({args[0]}) {self._over(*groups, frame=False)}")
        first = self._add(f"row_number() {self._over(*groups, frame=False)}")
        changed = f"{first} = 1 OR {args[0]} IS DISTINCT FROM {before}"
        if how == "dense":
            flag = self._add(f"CASE WHEN {changed} THEN 1 ELSE 0 END")
            return f"CAST(sum({flag}) {self._over(*groups)} AS BIGINT)"
        start = self._add(f"CASE WHEN {changed} THEN {first} END")
        return f"CAST(max({start}) {self._over(*groups)} AS BIGINT)"

    def _row_window_session(self, args: list[str]) -> str:
        """The first time of the session of each row: found in Python, row after row."""
        if len(args) not in {3, 4}:
            raise KqlUnsupportedError(
                "function:row_window_session", hint="it takes a time, two spans and a restart"
            )
        time = self._add(f"epoch_us({args[0]})")
        restart = self._add(f"coalesce({args[3]}, FALSE)" if len(args) == 4 else "FALSE")
        if self.within:
            raise KqlUnsupportedError(
                "function:row_window_session", hint="it runs over all rows only, not in groups"
            )
        rows = f"list(struct_pack(t := {time}, r := {restart}) ORDER BY {quote_ident(ROW)})"
        spans = [f"CAST(epoch_us({one}) AS VARCHAR)" for one in args[1:3]]
        starts = called("row_sessions", ["CAST(to_json(_all.rows) AS VARCHAR)", *spans])
        self.sql = (
            f"SELECT _rows.*, _found.starts AS __starts FROM ({self.sql}) AS _rows CROSS JOIN"
            f" (SELECT CAST({starts} AS BIGINT[]) AS starts FROM (SELECT {rows} AS rows"
            f" FROM ({self.sql})) AS _all) AS _found"
        )
        return f"make_timestamp(__starts[{quote_ident(ROW)}])"


# -- operators that stand for others -------------------------------------------------------------


@dataclass(frozen=True)
class Limited(LocalOperator):
    """A take or top whose count is an expression, of all rows or of each group."""

    count: ir.Expr
    keys: tuple[ir.SortKey, ...] = ()
    within: str = ""

    def sql(self, source: str, columns: list[str] | None) -> str:
        """The SELECT."""
        count = f"greatest(CAST({translate.render_expr(self.count)} AS BIGINT), 0)"
        order = translate.render_sort_keys(self.keys)
        if not self.within:
            by = f" ORDER BY {order}" if order else ""
            return f"SELECT * FROM {source}{by} LIMIT {count}"
        group = quote_ident(self.within)
        by = f" ORDER BY {order}" if order else ""
        number = f"row_number() OVER (PARTITION BY {group}{by})"
        behind = ", ".join([group, order]) if order else group
        return f"SELECT * FROM {source} QUALIFY {number} <= {count} ORDER BY {behind}"


@dataclass(frozen=True)
class EachGroup(LocalOperator):
    """A summarize without keys in each group; one of which no row is left gives a row as well."""

    summarize: ir.Summarize
    within: str

    def sql(self, source: str, columns: list[str] | None) -> str:
        """The SELECT."""
        group = quote_ident(self.within)
        key = ir.NamedExpr(ir.ColumnRef(self.within), self.within)
        keyed = translate.render_summarize(
            dataclasses.replace(self.summarize, by=(key,)), source, columns
        )
        nothing = f"(SELECT * FROM {source} WHERE FALSE)"
        empty = translate.render_summarize(self.summarize, nothing, columns)
        made = [quote_ident(name) for name in self.columns(columns or [], None)[1:]]
        each = ", ".join(
            f"CASE WHEN _some.{group} IS NULL THEN _none.{one} ELSE _some.{one} END AS {one}"
            for one in made
        )
        table = quote_ident(_table(self.within))
        return (
            f"SELECT _all.{group}, {each} FROM (SELECT DISTINCT {group} FROM {table})"
            f" AS _all LEFT JOIN ({keyed}) AS _some USING ({group}) CROSS JOIN ({empty}) AS _none"
        )

    def columns(self, columns: list[str], known: schema.Schema | None) -> list[str]:
        """The columns behind it."""
        _, made = translate.summarize_names(self.summarize, columns)
        return [self.within, *(one for several in made for one in several)]


def _place(columns: list[str]) -> str:
    """A name for the hidden column, also inside of a group of groups."""
    name = PLACE
    while name in columns:
        name += "_"
    return name


def _table(place: str) -> str:
    return TABLE + place.removeprefix(PLACE)


def in_groups(operators: Sequence[ir.Operator], group: str, word: str) -> list[ir.Operator]:
    """The same operators, each within the groups that a hidden column names."""
    return [_in_group(one, group, word) for one in operators]


def _in_group(  # noqa: PLR0911 (one per operator)
    one: ir.Operator, group: str, word: str
) -> ir.Operator:
    key = ir.NamedExpr(ir.ColumnRef(group), group)
    match one:
        case ir.Summarize(by=()):
            return EachGroup(one, group)
        case ir.Summarize():
            return dataclasses.replace(one, by=(key, *one.by))
        case ir.Project() | ir.Distinct():
            return dataclasses.replace(one, expressions=(key, *one.expressions))
        case ir.Count():
            count = ir.NamedExpr(ir.FunctionCall("count"), one.name)
            return EachGroup(ir.Summarize((count,)), group)
        case ir.Take() | ir.Top():
            keys = one.keys if isinstance(one, ir.Top) else ()
            return Limited(ir.Literal(one.count, "long"), keys, group)
        case Limited():
            return dataclasses.replace(one, within=group)
        case ir.Sort():
            first = ir.SortKey(ir.ColumnRef(group), ascending=True)
            return ir.Sort((first, *one.keys))
        case InOrder():
            return InOrder(_with_key(one.operator, key), group)
        case LocalOperator() if not isinstance(one, Applied):
            return one.in_group(group, word)
    if isinstance(one, _ROW_BY_ROW):
        return one
    raise KqlUnsupportedError(word)


def _with_key(operator: ir.Operator, key: ir.NamedExpr) -> ir.Operator:
    if isinstance(operator, ir.Project):
        return dataclasses.replace(operator, expressions=(key, *operator.expressions))
    return operator


@dataclass(frozen=True)
class Applied(LocalOperator):
    """`mv-apply`: arrays expanded, and a query over the elements of each row."""

    expand: tuple[ir.Operator, ...]
    query: tuple[ir.Operator, ...]
    gone: tuple[str, ...]

    def _inner(self, place: str) -> ir.Query:
        operators = [*self.expand, *in_groups(self.query, place, "mv-apply")]
        return ir.Query(ir.TableRef(_table(place)), operators)

    def sql(self, source: str, columns: list[str] | None) -> str:
        """The SELECT."""
        own = needed(columns, "mv-apply")
        name = _place(own)
        place, table = quote_ident(name), _table(name)
        known = {**(translate._nested_schema() or {}), table: [*own, name]}
        inner = translate.to_sql(self._inner(name), known)
        below = schema.output_columns(self._inner(name), known)
        select = ", ".join(
            f"{'_sub' if one in below else '_src'}.{quote_ident(one)}"
            for one in self._behind(own, below, name)
        )
        return (
            f"WITH {quote_ident(table)} AS"
            f" (SELECT *, row_number() OVER () AS {place} FROM {source}),"
            f" _sub AS ({inner})"
            f" SELECT {select} FROM {quote_ident(table)} AS _src JOIN _sub USING ({place})"
            f" ORDER BY {place}"
        )

    def _behind(self, own: list[str], below: list[str], place: str) -> list[str]:
        kept = [name for name in own if name not in self.gone]
        return [*kept, *(one for one in below if one not in kept and one != place)]

    def columns(self, columns: list[str], known: schema.Schema | None) -> list[str]:
        """The columns behind it."""
        place = _place(columns)
        tables = {**(known or {}), _table(place): [*columns, place]}
        below = schema.output_columns(self._inner(place), tables)
        return self._behind(columns, below, place)


@dataclass(frozen=True)
class Reordered(LocalOperator):
    """`project-reorder` of plain names: they come first."""

    names: tuple[str, ...]

    def sql(self, source: str, columns: list[str] | None) -> str:
        """The SELECT."""
        own = needed(columns, "project-reorder")
        return f"SELECT {', '.join(map(quote_ident, self.columns(own, None)))} FROM {source}"

    def columns(self, columns: list[str], known: schema.Schema | None) -> list[str]:
        """The columns behind it."""
        first = [name for name in self.names if name in columns]
        return [*first, *(name for name in columns if name not in first)]


@dataclass(frozen=True)
class Sampled(LocalOperator):
    """`sample`, `sample-distinct` and `top-hitters`."""

    count: ir.Expr
    of: ir.NamedExpr | None = None
    by: ir.Expr | None = None
    hitters: bool = False

    def sql(self, source: str, columns: list[str] | None) -> str:
        """The SELECT."""
        count = f"greatest(CAST({translate.render_expr(self.count)} AS BIGINT), 0)"
        if self.of is None:
            return f"SELECT * FROM {source} ORDER BY random() LIMIT {count}"
        names = [quote_ident(name) for name in self.columns(columns or [], None)]
        value = translate.render_expr(self.of.expr)
        if not self.hitters:
            return f"SELECT DISTINCT {value} AS {names[0]} FROM {source} LIMIT {count}"
        much = f"sum({translate.render_expr(self.by)})" if self.by is not None else "count(*)"
        return (
            f"SELECT {value} AS {names[0]}, {much} AS {names[1]} FROM {source}"
            f" GROUP BY ALL ORDER BY 2 DESC LIMIT {count}"
        )

    def columns(self, columns: list[str], known: schema.Schema | None) -> list[str]:
        """The columns behind it."""
        if self.of is None:
            return columns
        name = naming.distinct_names((self.of,))[0]
        if not self.hitters:
            return [name]
        much = getattr(self.by, "name", "") if self.by is not None else name
        return [name, f"approximate_{'sum' if self.by is not None else 'count'}_{much}"]


@dataclass(frozen=True)
class Partitioned(LocalOperator):
    """`partition by`: a query over the rows of each value of a column."""

    by: ir.Expr
    query: tuple[ir.Operator, ...]

    def _inner(self, place: str) -> ir.Query:
        return ir.Query(ir.TableRef(_table(place)), in_groups(self.query, place, "partition"))

    def sql(self, source: str, columns: list[str] | None) -> str:
        """The SELECT."""
        own = needed(columns, "partition")
        place = _place(own)
        table = _table(place)
        known = {**(translate._nested_schema() or {}), table: [*own, place]}
        inner = translate.to_sql(self._inner(place), known)
        key = f"{translate.render_expr(self.by)} AS {quote_ident(place)}"
        select = ", ".join(map(quote_ident, self.columns(own, known)))
        return (
            f"WITH {quote_ident(table)} AS (SELECT *, {key} FROM {source})"
            f" SELECT {select} FROM ({inner})"
        )

    def columns(self, columns: list[str], known: schema.Schema | None) -> list[str]:
        """The columns behind it."""
        place = _place(columns)
        tables = {**(known or {}), _table(place): [*columns, place]}
        below = schema.output_columns(self._inner(place), tables)
        return [one for one in below if one != place]


_ROW_BY_ROW = (
    Applied, ir.Extend, ir.MvExpand, ir.Parse, ir.ProjectAway, ir.ProjectRename, ir.Where,
)  # fmt: skip
