"""`top-nested`: the top values of each level, within those of the level before.

duckdb_kql 1.1.2 does not have it.

Source: https://learn.microsoft.com/kusto/query/top-nested-operator.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from duckdb_kql import ir, lower, schema, translate
from duckdb_kql.translate import naming, quote_ident

from soc_tui.workspaces.local.dialect.rows_in_order import LocalOperator


@dataclass(frozen=True)
class Level:
    """One clause.

    Attributes:
        count: How many values are kept; None for all.
        others: What stands for all other values; None where they are left out.
    """

    count: ir.Expr | None
    of: ir.NamedExpr
    others: ir.Expr | None
    by: ir.NamedExpr
    ascending: bool


@dataclass(frozen=True)
class TopNested(LocalOperator):
    """Each level takes rows away, or says of them that they are among the others."""

    levels: tuple[Level, ...]

    def sql(self, source: str, columns: list[str] | None) -> str:
        """The SELECT."""
        keys = [f"__k{at}" for at in range(len(self.levels))]
        stages = [f"_s AS (SELECT *, FALSE AS __other FROM {source})"]
        before = "_s"
        for at, level in enumerate(self.levels):
            stages += self._stage(level, before, keys[:at], at)
            before = f"_s{at}"
        names = iter(map(quote_ident, self.columns([], None)))
        picked, joins, order = [], [], []
        for at, level in enumerate(self.levels):
            same = [f"_a{at}.{key} IS NOT DISTINCT FROM _keys.{key}" for key in keys[: at + 1]]
            same.append(f"_a{at}.__other = _keys.__o{at}")
            joins.append(f"JOIN _a{at} ON {' AND '.join(same)}")
            picked += [f"_keys.{keys[at]} AS {next(names)}", f"_a{at}.__a AS {next(names)}"]
            order.append(f"_a{at}.__a {'ASC' if level.ascending else 'DESC'} NULLS LAST")
        flags = [f"__o{at}" for at in range(len(self.levels))]
        distinct = f"SELECT DISTINCT {', '.join([*keys, *flags])} FROM {before}"
        return (
            f"WITH {', '.join(stages)} SELECT {', '.join(picked)} FROM ({distinct}) AS _keys"
            f" {' '.join(joins)} ORDER BY {', '.join(order)}"
        )

    def _stage(self, level: Level, before: str, keys: list[str], at: int) -> list[str]:
        """The rows of a level with its value, and its aggregates."""
        value, key = translate.render_expr(level.of.expr), f"__k{at}"
        direction = "ASC" if level.ascending else "DESC"
        aggregate = translate.render_aggregate(level.by)
        within = f"PARTITION BY {', '.join(keys)} " if keys else ""
        groups = (
            f"SELECT {', '.join([*keys, f'{value} AS {key}', f'{aggregate} AS __a'])}"
            f" FROM {before} WHERE NOT __other GROUP BY ALL"
        )
        limit = ""
        if level.count is not None:
            count = translate.render_expr(level.count)
            number = f"row_number() OVER ({within}ORDER BY __a {direction} NULLS LAST)"
            limit = f" QUALIFY {number} <= {count}"
        top = f"_t{at} AS (SELECT *, TRUE AS __top FROM ({groups}){limit})"
        same = [f"_t{at}.{one} IS NOT DISTINCT FROM _b.{one}" for one in keys]
        same.append(f"_t{at}.{key} IS NOT DISTINCT FROM _b.{key}")
        others = translate.render_expr(level.others) if level.others is not None else "NULL"
        kept = "" if level.others is not None else " WHERE _b.__other OR __top"
        is_top = f"_t{at}.__top AND NOT _b.__other"
        rows = (
            f"_s{at} AS (SELECT _b.* EXCLUDE (__other, {key}),"
            f" CASE WHEN {is_top} THEN _b.{key} ELSE {others} END AS {key},"
            f" coalesce(NOT ({is_top}), TRUE) AS __other, coalesce(NOT ({is_top}), TRUE) AS __o{at}"
            f" FROM (SELECT *, {value} AS {key} FROM {before}) AS _b"
            f" LEFT JOIN _t{at} ON {' AND '.join(same)}{kept})"
        )
        shown = "TRUE" if level.others is not None else "NOT __other"
        totals = (
            f"_a{at} AS (SELECT {', '.join([*keys, key])}, __other,"
            f" CASE WHEN {shown} THEN __a END AS __a FROM (SELECT {', '.join([*keys, key])},"
            f" __other, {aggregate} AS __a FROM _s{at} GROUP BY ALL))"
        )
        return [top, rows, totals]

    def columns(self, columns: list[str], known: schema.Schema | None) -> list[str]:
        """The columns behind it."""
        made = []
        for level in self.levels:
            name = naming.distinct_names((level.of,))[0]
            made += [name, level.by.name or f"aggregated_{name}"]
        return made


def lowered(node: Any) -> TopNested:
    """The operator of a parse tree."""
    is_one = lower._cls(node) == "TopNestedOperatorPart"
    parts = [node] if is_one else lower._rule_children(node)
    return TopNested(tuple(map(_level, parts)))


def _level(node: Any) -> Level:
    below = lower._rule_children(node)
    named = [one for one in below if lower._cls(one) == "NamedExpression"]
    clause = [one for one in below if lower._cls(one) == "TopNestedOperatorWithOthersClause"]
    ordered = next(one for one in below if lower._cls(one) == "OrderedExpression")
    return Level(
        lower._lower_expr(named[0]) if len(named) > 1 else None,
        lower._lower_named(named[-1]),
        lower._lower_expr(lower._rule_children(clause[0])[-1]) if clause else None,
        lower._lower_named(lower._rule_children(ordered)[0]),
        ordered.getText().lower().endswith("asc"),
    )
