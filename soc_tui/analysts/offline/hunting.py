"""Rules over rows: findings one by one, worst rules first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb

from soc_tui.analysts import Notice
from soc_tui.analysts.offline import conditions, rulebook, tables
from soc_tui.analysts.offline.matching import RuleMatcher, missing_columns
from soc_tui.analysts.offline.reporting import Cells, findings
from soc_tui.analysts.offline.rulebook import Rule, Rulebook
from soc_tui.model.finding import Finding, Severity
from soc_tui.model.rows import Rows

_WORST_FIRST = tuple(reversed(Severity))


class RuleHunt:
    """The rules of one table over one answer; `findings` runs them, `interrupt` stops them."""

    def __init__(self, rows: Rows, table: str, book: Rulebook) -> None:
        self.table = table or tables.infer(rows.column_names)
        self.rows = rows
        self.problems = book.problems
        available = set(rows.column_names)
        rules = book.for_table(self.table)
        runnable = [rule for rule in rules if rule.columns <= available]
        self.rules = sorted(runnable, key=lambda rule: _WORST_FIRST.index(rule.severity))
        self.left_out = tuple(rule for rule in rules if not rule.columns <= available)
        self._matcher: RuleMatcher | None = None
        self._stopped = False

    def notices(self) -> tuple[Notice, ...]:
        """What the analyst should know before: broken rules, rules without their columns."""
        notices = [Notice(f"Rule left out: {problem}") for problem in self.problems]
        if self.left_out:
            missing = missing_columns(self.left_out, self.rows.column_names)
            notices.append(
                Notice(
                    f"{len(self.left_out)} of {len(self.left_out) + len(self.rules)} rules for"
                    f" {self.table} cannot run: the rows lack {', '.join(missing)}."
                )
            )
        return tuple(notices)

    def findings(self) -> Iterator[Finding | Notice]:
        """Run rule after rule; one that fails is a Notice. Blocks: use a thread."""
        matcher = self._matcher = RuleMatcher(self.rows, self.rules)
        cells = Cells(self.rows)
        try:
            for rule in self.rules:
                if self._stopped:
                    return
                yield from self._run(rule, matcher, cells)
        finally:
            matcher.close()

    def interrupt(self) -> None:
        """Stop between rules, and the query that runs now. From any thread."""
        self._stopped = True
        if self._matcher is not None:
            self._matcher.interrupt()

    def _run(self, rule: Rule, matcher: RuleMatcher, cells: Cells) -> Iterator[Finding | Notice]:
        try:
            hits = matcher.hits(rule)
        except duckdb.Error as error:
            if not self._stopped:
                reason = str(error).splitlines()[0]
                yield Notice(f"Rule {rule.title!r} ({rule.origin}) could not run: {reason}")
            return
        if hits:
            yield from findings(rule, hits, cells, _QuotedColumns(rule, matcher, self.rows))


class _QuotedColumns:
    """Columns to quote of a row: the rule's own, or for keywords those that hold one."""

    def __init__(self, rule: Rule, matcher: RuleMatcher, rows: Rows) -> None:
        self._rule, self._matcher = rule, matcher
        available = set(rows.column_names)
        self._columns = tuple(name for name in rule.quote if name in available)
        self._keywords = rule.tree is not None and conditions.has_keywords(rule.tree)
        self._known: dict[int, Sequence[str]] = {}

    def __call__(self, row: int) -> Sequence[str]:
        if not self._keywords:
            return self._columns
        if row not in self._known:
            found = self._matcher.keyword_columns(self._rule, row)
            self._known[row] = (*found, *(name for name in self._columns if name not in found))
        return self._known[row]


def run_rules(
    rows: Rows, table: str = "", book: Rulebook | None = None
) -> Iterator[Finding | Notice]:
    """Notices, then grounded findings, of all rules that fit the rows. Blocks.

    Args:
        table: Main table of the rows; inferred from their columns when empty.
        book: Rules to run; ours when None.
    """
    hunt = RuleHunt(rows, table, book or rulebook.load())
    yield from hunt.notices()
    yield from hunt.findings()
