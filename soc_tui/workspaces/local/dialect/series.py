"""`make-series`: one array a group, with a value for every step, also where there are no rows.

Source: https://learn.microsoft.com/kusto/query/make-series-operator: the main form bins with bin_at
and leaves the end out; `in range(…)` bins with bin and has it in.
"""

from __future__ import annotations

from dataclasses import dataclass

from duckdb_kql import ir, schema, translate
from duckdb_kql.translate import quote_ident

from soc_tui.workspaces.local.dialect.local_operator import LocalOperator
from soc_tui.workspaces.local.dialect.values import dynamic_element


@dataclass(frozen=True)
class MakeSeries(LocalOperator):
    """One `make-series`.

    Attributes:
        defaults: Of each aggregate, in order: what stands where there are no rows.
        closed: Whether the end is in the series, and bins begin where bin() has them.
        always: Whether there is a series even where there are no rows at all.
    """

    aggregates: tuple[ir.NamedExpr, ...]
    defaults: tuple[ir.Expr, ...]
    axis: ir.NamedExpr
    start: ir.Expr | None
    stop: ir.Expr | None
    step: ir.Expr
    by: tuple[ir.NamedExpr, ...] = ()
    closed: bool = False
    always: bool = False

    def _names(self, columns: list[str] | None) -> tuple[list[str], list[str], str]:
        summary = ir.Summarize(self.aggregates, self.by)
        keys, made = translate.summarize_names(summary, columns)
        name = str(self.axis.name or getattr(self.axis.expr, "name", "Column1"))
        return keys, [one for several in made for one in several], name

    def columns(self, columns: list[str], known: schema.Schema | None) -> list[str]:
        """The columns behind it."""
        keys, made, axis = self._names(columns)
        return [*keys, *made, axis]

    def sql(self, source: str, columns: list[str] | None) -> str:
        """The SELECT."""
        keys, made, axis = self._names(columns)
        of_time = translate._is_timespan_expr(self.step)
        step = translate.render_expr(self.step)
        width = f"epoch_us({step})" if of_time else f"({step})"
        value = _measure(translate.render_expr(self.axis.expr), of_time)
        start = _edge(self.start, of_time)
        stop = _edge(self.stop, of_time)
        origin = start or "0"
        if self.closed and start:
            origin = f"(floor(({start}) / {width}::DOUBLE) * {width})"
        place = f"CAST(floor(({value} - {origin}) / {width}::DOUBLE) AS BIGINT)"
        inside = [f"{value} IS NOT NULL"]
        inside += [f"{value} >= {origin}"] if start else []
        binned = f"floor({value} / {width}::DOUBLE) * {width}"
        if stop:
            inside.append(f"{binned} <= {stop}" if self.closed else f"{value} < {stop}")
        names = [quote_ident(one) for one in keys]
        key = [
            f"{translate.render_expr(one.expr)} AS {name}"
            for one, name in zip(self.by, names, strict=True)
        ]
        sums = [
            f"{translate.render_aggregate(one)} AS {quote_ident(name)}"
            for one, name in zip(self.aggregates, made, strict=True)
        ]
        rounded = "floor" if self.closed else "ceil"
        count = f"CAST({rounded}(({stop} - {origin}) / {width}::DOUBLE) AS BIGINT)"
        last = "NULL" if not stop else (count if self.closed else f"{count} - 1")
        groups = ", ".join([*(translate.render_expr(one.expr) for one in self.by), "__at"])
        head = ", ".join([*key, "__at", *sums])
        low, high = "0" if start else "min(__at)", f"({last})" if stop else "max(__at)"
        bounds = f"{low} AS __low, {high} AS __high"
        listed = ", ".join([*names, bounds])
        grouped = f" GROUP BY {', '.join(names)}" if names else ""
        having = "" if names or self.always else " HAVING count(*) > 0"
        bare = self.always and not names and bool(start and stop)
        some = "(SELECT 1)" if bare else "_sums"
        same = " AND ".join(
            [f"_some.{one} IS NOT DISTINCT FROM _each.{one}" for one in names]
            + ["_some.__at = _each.__at"]
        )
        arrays = [
            _array(_filled(quote_ident(name), default), name)
            for name, default in zip(made, self.defaults, strict=True)
        ]
        time = f"({origin} + _each.__at * {width})"
        shown = (
            dynamic_element(f"make_timestamp(CAST({time} AS BIGINT))")
            if of_time
            else f"to_json({time})"
        )
        arrays.append(_array(shown, axis))
        each = ", ".join([*(f"_each.{one}" for one in names), *arrays])
        behind = (
            f" GROUP BY {', '.join(f'_each.{one}' for one in names)}"
            if names
            else " HAVING count(*) > 0"
        )
        return (
            f"WITH _placed AS (SELECT *, {place} AS __at FROM {source}"
            f" WHERE {' AND '.join(inside)}),"
            f" _sums AS (SELECT {head} FROM _placed GROUP BY {groups}),"
            f" _ends AS (SELECT {listed} FROM {some}{grouped}{having}),"
            f" _steps AS (SELECT * EXCLUDE (__low, __high),"
            f" unnest(range(CAST(__low AS BIGINT), CAST(__high AS BIGINT) + 1)) AS __at FROM _ends)"
            f" SELECT {each} FROM _steps AS _each LEFT JOIN _sums AS _some ON {same}{behind}"
        )


def _array(value: str, name: str) -> str:
    return f"to_json(list({value} ORDER BY _each.__at)) AS {quote_ident(name)}"


def _measure(sql: str, of_time: bool) -> str:
    return f"epoch_us({sql})" if of_time else f"({sql})"


def _edge(value: ir.Expr | None, of_time: bool) -> str:
    return _measure(translate.render_expr(value), of_time) if value is not None else ""


def _filled(column: str, default: ir.Expr) -> str:
    if isinstance(default, ir.Literal) and default.value is None:
        return f"_some.{column}"
    nothing = translate.render_expr(default)
    return f"CASE WHEN _some.__at IS NULL THEN {nothing} ELSE _some.{column} END"
