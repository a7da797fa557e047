"""Operators that look at the rows of one group at a time, or draw some of all.

duckdb_kql 1.1.2 has no subqueries per group. A query over groups keeps the group in a hidden
column, and each operator in it counts, sorts and takes within that.

Source: https://learn.microsoft.com/kusto/query/partition-operator, mv-apply-operator and the pages
of sample, sample-distinct and top-hitters.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from duckdb_kql import KqlUnsupportedError, ir, schema, translate
from duckdb_kql.translate import naming, quote_ident

from soc_tui.workspaces.local.dialect.local_operator import LocalOperator, needed
from soc_tui.workspaces.local.dialect.rows_in_order import InOrder

PLACE, TABLE = "__place", "__applied"


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
