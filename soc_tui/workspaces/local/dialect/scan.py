"""`scan`: rows in their order against steps that remember what they matched.

duckdb_kql 1.1.2 does not have it. It is a recursive query here: each round takes one row and the
state of all steps, and gives the next state.

Source: https://learn.microsoft.com/kusto/query/scan-operator, "Scan logic".
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from duckdb_kql import ir, lower, schema, translate
from duckdb_kql.translate import quote_ident

from soc_tui.workspaces.local.dialect.rows_in_order import LocalOperator, needed
from soc_tui.workspaces.local.dialect.scalars import as_type

Remembered = tuple[int, str]
"""A column of a step: the step's place, and the column."""


@dataclass(frozen=True)
class Declared:
    """A column that the steps fill."""

    name: str
    kind: str
    default: ir.Expr | None


@dataclass(frozen=True)
class ScanStep:
    """One step.

    Attributes:
        output: "all", "last" or "none".
    """

    name: str
    output: str
    condition: ir.Expr
    assigned: tuple[ir.NamedExpr, ...]


@dataclass(frozen=True)
class Scan(LocalOperator):
    """The operator.

    Attributes:
        within: The hidden column that names the group; "" for all rows.
    """

    match_id: str
    declared: tuple[Declared, ...]
    steps: tuple[ScanStep, ...]
    within: str = ""

    def in_group(self, group: str, word: str) -> ir.Operator:
        """The same for each group by itself."""
        return dataclasses.replace(self, within=group)

    def sql(self, source: str, columns: list[str] | None) -> str:
        """The SELECT."""
        own = needed(columns, "scan")
        query = _Query(self, own)
        group = f"ORDER BY {quote_ident(self.within)}, __at" if self.within else ""
        rows = (
            f"SELECT *, row_number() OVER ({group}) AS __row"
            f" FROM (SELECT *, row_number() OVER () AS __at FROM {source})"
        )
        answers = " UNION ALL ".join(query.answers(own))
        return (
            f"WITH RECURSIVE _rows AS MATERIALIZED ({rows}), _scan AS ({query.first()}"
            f" UNION ALL {query.next()}) SELECT * EXCLUDE (__row, __step) FROM ({answers})"
            " ORDER BY __row, __step DESC"
        )

    def columns(self, columns: list[str], known: schema.Schema | None) -> list[str]:
        """The columns behind it."""
        more = [one.name for one in self.declared if one.name not in columns]
        return [*columns, *more, *([self.match_id] if self.match_id else [])]


