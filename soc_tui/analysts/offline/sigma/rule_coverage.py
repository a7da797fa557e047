"""Which rules can run over the rows of an answer, which cannot, and what that leaves unseen."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace

from soc_tui.analysts.offline.sigma import field_columns
from soc_tui.analysts.offline.sigma.matching import missing_columns
from soc_tui.analysts.offline.sigma.rule import ANY_TABLE, Rule
from soc_tui.analysts.offline.sigma.rulebook import Rulebook
from soc_tui.model.coverage import Unseen
from soc_tui.model.receipt import MOST_RULE_NAMES, Receipt, TableReceipt, TableRules
from soc_tui.model.row_sources import RowSources
from soc_tui.model.rows import Rows
from soc_tui.model.time_columns import TIME_COLUMNS, time_column
from soc_tui.model.wording import number_of
from soc_tui.rows.row_tables import Origin, empty_columns

_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Choice:
    """The rules for the tables of an answer, and for any table.

    Attributes:
        run: Those that can run.
        left_out: Those that cannot, for a column that the rows of their table do not have.
        failed: Those that were run and broke.
        others: How many rules there are for other tables.
        broken: How many rules could not be read.
        timed: The rows tell when each event was.
    """

    run: tuple[Rule, ...]
    left_out: tuple[Rule, ...]
    failed: tuple[Rule, ...] = ()
    others: int = 0
    broken: int = 0
    timed: bool = True

    @property
    def not_run(self) -> tuple[Rule, ...]:
        """All that cannot run, or broke."""
        return (*self.left_out, *self.failed)

    def without(self, failed: Container[str]) -> Choice:
        """With the rules of these ids as broken."""
        return replace(
            self,
            run=tuple(rule for rule in self.run if rule.id not in failed),
            failed=tuple(rule for rule in self.run if rule.id in failed),
        )

    def sentences(self, origin: Origin) -> Iterator[str]:
        """What the analyst should know before they run."""
        anywhere = number_of(len(_of(self.run, ANY_TABLE)), "rule")
        if not origin.tables:
            yield (
                f"The table of these rows is unknown: only the {anywhere} for any table run, the"
                f" other {self.others:,} cannot."
            )
        elif origin.guessed:
            yield (
                f"By their columns the rows look like {origin.text}: only the rules for it and"
                " those for any table run."
            )
        elif origin.unknown:
            rows = number_of(origin.unknown, "row")
            yield f"The table of {rows} is unknown: only the {anywhere} for any table see them."
        if without := unruled(self, origin):
            yield (
                f"There are no rules for {', '.join(without)}: only the {anywhere} for any table"
                " look at these rows."
            )
        for table in (*origin.tables, ANY_TABLE):
            yield from self._about_columns(table, origin)

    def _about_columns(self, table: str, origin: Origin) -> Iterator[str]:
        left = _of(self.left_out, table)
        if left:
            total = len(left) + len(_of(self.run, table)) + len(_of(self.failed, table))
            about = "any table" if table == ANY_TABLE else table
            titles = _enumerated([rule.title for rule in left], "; ")
            yield (
                f"{len(left)} of {total} rules for {about} cannot run: the rows lack"
                f" {_enumerated(absent(left, origin, timed=self.timed))}. Not run: {titles}."
            )


def choose(rows: Rows, origin: Origin, book: Rulebook) -> Choice:
    """The rules for these rows; each needs the columns that the rows of its own table bring."""
    timed = bool(time_column(rows.columns))
    every = frozenset(rows.column_names)
    loud = [rule for rule in book.rules if not rule.silent]
    about = [rule for rule in loud if rule.table == ANY_TABLE or rule.table in origin.counts]
    run = [rule for rule in about if _can_run(rule, origin.available.get(rule.table, every), timed)]
    chosen = {id(rule) for rule in run}
    left_out = tuple(rule for rule in about if id(rule) not in chosen)
    return Choice(tuple(run), left_out, (), len(loud) - len(about), len(book.broken), timed)


def _can_run(rule: Rule, available: frozenset[str], timed: bool) -> bool:
    there = all(field_columns.is_there(column, available) for column in rule.columns)
    return there and (timed or rule.correlation is None)


def absent(rules: Sequence[Rule], origin: Origin, *, timed: bool = True) -> tuple[str, ...]:
    """Columns that these rules need and the rows of their table lack, sorted."""
    found: set[str] = set()
    for rule in rules:
        found.update(missing_columns([rule], tuple(origin.available.get(rule.table, ()))))
        if rule.correlation is not None and not timed:
            found.add(TIME_COLUMNS[0])
    return tuple(sorted(found))


def unruled(choice: Choice, origin: Origin) -> tuple[str, ...]:
    """Tables of the rows that no rule is for."""
    ruled = {rule.table for rule in (*choice.run, *choice.not_run)}
    return tuple(name for name in origin.tables if name not in ruled)


def unseen(base: Unseen, choice: Choice, origin: Origin, sources: RowSources) -> Unseen:
    """`base` with what these rules do not see."""
    without = unruled(choice, origin)
    counting = any(rule.correlation is not None for rule in choice.run)
    return replace(
        base,
        rules=len(choice.run) + len(choice.not_run),
        rules_not_run=len(choice.not_run),
        columns_absent=absent(choice.left_out, origin, timed=choice.timed),
        rules_broken=choice.broken,
        rows_unruled=origin.unknown + sum(origin.counts[name] for name in without),
        tables_unruled=without,
        summarised=sources.summarised and counting,
    )


def receipt(rows: Rows, choice: Choice, origin: Origin, sources: RowSources) -> Receipt:
    """What the rules did with the rows of each table."""
    names = dict.fromkeys((*origin.tables, *origin.silent))
    return Receipt(
        tuple(_table(name, rows, choice, origin) for name in names),
        rows=rows.count,
        rows_unknown=origin.unknown,
        any_run=len(_of(choice.run, ANY_TABLE)),
        any_not_run=len(_of(choice.not_run, ANY_TABLE)),
        summarised=sources.summarised,
    )


def _table(name: str, rows: Rows, choice: Choice, origin: Origin) -> TableReceipt:
    # Where some rows are of an unknown table, none of these need be all of a table's.
    count = origin.counts.get(name, None if origin.unknown else 0)
    if not count:
        return TableReceipt(name, rows=count)
    run, not_run = _of(choice.run, name), _of(choice.not_run, name)
    needed = frozenset(field_columns.holder(column) for rule in run for column in rule.columns)
    rules = TableRules(
        rows=count,
        run=len(run),
        not_run=len(not_run),
        run_names=_titles(run),
        not_run_names=_titles(not_run),
        absent=absent(_of(choice.left_out, name), origin, timed=choice.timed),
        empty=tuple(sorted(empty_columns(rows, needed, name, origin.of_rows))),
    )
    return TableReceipt(name, rules=rules, rows=count)


def _of(rules: Sequence[Rule], table: str) -> tuple[Rule, ...]:
    return tuple(rule for rule in rules if rule.table == table)


def _titles(rules: Sequence[Rule]) -> tuple[str, ...]:
    return tuple(rule.title for rule in rules[:MOST_RULE_NAMES])


def _enumerated(names: Sequence[str], between: str = ", ") -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return between.join(names[:_MOST_NAMED]) + more
