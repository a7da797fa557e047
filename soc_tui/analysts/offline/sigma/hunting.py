"""Runs the rules over rows: timelines of related hits first, then single findings, worst first."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from soc_tui.analysts import Notice
from soc_tui.analysts.offline.sigma import field_columns, rule_coverage
from soc_tui.analysts.offline.sigma.everyday import grouped
from soc_tui.analysts.offline.sigma.finding_order import folded, is_weak, ranked
from soc_tui.analysts.offline.sigma.matching import RuleMatcher
from soc_tui.analysts.offline.sigma.rule import Rule
from soc_tui.analysts.offline.sigma.rule_findings import Cells, RuleHits, finding_of
from soc_tui.analysts.offline.sigma.rule_library import RuleLibrary
from soc_tui.analysts.offline.sigma.rulebook import Rulebook
from soc_tui.analysts.offline.sigma.timeline import stories
from soc_tui.model.coverage import Unseen
from soc_tui.model.finding import Finding, Severity
from soc_tui.model.receipt import Receipt
from soc_tui.model.row_sources import RowSources, one_table
from soc_tui.model.rows import Rows
from soc_tui.model.wording import number_of
from soc_tui.rows import row_tables

_WORST_FIRST = tuple(reversed(Severity))
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class RuleRun:
    """How one rule ran.

    Attributes:
        hits: What it matched, or None for nothing.
        problem: Why it could not run, or empty.
        seconds: Time it took.
    """

    rule: Rule
    hits: RuleHits | None
    problem: str
    seconds: float


class RuleHunt:
    """The rules that fit one answer; `findings` runs them, `interrupt` stops them.

    Args:
        table: Table that the query reads, or empty when it is not one or cannot be told.
        sources: What the query tells of where its rows come from, in place of `table`.
    """

    def __init__(
        self, rows: Rows, table: str, book: Rulebook, sources: RowSources | None = None
    ) -> None:
        self.rows = rows
        self.problems = book.problems
        self.sources = sources or one_table(table)
        self.origin = row_tables.origin_of(rows, self.sources)
        self._book = book
        self.choice = rule_coverage.choose(rows, self.origin, book)
        self.rules = sorted(self.choice.run, key=lambda rule: _WORST_FIRST.index(rule.severity))
        self._failed: dict[str, str] = {}
        self._matcher: RuleMatcher | None = None
        self._stopped = False

    def notices(self) -> tuple[Notice, ...]:
        """What the analyst should know before: broken rules, rules that cannot run, and why."""
        return tuple(
            Notice(text) for text in (*self._about_problems(), *self.choice.sentences(self.origin))
        )

    def unseen(self, unseen: Unseen) -> Unseen:
        """With what the rules do not see of these rows; what has failed by now included."""
        return rule_coverage.unseen(unseen, self._choice_now(), self.origin, self.sources)

    def receipt(self) -> Receipt:
        """What the rules did with the rows of each table, so far as they ran."""
        return rule_coverage.receipt(self.rows, self._choice_now(), self.origin, self.sources)

    def _choice_now(self) -> rule_coverage.Choice:
        return self.choice.without(self._failed)

    def findings(self) -> Iterator[Finding | Notice]:
        """Run all rules, then report; one that fails is a Notice. Blocks: use a thread."""
        with self.running() as runs:
            found: list[RuleHits] = []
            for run in runs:
                if run.problem:
                    yield Notice(
                        f"Rule {run.rule.title!r} ({run.rule.origin}) could not run: {run.problem}"
                    )
                elif run.hits is not None:
                    found.append(run.hits)
            if not self._stopped:
                yield from self._report(found)

    @contextmanager
    def running(self) -> Iterator[Iterator[RuleRun]]:
        """The rules as they run, one by one; their hits can be reported until this is left."""
        matcher = self._matcher = RuleMatcher(self.rows, self.rules, self.origin.of_rows)
        try:
            yield self._runs(matcher)
        finally:
            matcher.close()

    def interrupt(self) -> None:
        """Stop between rules, and the query that runs now. From any thread."""
        self._stopped = True
        if self._matcher is not None:
            self._matcher.interrupt()

    def _about_problems(self) -> Iterator[str]:
        yield from (f"Rule skipped: {problem}" for problem in self.problems[:_MOST_NAMED])
        more = len(self.problems) - _MOST_NAMED
        if more > 0:  # a folder of public rules has hundreds for other logs
            yield f"{number_of(more, 'more rule')} skipped: soc-tui rules list shows each."

    def _runs(self, matcher: RuleMatcher) -> Iterator[RuleRun]:
        for rule in self.rules:
            if self._stopped:
                return
            started = time.perf_counter()
            rows: Sequence[int] = ()
            problem = ""
            try:
                rows = matcher.hits(rule)
            except Exception as error:  # noqa: BLE001  no rule of others ends a hunt: it is named
                if self._stopped:
                    return
                problem = self._failed[rule.id] = _reason(error)
            quoted = _QuotedColumns(rule, matcher, self.rows)
            hits = RuleHits(rule, rows, quoted) if rows else None
            yield RuleRun(rule, hits, problem, time.perf_counter() - started)

    def _report(self, found: Sequence[RuleHits]) -> Iterator[Finding]:
        cells = Cells(self.rows)
        groups = grouped(found, cells)
        told = stories(groups, cells)
        yield from (story.finding for story in told)
        weak: dict[str, list[Finding]] = {}
        for hits, group in ranked(groups, cells):
            if self._stopped:
                return
            part_of = [one.finding.title for one in told if one.tells(hits.rule, group.rows)]
            finding = finding_of(
                hits, group.entities, group.rows, cells, everyday=group.everyday, part_of=part_of
            )
            if is_weak(finding) and (group.suspected or not part_of):
                whom = group.entities[0] if group.suspected else ""
                weak.setdefault(whom, []).append(finding)
            else:
                yield finding
        for whom, findings in sorted(weak.items(), key=lambda item: not item[0]):
            yield from folded(findings, whom)


def _reason(error: Exception) -> str:
    """What went wrong, in one line."""
    lines = str(error).splitlines()
    return lines[0] if lines else type(error).__name__


class _QuotedColumns:
    """Columns to quote of a row: the rule's own, or for keywords those that hold one."""

    def __init__(self, rule: Rule, matcher: RuleMatcher, rows: Rows) -> None:
        self._rule, self._matcher = rule, matcher
        shown = field_columns.shown_of(rule.quote, frozenset(rows.column_names))
        self._columns = tuple(dict.fromkeys(shown))
        self._keywords = rule.has_keywords
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
        table: Main table of the rows; told by the rows themselves when empty.
        book: Rules to run; ours when None.
    """
    hunt = RuleHunt(rows, table, book or RuleLibrary().load())
    yield from hunt.notices()
    yield from hunt.findings()