class _Query:
    """The parts of the recursive query."""

    def __init__(self, scan: Scan, columns: Sequence[str]) -> None:
        self.scan = scan
        self.last = len(scan.steps) - 1
        names = {step.name: at for at, step in enumerate(scan.steps)}
        self.steps = [_resolved(step, names) for step in scan.steps]
        read = {one for step in self.steps for one in _remembered(step)}
        self.read = sorted(read)
        defaults = {
            one.name: translate.render_expr(as_type(one.default or _nothing(), one.kind))
            for one in scan.declared
        }
        self.defaults = {
            **{name: f"(SELECT {quote_ident(name)} FROM _rows LIMIT 0)" for name in columns},
            **defaults,
        }

    def _state(self, step: int) -> list[Remembered]:
        """What a step remembers: of itself and of those before it."""
        return [one for one in self.read if one[0] <= step]

    def first(self) -> str:
        """Before the first row."""
        group = "NULL"
        if self.scan.within:
            group = f"(SELECT {quote_ident(self.scan.within)} FROM _rows LIMIT 0)"
        made = ["CAST(0 AS BIGINT) AS __row", f"{group} AS __group", "CAST(0 AS BIGINT) AS __next"]
        for at in range(self.last + 1):
            made += [f"FALSE AS __active{at}", f"FALSE AS __out{at}"]
            made += [f"CAST(NULL AS BIGINT) AS __match{at}"]
            made += [
                f"{self.defaults[name]} AS {_of(at, of, name)}" for of, name in self._state(at)
            ]
            made += [f"{self.defaults[one.name]} AS {_made(at, one)}" for one in self.scan.declared]
        return f"SELECT {', '.join(made)}"

    def next(self) -> str:
        """The state behind the next row: the steps in reverse order, each around the one before."""
        current = f"_r.{quote_ident(self.scan.within)}" if self.scan.within else "NULL"
        starts = f"{current} IS DISTINCT FROM _s.__group"
        told = {one.name for one in self.scan.declared}
        fields = ["_r.* EXCLUDE (__at)"]
        fields += [f"{self.defaults[name]} AS {quote_ident(name)}" for name in sorted(told)]
        fields += [f"{current} AS __group"]
        fields += [f"CASE WHEN {starts} THEN 0 ELSE _s.__next END AS __next"]
        for at in range(self.last + 1):
            fields += [f"_s.__active{at} AND NOT ({starts}) AS __active{at}"]
            fields += [f"_s.__match{at} AS __match{at}"]
            fields += [
                f"CASE WHEN {starts} THEN {self.defaults[name]} ELSE _s.{_of(at, of, name)} END"
                f" AS {_of(at, of, name)}"
                for of, name in self._state(at)
            ]
        sql = f"SELECT {', '.join(fields)} FROM _scan AS _s JOIN _rows AS _r"
        sql += " ON _r.__row = _s.__row + 1"
        for at in range(self.last, -1, -1):
            sql = self._step(at, sql)
        kept = ["__row", "__group"]
        kept += ["CASE WHEN __new0 THEN __next + 1 ELSE __next END AS __next"]
        for at in range(self.last + 1):
            kept += [f"__active{at}", f"__out{at}", f"__match{at}"]
            kept += [_of(at, of, name) for of, name in self._state(at)]
            kept += [_made(at, one) for one in self.scan.declared]
        return f"SELECT {', '.join(kept)} FROM ({sql})"

    def _step(self, at: int, sql: str) -> str:
        """A step over a query that has the row and the state."""
        step = self.steps[at]
        promoted = "FALSE"
        if at:
            test = self._said(step.condition, at - 1)
            promoted = f"coalesce(__active{at - 1} AND ({test}), FALSE)"
        sql = f"SELECT *, {promoted} AS __promoted{at} FROM ({sql})"
        left = f"__promoted{at + 1}" if at < self.last else "FALSE"
        cleared = [f"(__active{at} AND NOT {left}) AS __active{at}"]
        cleared += [
            f"CASE WHEN {left} THEN {self.defaults[name]} ELSE {_of(at, of, name)} END"
            f" AS {_of(at, of, name)}"
            for of, name in self._state(at)
        ]
        sql = f"SELECT * REPLACE ({', '.join(cleared)}) FROM ({sql})"
        may = f"__active{at}" if at else "TRUE"
        again = f"(NOT __promoted{at} AND {may} AND ({self._said(step.condition, at)}))"
        sql = f"SELECT *, coalesce({again}, FALSE) AS __again{at} FROM ({sql})"
        values = [f"(__promoted{at} OR __again{at}) AS __out{at}"]
        values += [f"(__again{at} AND NOT __active{at}) AS __new{at}"]
        assigned = {one.name: one.expr for one in step.assigned}
        for one in self.scan.declared:
            made = self.defaults[one.name]
            if one.name in assigned:
                made = f"CASE WHEN __again{at} THEN {self._said(assigned[one.name], at)}"
                before = assigned[one.name]
                made += f" ELSE {self._said(before, at - 1)} END" if at else " END"
                made = f"coalesce({made}, {self.defaults[one.name]})"
            values.append(f"{made} AS {_made(at, one)}")
        sql = f"SELECT *, {', '.join(values)} FROM ({sql})"
        return f"SELECT * REPLACE ({', '.join(self._remembering(at))}) FROM ({sql})"

    def _remembering(self, at: int) -> Iterator[str]:
        """The new state of a step."""
        yield f"(__active{at} OR __out{at}) AS __active{at}"
        before = f"WHEN __promoted{at} THEN __match{at - 1} " if at else ""
        yield f"CASE {before}WHEN __new{at} THEN __next ELSE __match{at} END AS __match{at}"
        told = {one.name: _made(at, one) for one in self.scan.declared}
        for of, name in self._state(at):
            now = _of(at, of, name)
            if of == at:
                value = told.get(name, quote_ident(name))
                yield f"CASE WHEN __out{at} THEN {value} ELSE {now} END AS {now}"
            else:
                earlier = _of(at - 1, of, name)
                yield f"CASE WHEN __promoted{at} THEN {earlier} ELSE {now} END AS {now}"

    def _said(self, node: ir.Expr, state: int) -> str:
        """An expression where `step.column` is what a state remembers; else its default."""
        sql = translate.render_expr(node)
        for of, name in self.read:
            value = _of(state, of, name) if of <= state else self.defaults[name]
            sql = sql.replace(quote_ident(_token(of, name)), value)
        return sql

    def answers(self, columns: Sequence[str]) -> Iterator[str]:
        """The rows that each step gives."""
        told = {one.name: one for one in self.scan.declared}
        for at, step in enumerate(self.steps):
            fields = [
                f"_s.{_made(at, told[name])} AS {quote_ident(name)}"
                if name in told
                else f"_r.{quote_ident(name)}"
                for name in dict.fromkeys([*columns, *told])
            ]
            if self.scan.match_id:
                fields.append(f"_s.__match{at} AS {quote_ident(self.scan.match_id)}")
            last = ""
            if step.output == "last":
                number = f"PARTITION BY _s.__group, _s.__match{at} ORDER BY _s.__row DESC"
                last = f" QUALIFY row_number() OVER ({number}) = 1"
            shown = f"_s.__out{at}" if step.output != "none" else "FALSE"
            yield (
                f"SELECT {', '.join(fields)}, _s.__row, {at} AS __step FROM _scan AS _s"
                f" JOIN _rows AS _r USING (__row) WHERE {shown}{last}"
            )


