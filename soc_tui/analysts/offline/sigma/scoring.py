"""Scores rules on rows: hits and time of each; recall and false findings on labeled rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from soc_tui.analysts.offline.sigma.everyday import Group, grouped
from soc_tui.analysts.offline.sigma.hunting import RuleHunt, RuleRun
from soc_tui.analysts.offline.sigma.rule import Rule
from soc_tui.analysts.offline.sigma.rule_findings import Cells
from soc_tui.analysts.offline.sigma.timeline import stories

ORDINARY = ""
"""Label of a row that no rule should hit."""


@dataclass(frozen=True, slots=True)
class RuleScore:
    """One rule on the rows of one table.

    Attributes:
        rows: Rows it hit.
        labelled: Rows of these that are labelled; None where there are no labels.
        findings: Findings that the hits make: one per host, account …, or of many that do the same.
        false_findings: Those of them without any labelled row; None where there are no labels.
        seconds: Time it took.
        problem: Why it could not run, or empty.
    """

    rule: Rule
    rows: int
    labelled: int | None
    findings: int
    false_findings: int | None
    seconds: float
    problem: str = ""


@dataclass(frozen=True, slots=True)
class TableScore:
    """All rules on the rows of one table.

    Attributes:
        labelled: Rows with a label; None where there are no labels.
        labelled_hit: Rows of these that some rule hit.
        ordinary_hit: Rows without a label that some rule hit.
        groups: For each label whether some row of it was hit.
        timelines: Findings made of several rules' hits; false ones are counted like all others.
        notices: What could not run, and why.
    """

    table: str
    rows: int
    scores: tuple[RuleScore, ...]
    timelines: int = 0
    false_timelines: int = 0
    labelled: int | None = None
    labelled_hit: int = 0
    ordinary_hit: int = 0
    groups: tuple[tuple[str, bool], ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def findings(self) -> int:
        """Findings of all rules, and timelines."""
        return sum(score.findings for score in self.scores) + self.timelines

    @property
    def false_findings(self) -> int:
        """Findings without any labelled row; 0 where there are no labels."""
        return sum(score.false_findings or 0 for score in self.scores) + self.false_timelines

    @property
    def seconds(self) -> float:
        """Time that the rules took together."""
        return sum(score.seconds for score in self.scores)


def score(hunt: RuleHunt, table: str, labels: Sequence[str] | None) -> TableScore:
    """Run the hunt's rules and count. Blocks: use a thread.

    Args:
        labels: For each row its label, `ORDINARY` where it has none; None when nothing is known.
    """
    cells = Cells(hunt.rows)
    with hunt.running() as running:
        runs = list(running)
        hits = [run.hits for run in runs if run.hits is not None]
        groups = grouped(hits, cells)
        told = [set().union(*story.rows.values()) for story in stories(groups, cells)]
    by_rule = {one.rule.id: own for one, own in groups}
    scores = tuple(_rule_score(run, by_rule.get(run.rule.id, ()), labels) for run in runs)
    base = TableScore(
        table, hunt.rows.count, scores, len(told),
        notices=tuple(notice.message for notice in hunt.notices()),
    )  # fmt: skip
    if labels is None:
        return base
    hit = set().union(*(one.rows for one in hits))
    labelled = [row for row, label in enumerate(labels) if label != ORDINARY]
    found = {labels[row] for row in hit}
    names = dict.fromkeys(labels[row] for row in labelled)
    return TableScore(
        base.table, base.rows, base.scores, base.timelines,
        false_timelines=sum(_is_false(rows, labels) for rows in told),
        labelled=len(labelled),
        labelled_hit=sum(row in hit for row in labelled),
        ordinary_hit=sum(labels[row] == ORDINARY for row in hit),
        groups=tuple((name, name in found) for name in names),
        notices=base.notices,
    )  # fmt: skip


def _rule_score(run: RuleRun, own: Sequence[Group], labels: Sequence[str] | None) -> RuleScore:
    rows = run.hits.rows if run.hits else ()
    return RuleScore(
        rule=run.rule,
        rows=len(rows),
        labelled=sum(labels[row] != ORDINARY for row in rows) if labels is not None else None,
        findings=len(own),
        false_findings=sum(_is_false(one.rows, labels) for one in own)
        if labels is not None
        else None,
        seconds=run.seconds,
        problem=run.problem,
    )


def _is_false(rows: Sequence[int] | set[int], labels: Sequence[str]) -> bool:
    return all(labels[row] == ORDINARY for row in rows)


def share(part: int, whole: int) -> float | None:
    """A share of 0 to 1; None of nothing."""
    return part / whole if whole else None


def per_ten_thousand(count: int, rows: int) -> float | None:
    """How many there are per 10,000 rows; None where there are no rows."""
    return 10_000 * count / rows if rows else None
