"""Window functions: operators that look at rows in their order.

duckdb_kql 1.1.2 has none.

Source: https://learn.microsoft.com/kusto/query/window-functions, serialize-operator.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

from duckdb_kql import KqlUnsupportedError, ir, schema, translate
from duckdb_kql.translate import quote_ident

from soc_tui.workspaces.local.dialect.functions.registry import called
from soc_tui.workspaces.local.dialect.local_operator import LocalOperator, needed

ROW = "__row"
WINDOWS = frozenset(
    {
        "next", "prev", "row_cumsum", "row_number", "row_rank_dense", "row_rank_min",
        "row_window_session",
    }
)  # fmt: skip


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