def _of(state: int, step: int, name: str) -> str:
    return quote_ident(f"__state{state}_{step}_{name}")


def _made(step: int, declared: Declared) -> str:
    return quote_ident(f"__made{step}_{declared.name}")


def _token(step: int, name: str) -> str:
    return f"__remembered{step}_{name}"


def _nothing() -> ir.Expr:
    return ir.Literal(None, "dynamic")


def _remembered(step: ScanStep) -> Iterator[Remembered]:
    for expression in (step.condition, *(one.expr for one in step.assigned)):
        for name in _names(expression):
            if name.startswith("__remembered"):
                of, _, column = name.removeprefix("__remembered").partition("_")
                yield int(of), column


def _names(node: object) -> Iterator[str]:
    if isinstance(node, ir.ColumnRef):
        yield node.name
    elif isinstance(node, tuple):
        for one in node:
            yield from _names(one)
    elif dataclasses.is_dataclass(node) and not isinstance(node, type | ir.Query):
        for field in dataclasses.fields(node):
            yield from _names(getattr(node, field.name))


def _resolved(node: Any, steps: dict[str, int]) -> Any:
    """`step.column` as one column."""
    if isinstance(node, tuple):
        return tuple(_resolved(one, steps) for one in node)
    if isinstance(node, ir.PathAccess) and isinstance(node.base, ir.ColumnRef):
        first, *rest = node.steps
        if node.base.name in steps and first.name is not None:
            column = ir.ColumnRef(_token(steps[node.base.name], first.name))
            return ir.PathAccess(column, tuple(rest)) if rest else column
    if not dataclasses.is_dataclass(node) or isinstance(node, type | ir.Query):
        return node
    new = {one.name: _resolved(getattr(node, one.name), steps) for one in dataclasses.fields(node)}
    return dataclasses.replace(node, **new)


def lowered(node: Any) -> Scan:
    """The operator of a parse tree."""
    match_id, declared, steps = "", [], []
    for below in lower._rule_children(node):
        kind = lower._cls(below)
        if kind == "RelaxedQueryOperatorParameter":
            match_id = below.getText().partition("=")[2]
        elif kind == "ScanOperatorDeclareClause":
            declared = [_declared(one) for one in lower._rule_children(below)]
        elif kind == "ScanOperatorStep":
            steps.append(_step(below))
    return Scan(match_id, tuple(declared), tuple(steps))


def _declared(node: Any) -> Declared:
    name, kind, *default = lower._rule_children(node)
    value = lower._lower_expr(lower._rule_children(default[0])[-1]) if default else None
    return Declared(lower._find_names(name)[0], kind.getText(), value)


def _step(node: Any) -> ScanStep:
    name, *rest = lower._rule_children(node)
    output, assigned = "all", []
    condition: ir.Expr | None = None
    for below in rest:
        kind = lower._cls(below)
        if kind == "ScanOperatorStepOutputClause":
            output = below.getText().partition("=")[2]
        elif kind == "ScanOperatorBody":
            for one in lower._rule_children(below):
                column, value = lower._rule_children(one)
                names = lower._find_names(column)
                assigned.append(ir.NamedExpr(lower._lower_expr(value), names[0]))
        else:
            condition = lower._lower_expr(below)
    if condition is None:
        raise lower._unsupported(node, "scan")
    return ScanStep(lower._find_names(name)[0], output, condition, tuple(assigned))
